import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/** Waits until something is so. @throws Error when it is not within the time */
export async function until(what: string, isSo: () => boolean, withinMs = 30_000): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  while (!isSo()) {
    if (Date.now() > deadlineMs) {
      throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    }
    await delay(pollMs);
  }
}
