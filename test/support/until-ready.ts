import { setTimeout as delay } from 'node:timers/promises';

const readyWithinMs = 30_000;
const pollMs = 50;

/**
 * Waits until `/-/ready` of a server that was just started answers 2xx.
 * @param what the server and its Debian package, for the error: `Prometheus (package prometheus)`
 * @throws Error after 30 s
 */
export async function untilReady(what: string, url: string): Promise<void> {
  const deadlineMs = Date.now() + readyWithinMs;
  while (Date.now() < deadlineMs) {
    const ready = await fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false
    );
    if (ready) {
      return;
    }
    await delay(pollMs);
  }
  throw new Error(`${what} was not ready within ${readyWithinMs / 1000} s; is the package installed?`);
}
