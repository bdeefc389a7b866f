/** Error measures of forecasts, each as its benchmark defines it. Arrays are of equal length and finite. */

/** Mean |x_t − x_{t−season}| of the history: the scale of MASE (Hyndman & Koehler 2006). */
export function seasonalScale(history: ArrayLike<number>, season: number): number {
  let sum = 0;
  for (let t = season; t < history.length; t++) {
    sum += Math.abs(history[t]! - history[t - season]!);
  }
  return sum / (history.length - season);
}

export function meanAbsoluteError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let h = 0; h < actual.length; h++) {
    sum += Math.abs(actual[h]! - expected[h]!);
  }
  return sum / actual.length;
}

/** Mean absolute scaled error of one series. */
export function mase(actual: ArrayLike<number>, expected: ArrayLike<number>, scale: number): number {
  return meanAbsoluteError(actual, expected) / scale;
}

/** Symmetric mean absolute percentage error in percent, as M4 has it: 100 · mean 2|y − f| / (|y| + |f|). */
export function smape(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let h = 0; h < actual.length; h++) {
    sum += (200 * Math.abs(actual[h]! - expected[h]!)) / (Math.abs(actual[h]!) + Math.abs(expected[h]!));
  }
  return sum / actual.length;
}

/** Overall weighted average of M4: the mean of both errors relative to those of Naive2, averages over the set. */
export function owa(ours: PointErrors, naive2: PointErrors): number {
  return (ours.smape / naive2.smape + ours.mase / naive2.mase) / 2;
}

export interface PointErrors {
  readonly smape: number;
  readonly mase: number;
}

/** Sum over steps of the interval score (Gneiting & Raftery 2007), the unscaled MSIS: width plus 2/α for each unit missed by. */
export function intervalScore(
  actual: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  alpha: number
): number {
  let sum = 0;
  for (let h = 0; h < actual.length; h++) {
    const below = Math.max(0, lower[h]! - actual[h]!);
    const above = Math.max(0, actual[h]! - upper[h]!);
    sum += upper[h]! - lower[h]! + (2 / alpha) * (below + above);
  }
  return sum;
}

/** Sum over steps of twice the pinball loss of a forecast of the quantile `q`. */
export function quantileLoss(actual: ArrayLike<number>, forecast: ArrayLike<number>, q: number): number {
  let sum = 0;
  for (let h = 0; h < actual.length; h++) {
    const error = actual[h]! - forecast[h]!;
    sum += 2 * (error >= 0 ? q * error : (q - 1) * error);
  }
  return sum;
}

/** Steps whose value lies inside of the band, its edges included. */
export function countInside(
  actual: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  { from, to }: { readonly from: number; readonly to: number } = { from: 0, to: actual.length }
): number {
  let inside = 0;
  for (let h = from; h < to; h++) {
    inside += actual[h]! >= lower[h]! && actual[h]! <= upper[h]! ? 1 : 0;
  }
  return inside;
}
