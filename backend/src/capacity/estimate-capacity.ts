import { median, quantileOfSorted } from '../timeseries/quantiles.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import {
  bucketsOf,
  bucketWidthMs,
  findCycles,
  withoutCycle,
  withoutSpikes,
  type Buckets,
  type Cycle,
} from './buckets.ts';
import { reasonOf } from './capacity-reason.ts';
import { firstPassages } from './first-passage.ts';
import { filterGrowth, type Posterior } from './growth-filter.ts';
import { normalShare } from './normal-share.ts';
import { findResets, rhythmOf, type Reset, type Rhythm } from './resets.ts';
import { trendOf, type TrendPoint } from './trend-points.ts';

const dayMs = 86_400_000;
/** As many buckets of the past as growth is judged by: an hour each for four weeks. */
const pastBuckets = 720;
const fewestBuckets = 12;
/** Values at the limit that count as across it: one could be a slip of a scrape. */
const valuesToBeAcross = 3;
/** A series is taken as silent when nothing came for this share of its history. */
const silentShare = 0.1;
/** Growth is claimed when it is so probable. */
const sureOfGrowth = 0.9;
/** Of the falls that come back, a daily shape may leave so many. */
const explainedShare = 0.25;

export interface CapacityOptions {
  readonly limit: number;
  /** Where the limit is crossed to. */
  readonly side: 'above' | 'below';
  /** How far ahead a crossing is looked for. */
  readonly horizonMs: number;
  readonly seed: number;
}

export interface CapacityEstimate {
  readonly state: 'rising' | 'flat' | 'falling' | 'crossed' | 'unknown';
  readonly now: number | null;
  /** Median first crossing; null when none is claimed. */
  readonly etaMs: number | null;
  /** 80 % range of the first crossing; the later end is null beyond the horizon. */
  readonly etaLowMs: number | null;
  readonly etaHighMs: number | null;
  readonly growthPerDay: number | null;
  readonly lastResetMs: number | null;
  readonly trend: readonly TrendPoint[];
  /** One English sentence. */
  readonly reason: string;
  /** Instants at which possible futures first cross, ascending; Infinity beyond the horizon. Empty when nothing is known. */
  readonly crossingsMs: Float64Array;
}

/**
 * When a series first crosses a limit: towards it is "rising", whichever side it is on. The level is followed since its
 * last reset, growth over all of them; possible futures with the growth, noise, daily shape and regular resets that the
 * past makes likely give the range. No ETA is claimed unless the series surely grows.
 * @param series NaN marks a gap; the estimate is made at its last value
 * @param options the same seed gives the same estimate
 */
export function estimateCapacity(series: RegularSeries, options: CapacityOptions): CapacityEstimate {
  const sign = options.side === 'above' ? 1 : -1;
  const recent = untilLastValue(series);
  const now = recent.values.at(-1) ?? null;
  const trend = trendOf(recent);
  const last = lastValues(recent.values, valuesToBeAcross);
  const base = { now, trend, lastResetMs: null, growthPerDay: null, ...noEta };
  const silent = series.values.length - recent.values.length > silentShare * series.values.length;
  const spanMs = recent.values.length * series.stepMs;
  const buckets = bucketsOf(recent, bucketWidthMs(series.stepMs, spanMs, pastBuckets), sign);
  const known = buckets.levels.reduce((count, level) => count + Number(!Number.isNaN(level)), 0);
  if (now === null || silent || (known < fewestBuckets && last.length < valuesToBeAcross)) {
    return { ...base, state: 'unknown', reason: reasonOf({ kind: silent ? 'silent' : 'too-short' }) };
  }
  if (sign * median(last) >= sign * options.limit) {
    const at = buckets.endMs - series.stepMs;
    const eta = { etaMs: at, etaLowMs: at, etaHighMs: at, crossingsMs: Float64Array.of(at) };
    return { ...base, ...eta, state: 'crossed', reason: reasonOf({ kind: 'crossed', now, limit: options.limit }) };
  }
  if (known < fewestBuckets) {
    return { ...base, state: 'unknown', reason: reasonOf({ kind: 'too-short' }) };
  }
  if (buckets.levels.every((level) => Number.isNaN(level) || level === sign * now)) {
    return { ...base, state: 'flat', growthPerDay: 0, reason: reasonOf({ kind: 'constant', now }), crossingsMs: never };
  }
  return { ...base, ...estimateAhead(buckets, options, sign) };
}

const never = Float64Array.of(Infinity);
const noEta = { etaMs: null, etaLowMs: null, etaHighMs: null, crossingsMs: new Float64Array() };

/** Share of possible futures that cross by an instant, 0..1; null when nothing is known. */
export function probabilityBefore(
  { crossingsMs }: Pick<CapacityEstimate, 'crossingsMs'>,
  timeMs: number
): number | null {
  if (crossingsMs.length === 0) {
    return null;
  }
  const within = crossingsMs.findIndex((crossing) => crossing > timeMs);
  return (within < 0 ? crossingsMs.length : within) / crossingsMs.length;
}

function untilLastValue({ startMs, stepMs, values }: RegularSeries): RegularSeries {
  let length = values.length;
  while (length > 0 && !Number.isFinite(values[length - 1]!)) {
    length--;
  }
  return { startMs, stepMs, values: values.subarray(0, length) };
}

function lastValues(values: Float64Array, count: number): number[] {
  const found: number[] = [];
  for (let i = values.length - 1; i >= 0 && found.length < count; i--) {
    if (Number.isFinite(values[i]!)) {
      found.push(values[i]!);
    }
  }
  return found;
}

/** What the past says, in buckets and turned towards the limit. */
interface Past {
  readonly buckets: Buckets;
  readonly cycles: readonly Cycle[];
  readonly resets: readonly Reset[];
  readonly rhythm: Rhythm | undefined;
  readonly posteriors: readonly Posterior[];
}

/**
 * A daily purge looks like a daily shape and the other way round: the shape is kept where it explains nearly all of the
 * falls, else they are resets and there is no shape.
 */
function learn(buckets: Buckets): Past {
  const usual = withoutSpikes(buckets.levels);
  const raw = withResets(usual);
  const cycles = findCycles({ ...buckets, levels: usual });
  const shapeless = withResets(cycles.reduce(withoutCycle, usual));
  const explained = raw.rhythm === undefined || shapeless.resets.length <= explainedShare * raw.resets.length;
  const { levels, resets, rhythm } = explained ? shapeless : raw;
  return { buckets, cycles: explained ? cycles : [], resets, rhythm, posteriors: filterGrowth(levels, resets) };
}

function withResets(levels: Float64Array) {
  const resets = findResets(levels);
  const now = { index: levels.length - 1, level: median(levels.subarray(-valuesToBeAcross)) };
  return { levels, resets, rhythm: rhythmOf(resets, now) };
}

type Ahead = Omit<CapacityEstimate, 'now' | 'trend'>;

function estimateAhead(buckets: Buckets, { limit, horizonMs, seed }: CapacityOptions, sign: 1 | -1): Ahead {
  const past = learn(buckets);
  const { endMs, bucketMs, levels } = buckets;
  const passages = firstPassages({
    ...past,
    highs: buckets.highs.filter((high) => !Number.isNaN(high)),
    lastIndex: levels.length - 1,
    lastReset: past.resets.at(-1),
    limit: sign * limit,
    buckets: Math.ceil(horizonMs / bucketMs),
    seed,
  });
  const crossingsMs = passages.map((passage) => endMs + passage * bucketMs);
  const [rising, falling] = [shareGrowing(past, 1), shareGrowing(past, -1)];
  const state = rising >= sureOfGrowth ? 'rising' : falling >= sureOfGrowth ? 'falling' : 'flat';
  const median50 = quantileOfInstants(crossingsMs, 0.5);
  const claimed = state === 'rising' && median50 !== null;
  const growthPerDay = (sign * meanGrowth(past.posteriors) * dayMs) / bucketMs;
  const reset = past.resets.at(-1);
  const eta = claimed
    ? {
        etaMs: median50,
        etaLowMs: quantileOfInstants(crossingsMs, 0.1),
        etaHighMs: quantileOfInstants(crossingsMs, 0.9),
      }
    : { etaMs: null, etaLowMs: null, etaHighMs: null };
  return {
    state,
    ...eta,
    growthPerDay,
    lastResetMs: reset === undefined ? null : endMs - (levels.length - reset.index) * bucketMs,
    reason: reasonOf({ kind: state, ...eta, growthPerDay, limit, horizonMs, rhythm: past.rhythm, bucketMs }),
    crossingsMs,
  };
}

function quantileOfInstants(sorted: Float64Array, probability: number): number | null {
  const at = quantileOfSorted(sorted, probability);
  return Number.isFinite(at) ? Math.round(at) : null;
}

/** Probability that the level goes towards the limit (1) or away from it (-1), resets that come back counted in. */
function shareGrowing({ posteriors, rhythm }: Past, towards: 1 | -1): number {
  if (rhythm?.kind === 'at-level') {
    return 0;
  }
  if (rhythm?.kind === 'periodic') {
    const { gain, gainError } = rhythm.floors;
    return gainError > 0 ? normalShare((towards * gain) / gainError) : Number(towards * gain > 0);
  }
  return posteriors.reduce((sum, { weight, mean, covariance, noiseVariance }) => {
    const spread = Math.sqrt(covariance[2] * noiseVariance);
    return spread > 0 ? sum + weight * normalShare((towards * mean[1]) / spread) : sum;
  }, 0);
}

function meanGrowth(posteriors: readonly Posterior[]): number {
  return posteriors.reduce((sum, { weight, mean }) => sum + weight * mean[1], 0);
}
