/** Label names and values as Prometheus has them; `__name__` is a label like any other. */
export type Labels = Readonly<Record<string, string>>;

/** Samples as a source answers them: any spacing, ascending, finite or NaN/±Inf. */
export interface Series {
  readonly labels: Labels;
  /** Epoch milliseconds, strictly ascending. */
  readonly timestampsMs: readonly number[];
  /** Same length as `timestampsMs`. */
  readonly values: readonly number[];
}

/**
 * One value per step: `values[i]` belongs to `startMs + i * stepMs`; NaN marks a gap.
 * What every model, band and score works on.
 */
export interface RegularSeries {
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: Float64Array;
}

/** End of the series: the instant of its last value (not one step after it). */
export function lastMs(series: RegularSeries): number {
  return series.startMs + (series.values.length - 1) * series.stepMs;
}

/** A stable text for a label set: the same labels in any order give the same key. */
export function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
