import { quantileOfSorted } from '../../timeseries/quantiles.ts';
import type { Forecaster } from '../forecaster.ts';
import { deseasonalise } from './seasonal-profile.ts';

const maxOrder = 24;
/** A week at 5 minutes; older dynamics say little about the next day. */
const fittedPoints = 2016;

/**
 * Autoregression on what the season leaves (Burg's method, always stable), order by the Hannan–Quinn criterion.
 * Values beyond the 99 % quantile are cut first, so that one incident does not become the rule.
 * @see Burg (1975); Hannan & Quinn (1979)
 */
export const ar: Forecaster = {
  name: 'ar',
  minPoints: (seasons) => Math.max(60, 2 * (seasons[0] ?? 0) + 60),
  forecast: ({ values }, { seasons, horizonSteps }) => {
    const { rest, seasonAhead } = deseasonalise(values, seasons);
    const recent = cut(rest.subarray(Math.max(0, rest.length - fittedPoints)));
    const coefficients = burg(recent, Math.min(maxOrder, Math.floor(recent.length / 5)));
    return extend(recent, coefficients, horizonSteps).map((value, h) => value + seasonAhead(h + 1));
  },
};

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
