import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 200;
const attemptMs = 5000;

/** Asks `check` again and again until it answers something. An error of a check means "not yet"; the last one is told at the end. */
export async function waitFor<T>(
  what: string,
  deadlineMs: number,
  check: (signal: AbortSignal) => Promise<T | undefined>
): Promise<T> {
  const endMs = Date.now() + deadlineMs;
  let reason = 'no answer';
  while (Date.now() < endMs) {
    try {
      const found = await check(AbortSignal.timeout(attemptMs));
      if (found !== undefined) {
        return found;
      }
      reason = 'not yet';
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await sleep(pollMs);
  }
  throw new Error(`${what}: not after ${deadlineMs / 1000} s (${reason})`);
}

/** Waits until a GET of the address answers 200. */
export async function waitForOk(what: string, url: string, deadlineMs = 30_000): Promise<void> {
  await waitFor(what, deadlineMs, async (signal) => {
    const answer = await fetch(url, { signal });
    await answer.arrayBuffer();
    return answer.ok ? true : undefined;
  });
}
