import { median } from '../timeseries/quantiles.ts';
import type { RegularSeries } from '../timeseries/series.ts';

export interface TrendPoint {
  readonly timeMs: number;
  readonly value: number;
}

const dayMs = 86_400_000;
const mostPoints = 30;
const fewestDays = 5;

/** Medians of the last days, oldest first; of equal parts where the history is only of a few days. */
export function trendOf({ startMs, stepMs, values }: RegularSeries): TrendPoint[] {
  const days = (values.length * stepMs) / dayMs;
  const width = Math.max(1, days >= fewestDays ? Math.round(dayMs / stepMs) : Math.ceil(values.length / mostPoints));
  const points: TrendPoint[] = [];
  for (let end = values.length; end > 0 && points.length < mostPoints; end -= width) {
    const value = median(values.subarray(Math.max(0, end - width), end));
    if (Number.isFinite(value)) {
      points.push({ timeMs: startMs + (end - 1) * stepMs, value });
    }
  }
  return points.reverse();
}
