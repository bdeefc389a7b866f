import type { Forecaster } from '../forecaster.ts';
import { deseasonalise } from './seasonal-profile.ts';

/** Smoothing weights tried; finer steps change the forecast by less than the noise. */
const alphas = [0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 0.99];
/** Enough to tell a level and a slope; more would only let an old level speak. */
const fittedPoints = 2016;

/**
 * Theta method with θ = 0 and θ = 2 on the deseasonalised series: simple exponential smoothing with half the slope of
 * the trend line as its drift.
 * @see Assimakopoulos & Nikolopoulos (2000); Hyndman & Billah (2003) for this form
 */
export const theta: Forecaster = {
  name: 'theta',
  minPoints: (seasons) => Math.max(8, 2 * (seasons[0] ?? 0) + 8),
  forecast: ({ values }, { seasons, horizonSteps }) => {
    const { rest, seasonAhead } = deseasonalise(values, seasons);
    const recent = rest.subarray(Math.max(0, rest.length - fittedPoints));
    const line = thetaLine(recent, bestAlpha(recent), horizonSteps);
    return line.map((value, h) => value + seasonAhead(h + 1));
  },
};

/** Theta forecast of a series without a season, for a given smoothing weight. */
export function thetaLine(values: Float64Array, alpha: number, horizonSteps: number): Float64Array {
  const drift = slope(values) / 2;
  const level = smoothed(values, alpha).level;
  const lead = (1 - (1 - alpha) ** values.length) / alpha;
  return Float64Array.from({ length: horizonSteps }, (_, h) => level + drift * (h + lead));
}

function bestAlpha(values: Float64Array): number {
  let best = { alpha: alphas[0]!, error: Infinity };
  for (const alpha of alphas) {
    const { error } = smoothed(values, alpha);
    if (error < best.error) {
      best = { alpha, error };
    }
  }
  return best.alpha;
}

/** Last level and sum of absolute one-step errors: squares would let one spike choose the weight. */
function smoothed(values: Float64Array, alpha: number): { level: number; error: number } {
  let level = values[0]!;
  let error = 0;
  for (const value of values) {
    error += Math.abs(value - level);
    level += alpha * (value - level);
  }
  return { level, error };
}

/** Slope of the least-squares line over the index. */
function slope(values: Float64Array): number {
  const middle = (values.length - 1) / 2;
  let product = 0;
  let square = 0;
  values.forEach((value, i) => {
    product += (i - middle) * value;
    square += (i - middle) ** 2;
  });
  return square === 0 ? 0 : product / square;
}
