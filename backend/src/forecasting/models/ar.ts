import { quantileOfSorted } from '../../timeseries/quantiles.ts';
import type { Forecaster } from '../forecaster.ts';
import {
  deseasonalise,
  recentProfile,
  seasonAt,
  slotProfile,
  weekCycles,
  withoutMedian,
  withoutProfile,
  type Deseasonalised,
} from './seasonal-profile.ts';

const maxOrder = 24;
/** A week at 5 minutes; older dynamics say little about the next day. */
const fittedPoints = 2016;
/** Without a profile the autoregression itself must reach over a day of half-hours or two of hours. */
const maxOrderRaw = 48;
const fittedPointsRaw = 4032;
const leastPoints = 60;

/**
 * Autoregression on what the daily slot median leaves (Burg's method, always stable), order by the Hannan–Quinn criterion.
 * Values beyond the 99 % quantile are cut first, so that one incident does not become the rule.
 * @see Burg (1975); Hannan & Quinn (1979)
 */
export const ar: Forecaster = {
  name: 'ar',
  minPoints: (seasons) => 2 * (seasons[0] ?? 0) + leastPoints,
  forecast: ({ values }, { seasons, horizonSteps }) =>
    autoregression(deseasonalise(values, seasons), horizonSteps, { maxOrder, fittedPoints }),
};

/** The same around the last cycles, weighted exponentially: for a shape or level that has just changed. */
export const arRecent: Forecaster = {
  name: 'ar-recent',
  minPoints: (seasons) => 3 * (seasons[0] ?? Infinity) + leastPoints,
  forecast: ({ values }, { seasons, horizonSteps }) => {
    const season = seasonAt(seasons, 0, 'ar-recent');
    const split = withoutProfile(values, season, recentProfile(values, season));
    return autoregression(split, horizonSteps, { maxOrder, fittedPoints });
  },
};

/** The same around the slot median of the longest season: for series that know the weekend. */
export const arWeek: Forecaster = {
  name: 'ar-week',
  minPoints: (seasons) => 2 * (seasons.at(-1) ?? Infinity) + leastPoints,
  forecast: ({ values }, { seasons, horizonSteps }) => {
    const season = seasonAt(seasons, -1, 'ar-week');
    const split = withoutProfile(values, season, slotProfile(values, season, weekCycles));
    return autoregression(split, horizonSteps, { maxOrder, fittedPoints });
  },
};

/** The same on the values themselves, with more lags: for series whose cycle has no fixed time of the day. */
export const arRaw: Forecaster = {
  name: 'ar-raw',
  minPoints: () => leastPoints + maxOrderRaw,
  forecast: ({ values }, { horizonSteps }) => {
    const split = withoutMedian(values.subarray(Math.max(0, values.length - fittedPointsRaw)));
    return autoregression(split, horizonSteps, { maxOrder: maxOrderRaw, fittedPoints: fittedPointsRaw });
  },
};

interface Reach {
  readonly maxOrder: number;
  readonly fittedPoints: number;
}

function autoregression({ rest, seasonAhead }: Deseasonalised, horizonSteps: number, reach: Reach): Float64Array {
  const recent = cut(rest.subarray(Math.max(0, rest.length - reach.fittedPoints)));
  const coefficients = burg(recent, Math.min(reach.maxOrder, Math.floor(recent.length / 5)));
  return extend(recent, coefficients, horizonSteps).map((value, h) => value + seasonAhead(h + 1));
}

function cut(values: Float64Array): Float64Array {
  const limit = quantileOfSorted(values.map(Math.abs).sort(), 0.99);
  return values.map((value) => Math.max(-limit, Math.min(limit, value)));
}

/** x_t ≈ Σ coefficient[i] · x_{t−1−i}, of the order in 0 … maxOrder with the least criterion. */
export function burg(values: Float64Array, highestOrder: number): Float64Array {
  const n = values.length;
  const forward = Float64Array.from(values);
  const backward = Float64Array.from(values);
  let error = values.reduce((sum, value) => sum + value * value, 0) / n;
  let coefficients = new Float64Array(0);
  let best = { coefficients, criterion: n * Math.log(error) };
  for (let order = 1; order <= highestOrder && error > 0; order++) {
    const reflection = reflectionOf(forward, backward, order);
    const previous = coefficients;
    coefficients = Float64Array.from({ length: order }, (_, i) =>
      i === order - 1 ? reflection : previous[i]! - reflection * previous[order - 2 - i]!
    );
    for (let t = n - 1; t >= order; t--) {
      const ahead = forward[t]!;
      forward[t] = ahead - reflection * backward[t - 1]!;
      backward[t] = backward[t - 1]! - reflection * ahead;
    }
    error *= 1 - reflection * reflection;
    const criterion = n * Math.log(error) + 2 * order * Math.log(Math.log(n));
    if (criterion < best.criterion) {
      best = { coefficients, criterion };
    }
  }
  return best.coefficients;
}

function reflectionOf(forward: Float64Array, backward: Float64Array, order: number): number {
  let product = 0;
  let square = 0;
  for (let t = order; t < forward.length; t++) {
    product += forward[t]! * backward[t - 1]!;
    square += forward[t]! ** 2 + backward[t - 1]! ** 2;
  }
  return square === 0 ? 0 : (2 * product) / square;
}

function extend(values: Float64Array, coefficients: Float64Array, steps: number): Float64Array {
  const order = coefficients.length;
  const path = new Float64Array(order + steps);
  path.set(values.subarray(values.length - order));
  for (let t = order; t < path.length; t++) {
    let sum = 0;
    for (let i = 0; i < order; i++) {
      sum += coefficients[i]! * path[t - 1 - i]!;
    }
    path[t] = sum;
  }
  return path.slice(order);
}
