import { median } from '../timeseries/quantiles.ts';
import type { Reset } from './resets.ts';

/**
 * One way the level may move: a local level with drift, whose observations carry noise that remembers. Variances are in
 * units of that noise.
 * @see Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter
 */
export interface Motion {
  /** Variance of the level's own steps. */
  readonly walk: number;
  /** Correlation of the noise from one bucket to the next. */
  readonly memory: number;
  readonly drift: 'none' | 'steady' | 'changing';
}

/** What one motion says at the end of the levels. */
export interface Posterior {
  readonly motion: Motion;
  /** Probability of this motion among all that were tried. */
  readonly weight: number;
  /** Level, growth a bucket, noise. */
  readonly mean: readonly [number, number, number];
  /** Of the same, row by row, in units of the noise's variance: level, level–growth, growth, level–noise, growth–noise, noise. */
  readonly covariance: Covariance;
  readonly noiseVariance: number;
  /** Levels that the variance rests on. */
  readonly degrees: number;
  /** Variance of the growth's own steps, in units of the noise's. */
  readonly driftWalk: number;
}

type Covariance = readonly [ll: number, lg: number, gg: number, la: number, ga: number, aa: number];

const walks = [0, 0.0003, 0.003, 0.03, 0.3, 3, 100];
const memories = [0, 0.5, 0.9, 0.98];
const motions: readonly Motion[] = walks.flatMap((walk) =>
  memories.flatMap((memory) => (['none', 'steady', 'changing'] as const).map((drift) => ({ walk, memory, drift })))
);
/** Before anything is seen. */
const prior = { none: 0.05, steady: 0.8, changing: 0.15 };
/** A level that has no steps of its own is so many times as likely as one of each of the walks. */
const stillPrior = 4;
/** How far a changing growth wanders over the whole history, and at each reset, as a share of what growth may be. */
const changingShare = 0.15;
/** Growth may be so many times what would have covered all that the level has covered. */
const growthShare = 1.5;
const diffuse = 1e7;
const madOfNormal = 0.6745;
/** Spread of the second differences of white noise in its standard deviations. */
const secondDifference = Math.sqrt(6);

/**
 * All motions at the end of the levels, weighed by how well each foretold the next level all along.
 * @param levels NaN marks a gap
 * @param resets levels start anew at these
 */
export function filterGrowth(levels: Float64Array, resets: readonly Reset[]): Posterior[] {
  const scale = scaleOf(levels, resets);
  const runs = motions.map((motion) => ({
    motion,
    run: runMotion(levels, new Set(resets.map((r) => r.index)), motion, scale),
  }));
  const logs = runs.map(
    ({ motion, run }) => run.logLikelihood + Math.log(prior[motion.drift] * (motion.walk === 0 ? stillPrior : 1))
  );
  const best = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - best));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return runs.map(({ motion, run }, k) => ({ motion, weight: weights[k]! / whole, ...run }));
}

interface Scale {
  readonly noise: number;
  /** Standard deviation of the growth a bucket before anything is seen, in units of the noise. */
  readonly growth: number;
  readonly length: number;
}

function scaleOf(levels: Float64Array, resets: readonly Reset[]): Scale {
  const finite = levels.filter((level) => !Number.isNaN(level));
  const fallen = resets.reduce((sum, { peak, floor }) => sum + peak - floor, 0);
  const covered = Math.max(...finite) - Math.min(...finite) + fallen;
  const bends = levels.map((level, i) => (i < 2 ? NaN : Math.abs(level - 2 * levels[i - 1]! + levels[i - 2]!)));
  const noise = Math.max(median(bends) / madOfNormal / secondDifference || 0, 1e-6 * covered, Number.MIN_VALUE);
  return { noise, growth: (growthShare * covered) / finite.length / noise, length: finite.length };
}

type Run = Omit<Posterior, 'motion' | 'weight'> & { readonly logLikelihood: number };

function runMotion(levels: Float64Array, resets: ReadonlySet<number>, motion: Motion, scale: Scale): Run {
  const changing = motion.drift === 'changing' ? (changingShare * scale.growth) ** 2 : 0;
  // growth changes when something was cleaned up; only where nothing ever was it has to change in between
  const driftWalk = resets.size > 0 ? 0 : changing / scale.length;
  const state = startFilter(levels.find((level) => !Number.isNaN(level)) ?? 0);
  state.gg = motion.drift === 'none' ? 0 : scale.growth ** 2;
  let fresh = true;
  let squares = 0;
  let logs = 0;
  let degrees = 0;
  for (let i = 0; i < levels.length; i++) {
    if (i > 0) {
      predict(state, motion, driftWalk);
    }
    if (resets.has(i)) {
      state.ll += diffuse;
      state.gg += changing;
      fresh = true;
    }
    if (Number.isNaN(levels[i]!)) {
      continue;
    }
    const { error, variance } = update(state, levels[i]!);
    // the first level after a reset tells nothing of the motion
    if (!fresh) {
      squares += (error * error) / variance;
      logs += Math.log(variance);
      degrees++;
    }
    fresh = false;
  }
  const noiseVariance = Math.max(squares / Math.max(1, degrees), (1e-6 * scale.noise) ** 2);
  return {
    logLikelihood: -0.5 * (logs + degrees * Math.log(noiseVariance)),
    mean: [state.l, state.g, state.a],
    covariance: [state.ll, state.lg, state.gg, state.la, state.ga, state.aa],
    noiseVariance,
    degrees,
    driftWalk,
  };
}

interface FilterState {
  l: number;
  g: number;
  a: number;
  ll: number;
  lg: number;
  gg: number;
  la: number;
  ga: number;
  aa: number;
}

function startFilter(level: number): FilterState {
  return { l: level, g: 0, a: 0, ll: diffuse, lg: 0, gg: 0, la: 0, ga: 0, aa: 1 };
}

function predict(state: FilterState, { walk, memory }: Motion, driftWalk: number): void {
  state.l += state.g;
  state.a *= memory;
  state.ll += 2 * state.lg + state.gg + walk;
  state.la = memory * (state.la + state.ga);
  state.lg += state.gg;
  state.ga *= memory;
  state.gg += driftWalk;
  state.aa = memory * memory * state.aa + 1 - memory * memory;
}

function update(state: FilterState, level: number): { readonly error: number; readonly variance: number } {
  const error = level - state.l - state.a;
  const [ofLevel, ofGrowth, ofNoise] = [state.ll + state.la, state.lg + state.ga, state.la + state.aa];
  const variance = ofLevel + ofNoise;
  const [gainLevel, gainGrowth, gainNoise] = [ofLevel / variance, ofGrowth / variance, ofNoise / variance];
  state.l += gainLevel * error;
  state.g += gainGrowth * error;
  state.a += gainNoise * error;
  state.ll -= gainLevel * ofLevel;
  state.lg -= gainLevel * ofGrowth;
  state.gg = Math.max(0, state.gg - gainGrowth * ofGrowth);
  state.la -= gainLevel * ofNoise;
  state.ga -= gainGrowth * ofNoise;
  state.aa = Math.max(0, state.aa - gainNoise * ofNoise);
  return { error, variance };
}
