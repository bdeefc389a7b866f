import { slotValue, type Cycle } from './buckets.ts';
import type { Posterior } from './growth-filter.ts';
import { seededNormal, seededUniform } from './random.ts';
import type { Rhythm } from './resets.ts';

/** Ends of an 80 % range out of so many are good to two points. */
const pathCount = 500;
/** Steps of a future; a horizon of more buckets takes several at a time. */
const mostSteps = 1200;

export interface FutureDeps {
  readonly posteriors: readonly Posterior[];
  readonly cycles: readonly Cycle[];
  /** How far the highest value of a bucket is above its median, as seen so far. */
  readonly highs: Float64Array;
  readonly rhythm: Rhythm | undefined;
  /** The present: index of the last bucket, of the first one after the last reset. */
  readonly lastIndex: number;
  readonly lastReset: { readonly index: number } | undefined;
  readonly limit: number;
  readonly buckets: number;
  readonly seed: number;
}

/**
 * When each of many possible futures first reaches the limit.
 * @returns buckets from now, fractions included, ascending; Infinity for a future that does not reach it within `buckets`
 */
export function firstPassages(deps: FutureDeps): Float64Array {
  const uniform = seededUniform(deps.seed);
  const normal = seededNormal(uniform);
  const passages = new Float64Array(pathCount);
  for (let path = 0; path < pathCount; path++) {
    // one of each slice of the weights: less left to chance
    const posterior = pick(deps.posteriors, (path + uniform()) / pathCount);
    passages[path] = walkToLimit(deps, posterior, { uniform, normal });
  }
  return passages.sort();
}

/** Floors are medians of the first three buckets after a reset, peaks of the last three before: growth goes on meanwhile. */
const floorLead = 1;
const peakLag = 1.5;

interface Chance {
  readonly uniform: () => number;
  readonly normal: () => number;
}

function pick(posteriors: readonly Posterior[], share: number): Posterior {
  let sum = 0;
  for (const posterior of posteriors) {
    sum += posterior.weight;
    if (share < sum) {
      return posterior;
    }
  }
  return posteriors.at(-1)!;
}

function walkToLimit(deps: FutureDeps, posterior: Posterior, chance: Chance): number {
  const { motion, driftWalk } = posterior;
  const stride = Math.max(1, Math.ceil(deps.buckets / mostSteps));
  const noise = Math.sqrt(drawVariance(posterior, chance));
  const state = drawState(posterior, noise, chance);
  const [walk, drift] = [noise * Math.sqrt(motion.walk * stride), noise * Math.sqrt(driftWalk * stride)];
  const memory = motion.memory ** stride;
  const fresh = noise * Math.sqrt(1 - memory ** 2);
  const resets = drawRhythm(deps, posterior.mean[1], chance);
  let before = Math.min(deps.limit, state.level + state.noise);
  for (let step = stride; step <= deps.buckets + stride - 1; step += stride) {
    state.growth += drift === 0 ? 0 : drift * chance.normal();
    state.level += stride * state.growth + (walk === 0 ? 0 : walk * chance.normal());
    state.noise = memory * state.noise + fresh * chance.normal();
    state.level = resets(step, state.level);
    const index = deps.lastIndex + step;
    const shape = deps.cycles.reduce((sum, cycle) => sum + slotValue(cycle, index), 0);
    const high = deps.highs[Math.floor(chance.uniform() * deps.highs.length)]!;
    const reached = state.level + state.noise + shape + high;
    if (reached >= deps.limit) {
      return step - stride + (reached > before ? (stride * (deps.limit - before)) / (reached - before) : 0);
    }
    before = reached;
  }
  return Infinity;
}

/** Scaled inverse chi-squared by a normal approximation of its logarithm, which is close from ten degrees on. */
function drawVariance({ noiseVariance, degrees }: Posterior, { normal }: Chance): number {
  return noiseVariance * Math.exp(normal() * Math.sqrt(2 / Math.max(4, degrees)));
}

/** Level, growth and noise out of their joint normal distribution, by its Cholesky factor. */
function drawState({ mean, covariance }: Posterior, noise: number, { normal }: Chance) {
  const [ll, lg, gg, la, ga, aa] = covariance;
  const root = (value: number) => Math.sqrt(Math.max(0, value));
  const c11 = root(gg);
  const c21 = c11 > 0 ? lg / c11 : 0;
  const c31 = c11 > 0 ? ga / c11 : 0;
  const c22 = root(ll - c21 * c21);
  const c32 = c22 > 0 ? (la - c21 * c31) / c22 : 0;
  const c33 = root(aa - c31 * c31 - c32 * c32);
  const [z1, z2, z3] = [normal(), normal(), normal()];
  return {
    growth: mean[1] + noise * c11 * z1,
    level: mean[0] + noise * (c21 * z1 + c22 * z2),
    noise: mean[2] + noise * (c31 * z1 + c32 * z2 + c33 * z3),
  };
}

/** What resets to come make of the level at a step; they are drawn anew for each future. */
function drawRhythm(deps: FutureDeps, growth: number, chance: Chance): (step: number, level: number) => number {
  const { rhythm, lastReset, lastIndex } = deps;
  if (rhythm === undefined || lastReset === undefined) {
    return (_, level) => level;
  }
  if (rhythm.kind === 'at-level') {
    const drawPeak = () => rhythm.peak.mean + rhythm.peak.spread * chance.normal() + peakLag * growth;
    let peak = drawPeak();
    return (_, level) => {
      if (level < peak) {
        return level;
      }
      peak = drawPeak();
      return rhythm.floor.mean + rhythm.floor.spread * chance.normal() - floorLead * growth;
    };
  }
  const { floors, everyBuckets, spreadBuckets } = rhythm;
  const gain = floors.gain + floors.gainError * chance.normal();
  const interval = () => Math.max(1, everyBuckets + spreadBuckets * chance.normal());
  let next = Math.max(1, lastReset.index + interval() - lastIndex);
  let floor = floors.last - floorLead * growth;
  return (step, level) => {
    if (step < next) {
      return level;
    }
    next += interval();
    floor += gain + floors.wander * chance.normal();
    return floor + floors.spread * chance.normal();
  };
}
