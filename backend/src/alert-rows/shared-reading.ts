import type { Clock } from '../clock.ts';
import type { AlertRows } from '../contract/alert.ts';

/** Panels of many viewers ask again and again; the places are asked once in that time. */
const keptMs = 5_000;
/** A bound for all places together; each has a shorter one. */
const deadlineMs = 30_000;

/**
 * A reading that all who ask within five seconds share. One who leaves ends nobody else's; a reading that fails is not
 * kept.
 */
export function sharedReading(
  read: (signal: AbortSignal) => Promise<AlertRows>,
  clock: Pick<Clock, 'nowMs'>
): (signal: AbortSignal) => Promise<AlertRows> {
  let latest: { readonly atMs: number; readonly rows: Promise<AlertRows> } | undefined;
  return async (signal) => {
    signal.throwIfAborted();
    const nowMs = clock.nowMs();
    if (latest === undefined || Math.abs(nowMs - latest.atMs) >= keptMs) {
      const started = { atMs: nowMs, rows: read(AbortSignal.timeout(deadlineMs)) };
      latest = started;
      started.rows.catch(() => {
        latest = latest === started ? undefined : latest;
      });
    }
    return await unlessAborted(latest.rows, signal);
  };
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
