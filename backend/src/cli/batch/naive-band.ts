import type { BandArrays } from '../../forecasting/forecast-task.ts';
import { lastMs, type RegularSeries } from '../../timeseries/series.ts';

/** Standard normal quantiles of the upper edges of central intervals. */
const normalQuantiles: Readonly<Record<number, number>> = { 20: 0.2533, 40: 0.5244, 60: 0.8416, 80: 1.2816, 95: 1.96 };

/**
 * The last value as the expected line, in a band that widens with the square root of the steps by the spread of the
 * steps seen: the forecast of a random walk.
 * @param history with at least one finite value
 * @see Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 5.5
 */
export function naiveBand(history: RegularSeries, levels: readonly number[], horizonSteps: number): BandArrays {
  const seen = history.values.filter((value) => Number.isFinite(value));
  const last = seen.at(-1) ?? NaN;
  const squares = seen.subarray(1).map((value, i) => (value - (seen[i] ?? value)) ** 2);
  const spread = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length));
  const line = (valueAt: (step: number) => number) =>
    Float32Array.from({ length: horizonSteps }, (_, step) => valueAt(step));
  const edge = (levelPercent: number, sign: number) =>
    line((step) => last + sign * (normalQuantiles[levelPercent] ?? NaN) * spread * Math.sqrt(step + 1));
  return {
    startMs: lastMs(history) + history.stepMs,
    stepMs: history.stepMs,
    expected: line(() => last),
    levels: levels.map((levelPercent) => ({
      levelPercent,
      lower: edge(levelPercent, -1),
      upper: edge(levelPercent, 1),
    })),
  };
}
