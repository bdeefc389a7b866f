import type { Samples } from './resample.ts';
import type { RegularSeries } from './series.ts';

export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  /** Number of steps. */
  readonly length: number;
}

/** A series on a grid with no value yet: NaN everywhere. */
export function emptySeries({ startMs, stepMs, length }: Grid): RegularSeries {
  return { startMs, stepMs, values: new Float64Array(length).fill(NaN) };
}

/** Lays samples on the grid of `series`, in place, each at the nearest step; what lies outside of it is left out. */
export function layOnGrid({ startMs, stepMs, values }: RegularSeries, samples: Samples): void {
  for (let i = 0; i < samples.timestampsMs.length; i++) {
    const at = Math.round((samples.timestampsMs[i]! - startMs) / stepMs);
    if (at >= 0 && at < values.length) {
      values[at] = samples.values[i]!;
    }
  }
}
