import { polynomialResidual } from '../../../backend/src/detection/polynomial-residual.ts';
import { rankTail } from '../../../backend/src/detection/rank-tail.ts';
import { centred, runningMean, runningMedian, runningRms } from '../../../backend/src/detection/running.ts';
import { spectralResidual } from '../../../backend/src/detection/spectral-residual.ts';
import { median } from '../../../backend/src/timeseries/quantiles.ts';
import { uniform } from '../statistics.ts';

/** Simple scores that ours are compared with, all with the whole series in view. */
export const referenceNames = [
  'uniform random',
  'POLY',
  'SR',
  'window norm',
  'seasonal residual',
  'difference',
  'rank-tail sum',
] as const;
export type ReferenceName = (typeof referenceNames)[number];

const periods = [1440, 720, 288, 144, 96, 48, 24];
const minCycles = 3;
const eventSteps = 5;

/**
 * `window norm` stands for Sub-PCA, whose published form orders points as the norm of the standardised window does.
 * `rank-tail sum` adds −log of the rank share of POLY, seasonal residual and difference.
 * @param values finite
 * @param window steps, as in the benchmark's measure
 */
export function referenceScores(
  values: Float64Array,
  window: number,
  seed: number
): ReadonlyMap<ReferenceName, Float64Array> {
  const next = uniform(seed);
  const polynomial = polynomialResidual(values, window);
  const seasonal = seasonalResidual(values, window);
  const difference = smoothedDifference(values, window);
  const parts = [polynomial, seasonal, difference].map(rankTail);
  return new Map([
    ['uniform random', values.map(() => next())],
    ['POLY', polynomial],
    ['SR', spectralResidual(values)],
    ['window norm', windowNorm(values, window)],
    ['seasonal residual', seasonal],
    ['difference', difference],
    ['rank-tail sum', values.map((_, i) => parts.reduce((sum, part) => sum + part[i]!, 0))],
  ]);
}

/** Absolute step from the value before, averaged over a few. */
function smoothedDifference(values: Float64Array, window: number): Float64Array {
  return runningMean(
    values.map((value, i) => Math.abs(value - values[Math.max(0, i - 1)]!)),
    centred(Math.min(window, eventSteps))
  );
}

/** What the best day-like profile and the running median leave, as the root of its mean square over a window. */
function seasonalResidual(values: Float64Array, window: number): Float64Array {
  const candidates = periods
    .filter((period) => values.length >= minCycles * period)
    .map((period) => ({ period, rest: withoutProfile(values, period) }))
    .map((candidate) => ({ ...candidate, spread: medianDeviation(candidate.rest) }));
  const best = candidates.reduce((least, c) => (c.spread < least.spread ? c : least), {
    period: 0,
    rest: values,
    spread: medianDeviation(values),
  });
  const levels = runningMedian(best.rest, centred(Math.max(10 * window, 2 * best.period)));
  return runningRms(
    best.rest.map((value, i) => value - levels[i]!),
    centred(window)
  );
}

function withoutProfile(values: Float64Array, period: number): Float64Array {
  const medians = Float64Array.from({ length: period }, (_, slot) =>
    median(
      Float64Array.from({ length: Math.ceil((values.length - slot) / period) }, (__, k) => values[slot + k * period]!)
    )
  );
  const reach = Math.floor(eventSteps / 2);
  const profile = medians.map((_, slot) => {
    let sum = 0;
    for (let d = -reach; d <= reach; d++) {
      sum += medians[(slot + d + period) % period]! / eventSteps;
    }
    return sum;
  });
  return values.map((value, i) => value - profile[i % period]!);
}

function medianDeviation(values: Float64Array): number {
  const centre = median(values);
  return median(values.map((value) => Math.abs(value - centre)));
}

/** Norm of each window of which every position is standardised over all windows; the ends repeat the first and the last. */
function windowNorm(values: Float64Array, window: number): Float64Array {
  const n = values.length;
  const count = n - window + 1;
  if (count < 2) {
    return new Float64Array(n);
  }
  const squares = new Float64Array(count);
  for (let position = 0; position < window; position++) {
    const column = values.subarray(position, position + count);
    const centre = column.reduce((sum, value) => sum + value, 0) / count;
    const variance = column.reduce((sum, value) => sum + (value - centre) ** 2, 0) / count;
    for (let i = 0; variance > 0 && i < count; i++) {
      squares[i]! += (column[i]! - centre) ** 2 / variance;
    }
  }
  const before = Math.ceil((window - 1) / 2);
  return values.map((_, i) => Math.sqrt(squares[Math.min(count - 1, Math.max(0, i - before))]!));
}
