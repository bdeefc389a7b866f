import { setImmediate as nextTurn } from 'node:timers/promises';

const sliceMs = 12;

/** Keeps long computation from holding the event loop: ask `due` in loops and await `pause` when it says so. */
export interface Pacer {
  /** True when this turn has lasted long enough. Throws the signal's reason when aborted. */
  due(): boolean;
  /** Lets other work run; throws the signal's reason when aborted. */
  pause(): Promise<void>;
  readonly signal: AbortSignal;
}

/** A pacer for one computation, ended by `signal`. */
export function createPacer(signal: AbortSignal): Pacer {
  let sliceStartMs = performance.now();
  return {
    signal,
    due() {
      signal.throwIfAborted();
      return performance.now() - sliceStartMs > sliceMs;
    },
    async pause() {
      await nextTurn();
      signal.throwIfAborted();
      sliceStartMs = performance.now();
    },
  };
}
