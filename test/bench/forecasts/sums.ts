import { countInside, intervalScore, meanAbsoluteError, quantileLoss } from '../measures.ts';
import { mean } from '../statistics.ts';
import type { UnitForecast } from './packed.ts';

export const deciles = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** What measures need of a forecast: a line for each quantile that is judged. */
export interface QuantileForecast {
  readonly expected: ArrayLike<number>;
  /** Of a decile, .025 or .975. */
  quantile(q: number): ArrayLike<number>;
}

/** A band of 80 % has the deciles .1 and .9 for edges, and so on; the expected line stands for the median. */
export function quantilesOf({ expected, bands }: UnitForecast): QuantileForecast {
  return {
    expected,
    quantile: (q) => {
      const level = Math.round(Math.abs(2 * q - 1) * 1000) / 10;
      const band = bands.get(level);
      if (level !== 0 && band === undefined) {
        throw new Error(`the forecast has no band of ${level} %`);
      }
      return (q < 0.5 ? band?.lower : band?.upper) ?? expected;
    },
  };
}

/** Sums over the points of some forecasts, from which measures over any choice of series follow. */
export interface Sums {
  readonly points: number;
  /** Σ |y − f| / scale of its series. */
  readonly scaledError: number;
  /** Σ of twice the pinball loss, one for each decile. */
  readonly losses: readonly number[];
  /** The same over deciles, each point divided by the scale of its series. */
  readonly scaledLoss: number;
  readonly absoluteActual: number;
  /** Σ interval score at 95 % / scale. */
  readonly scaledInterval: number;
  /** Points inside the band of 95 %. */
  readonly inside95: number;
}

const nothing: Sums = {
  points: 0,
  scaledError: 0,
  losses: deciles.map(() => 0),
  scaledLoss: 0,
  absoluteActual: 0,
  scaledInterval: 0,
  inside95: 0,
};

/** @param scale of MASE, of the history before the forecast */
export function sumsOf(actual: Float64Array, forecast: QuantileForecast, scale: number): Sums {
  const losses = deciles.map((q) => quantileLoss(actual, forecast.quantile(q), q));
  const lower = forecast.quantile(0.025);
  const upper = forecast.quantile(0.975);
  return {
    points: actual.length,
    scaledError: (meanAbsoluteError(actual, forecast.expected) * actual.length) / scale,
    losses,
    scaledLoss: mean(losses) / scale,
    absoluteActual: actual.reduce((sum, value) => sum + Math.abs(value), 0),
    scaledInterval: intervalScore(actual, lower, upper, 0.05) / scale,
    inside95: countInside(actual, lower, upper),
  };
}

export function addSums(parts: readonly Sums[]): Sums {
  return parts.reduce(
    (sum, part) => ({
      points: sum.points + part.points,
      scaledError: sum.scaledError + part.scaledError,
      losses: sum.losses.map((loss, q) => loss + part.losses[q]!),
      scaledLoss: sum.scaledLoss + part.scaledLoss,
      absoluteActual: sum.absoluteActual + part.absoluteActual,
      scaledInterval: sum.scaledInterval + part.scaledInterval,
      inside95: sum.inside95 + part.inside95,
    }),
    nothing
  );
}

/** Mean over all points of the scaled error. */
export const maseOf = (sums: Sums) => sums.scaledError / sums.points;
/** Weighted quantile loss: mean over deciles of the summed loss, over the summed size of the values. */
export const wqlOf = (sums: Sums) => mean(sums.losses) / sums.absoluteActual;
/** Scaled quantile loss: the loss over the scale of MASE. */
export const sqlOf = (sums: Sums) => sums.scaledLoss / sums.points;
/** Mean scaled interval score at 95 %. */
export const msisOf = (sums: Sums) => sums.scaledInterval / sums.points;
export const coverage95Of = (sums: Sums) => sums.inside95 / sums.points;
