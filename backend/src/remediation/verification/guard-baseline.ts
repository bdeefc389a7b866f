import type { MetricStore } from '../../datasources/metrics/metric-store.ts';

const looksBefore = 5;
const deadlineMs = 10_000;
const mostSeries = 1_000;

/**
 * The largest sum of a query over the five looks before an instant: what its noise reached before the run is not worse
 * after it. @returns null when there were no values
 * @throws AppError `source_…`; the signal's reason when aborted
 */
export async function readBefore(
  store: MetricStore,
  { promql, untilMs, everyMs }: { readonly promql: string; readonly untilMs: number; readonly everyMs: number },
  signal: AbortSignal
): Promise<number | null> {
  const startMs = untilMs - (looksBefore - 1) * everyMs;
  const query = { promql, startMs, endMs: untilMs, stepMs: everyMs, maxSeries: mostSeries };
  const { series } = await store.queryRange(query, AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]));
  const sums = Array.from({ length: looksBefore }, (_, i) => {
    const values = series.map(({ values: ofSeries }) => ofSeries[i] ?? NaN).filter((value) => Number.isFinite(value));
    return values.length === 0 ? -Infinity : values.reduce((sum, value) => sum + value, 0);
  });
  const largest = Math.max(...sums);
  return Number.isFinite(largest) ? largest : null;
}
