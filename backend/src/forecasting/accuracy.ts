/** Mean absolute error over the steps where both are finite; NaN when there is none. */
export function meanAbsoluteError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < Math.min(actual.length, expected.length); i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    if (Number.isFinite(error)) {
      sum += error;
      count++;
    }
  }
  return sum / count;
}

/**
 * In-sample mean of |x_t − x_{t−season}|: what MASE divides by. Steps with a gap on either side are left out.
 * @returns NaN when no pair is finite
 * @see Hyndman & Koehler (2006)
 */
export function seasonalNaiveError(history: ArrayLike<number>, season: number): number {
  let sum = 0;
  let count = 0;
  for (let t = season; t < history.length; t++) {
    const error = Math.abs(history[t]! - history[t - season]!);
    if (Number.isFinite(error)) {
      sum += error;
      count++;
    }
  }
  return sum / count;
}

/** Tally of values inside their bounds; `hits / total` is the measured coverage. */
export interface CoverageTally {
  hits: number;
  total: number;
}

/** Counts the finite values of `actual` that lie in [lower, upper] into the tally. */
export function countCovered(
  tally: CoverageTally,
  actual: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>
): void {
  for (let i = 0; i < Math.min(actual.length, lower.length); i++) {
    if (Number.isFinite(actual[i]!) && Number.isFinite(lower[i]!)) {
      tally.total++;
      tally.hits += actual[i]! >= lower[i]! && actual[i]! <= upper[i]! ? 1 : 0;
    }
  }
}
