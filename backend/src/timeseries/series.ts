/** Label names and values as Prometheus has them; `__name__` is a label like any other. */
export type Labels = Readonly<Record<string, string>>;

/**
 * One value per step: `values[i]` belongs to `startMs + i * stepMs`; NaN marks a gap.
 * What every model, band and score works on.
 */
export interface RegularSeries {
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: Float64Array;
}

/** A series with the labels that tell it from others. */
export interface LabelledSeries extends RegularSeries {
  readonly labels: Labels;
}

/** End of the series: the instant of its last value (not one step after it). */
export function lastMs(series: RegularSeries): number {
  return series.startMs + (series.values.length - 1) * series.stepMs;
}

/** A stable text for a label set: the same labels in any order give the same key. */
export function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
