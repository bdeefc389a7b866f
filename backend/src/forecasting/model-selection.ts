/**
 * Weights of a blend from held-out errors: a power of the mean error, so that a good model leads and a weak one does not
 * spoil. The more folds there are, the better they tell models apart and the higher the power. Measured as geometric
 * means of the error against seasonal naive (14 folds; inverse square, eighth power, single best): web services at 5 min
 * .930, .925, .925; data-centre totals .475, .439, .480; cloud and tweet metrics of NAB .673, .650, .677.
 * @param errors errors[model][fold], mean absolute errors in one unit; NaN where unknown
 * @param without fold to leave out, so that the blend can be judged on it
 * @returns one weight for each model, summing to 1
 */
export function blendWeights(errors: ReadonlyArray<ArrayLike<number>>, without = -1): number[] {
  const means = errors.map((folds) => meanOf(folds, without));
  const best = Math.min(...means.filter((mean) => Number.isFinite(mean)));
  if (!Number.isFinite(best)) {
    return errors.map(() => 1 / errors.length);
  }
  const power = Math.min(highestPower, lowestPower + (errors[0]?.length ?? 0) / 2);
  const raw = means.map((mean) => (Number.isFinite(mean) ? rawWeight(best, mean, power) : 0));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return raw.map((weight) => weight / sum);
}

/** Models this much worse than the best take no part. */
const worstRatio = 1.5;
const lowestPower = 2;
const highestPower = 8;

function rawWeight(best: number, mean: number, power: number): number {
  const ratio = mean <= best ? 1 : mean / best;
  return ratio > worstRatio ? 0 : 1 / ratio ** power;
}

function meanOf(values: ArrayLike<number>, without: number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (i !== without && Number.isFinite(values[i]!)) {
      sum += values[i]!;
      count++;
    }
  }
  return sum / count;
}

/** Weighted mean of the models' lines. */
export function blendLines(lines: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const blend = new Float64Array(lines[0]?.length ?? 0);
  lines.forEach((line, model) => {
    const weight = weights[model]!;
    for (let h = 0; h < blend.length && weight > 0; h++) {
      blend[h]! += weight * line[h]!;
    }
  });
  return blend;
}
