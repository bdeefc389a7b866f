import type { Clock } from '../clock.ts';

/** A sleep that can be ended early; a call that comes while nobody sleeps is not lost. */
export class WakeUp {
  readonly #clock: Clock;
  #called = false;
  #sleeper: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the sleep, or the next one at once. */
  call(): void {
    this.#called = true;
    this.#sleeper?.abort();
  }

  /** Resolves after `ms` or when called; rejects with the signal's reason when aborted. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#called) {
      this.#sleeper = new AbortController();
      const both = AbortSignal.any([signal, this.#sleeper.signal]);
      await this.#clock.sleep(ms, both).catch(() => signal.throwIfAborted());
      this.#sleeper = undefined;
    }
    this.#called = false;
    signal.throwIfAborted();
  }
}
