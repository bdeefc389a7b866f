import type { RegularSeries, Series } from './series.ts';

export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  /** Number of steps. */
  readonly length: number;
}

/** Samples laid on a given grid, each at the nearest step; NaN where there is none, what lies outside is left out. */
export function onGrid(series: Series, { startMs, stepMs, length }: Grid): RegularSeries {
  const values = new Float64Array(length).fill(NaN);
  series.timestampsMs.forEach((timeMs, i) => {
    const at = Math.round((timeMs - startMs) / stepMs);
    if (at >= 0 && at < length) {
      values[at] = series.values[i] ?? NaN;
    }
  });
  return { startMs, stepMs, values };
}
