import { rewound, scoreNext } from '../detection/online-score.ts';
import { decodeOnline, progressOf, viewOnline, type OnlineState } from '../detection/online-state.ts';
import type { RegularSeries } from '../timeseries/series.ts';

/** Values that may wait: what is written of a series must not be older, so that a restart has to read no more. */
export const waitingSteps = 100;

/**
 * How unusual the values of a live series are. What that rests on is kept as bytes, and values wait until somebody asks: of
 * 20,000 series nearly all are inside their band, and nobody does.
 */
export class EvidenceWatch {
  readonly #waiting = new Float64Array(waitingSteps);
  readonly #stepMs: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #waitingFromMs = 0;
  #count = 0;
  #seenToMs: number;
  #newestEvidence = 0;

  /** @throws Error when the bytes are no state of a live score */
  constructor(bytes: Uint8Array) {
    const { stepMs, seenToMs } = progressOf(bytes);
    this.#bytes = Uint8Array.from(bytes);
    this.#stepMs = stepMs;
    this.#seenToMs = seenToMs;
  }

  /** Takes a value in; one that it has seen before is nothing new. */
  add(timeMs: number, value: number): void {
    if (timeMs <= this.#seenToMs) {
      return;
    }
    const at = Math.round((timeMs - this.#waitingFromMs) / this.#stepMs);
    if (this.#count === 0 || at >= waitingSteps) {
      this.#takeIn();
      this.#waitingFromMs = timeMs;
      this.#waiting[0] = value;
      this.#count = 1;
    } else {
      this.#waiting.fill(NaN, this.#count, at);
      this.#waiting[at] = value;
      this.#count = at + 1;
    }
    this.#seenToMs = timeMs;
  }

  /** Of the newest value, nats. */
  newest(): number {
    return this.#takeIn();
  }

  /** For the store. */
  bytes(): Uint8Array {
    this.#takeIn();
    return this.#bytes;
  }

  /** Seasons and ranks of the last training, to look at times that are over. */
  state(): OnlineState {
    return decodeOnline(this.#bytes);
  }

  #takeIn(): number {
    if (this.#count > 0) {
      const state = viewOnline(this.#bytes);
      for (let i = 0; i < this.#count; i++) {
        const timeMs = this.#waitingFromMs + i * this.#stepMs;
        this.#newestEvidence = scoreNext(state, timeMs, this.#waiting[i] ?? NaN);
      }
      this.#count = 0;
    }
    return this.#newestEvidence;
  }
}

/** How unusual the values of a time that is over were by the season and the ranks of a training, in parts of ascending time. */
export class PastEvidence {
  readonly #learnt: OnlineState;
  #state: OnlineState | undefined;

  constructor(learnt: OnlineState) {
    this.#learnt = learnt;
  }

  /** One for each value, nats; 0 for a gap. */
  of({ startMs, stepMs, values }: RegularSeries): Float64Array {
    const first = values.find((value) => Number.isFinite(value));
    if (first === undefined) {
      return new Float64Array(values.length);
    }
    const state = (this.#state ??= rewound(this.#learnt, startMs, first));
    return values.map((value, i) => scoreNext(state, startMs + i * stepMs, value));
  }
}
