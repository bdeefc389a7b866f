import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../backend/src/clock.ts';

interface Sleeper {
  readonly untilMs: number;
  readonly resolve: () => void;
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();
  #waiting: Array<() => void> = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (ms <= 0) {
      await nextTurn();
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { untilMs: this.#nowMs + ms, resolve };
    this.#sleepers.add(sleeper);
    signal.addEventListener(
      'abort',
      () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason as Error);
      },
      { once: true }
    );
    this.#waiting.splice(0).forEach((seen) => seen());
    await promise;
  }

  /** Resolves when somebody sleeps: what ran has nothing more to do for now. */
  async asleep(): Promise<void> {
    if (this.#sleepers.size === 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Sets the time on (or back) and wakes those whose time has come. */
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of [...this.#sleepers].filter(({ untilMs }) => untilMs <= this.#nowMs)) {
      this.#sleepers.delete(sleeper);
      sleeper.resolve();
    }
  }
}
