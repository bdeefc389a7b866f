import type { RegularSeries } from '../../../../backend/src/timeseries/series.ts';

/**
 * When a straight line through the values reaches the limit: simple linear regression over time, as `predict_linear` of
 * Prometheus has it, solved for the instant instead of the value.
 * @returns epoch milliseconds; undefined where the line does not rise or there are fewer than two values
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#predict_linear
 */
export function linearEtaMs({ startMs, stepMs, values }: RegularSeries, limit: number): number | undefined {
  const nowMs = startMs + (values.length - 1) * stepMs;
  let [count, sumX, sumY, sumXY, sumXX] = [0, 0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i]!)) {
      const x = (startMs + i * stepMs - nowMs) / 1000;
      count++;
      sumX += x;
      sumY += values[i]!;
      sumXY += x * values[i]!;
      sumXX += x * x;
    }
  }
  const varX = sumXX - (sumX * sumX) / count;
  const slope = (sumXY - (sumX * sumY) / count) / varX;
  const intercept = sumY / count - (slope * sumX) / count;
  const seconds = (limit - intercept) / slope;
  return count >= 2 && slope > 0 && Number.isFinite(seconds) ? nowMs + Math.max(0, seconds) * 1000 : undefined;
}

/** The newest share of a series. */
export function newestPart({ startMs, stepMs, values }: RegularSeries, share: number): RegularSeries {
  const from = values.length - Math.max(2, Math.round(share * values.length));
  return { startMs: startMs + from * stepMs, stepMs, values: values.subarray(from) };
}
