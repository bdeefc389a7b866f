import type { Clock } from '../../clock.ts';

/** Passes calls on at once, and while they come thick and fast only so often: what stands behind looks at all that is new. */
export class SpacedCalls {
  readonly #call: () => void;
  readonly #clock: Clock;
  readonly #spaceMs: number;
  readonly #stopping = new AbortController();
  #waiting: Promise<void> | undefined;
  #again = false;

  constructor(call: () => void, clock: Clock, spaceMs: number) {
    this.#call = call;
    this.#clock = clock;
    this.#spaceMs = spaceMs;
  }

  call(): void {
    if (this.#waiting !== undefined) {
      this.#again = true;
      return;
    }
    this.#call();
    this.#waiting = this.#clock.sleep(this.#spaceMs, this.#stopping.signal).then(
      () => this.#spaced(),
      () => undefined
    );
  }

  /** What was to be passed on later is dropped: whoever stops looks at nothing more. */
  stop(): void {
    this.#stopping.abort();
  }

  #spaced(): void {
    this.#waiting = undefined;
    if (this.#again) {
      this.#again = false;
      this.call();
    }
  }
}
