import { median, quantileOfSorted, robustCentre, sortedFinite } from '../timeseries/quantiles.ts';

/** A fall of the level that stays: a clean-up, a restart, a purge. */
export interface Reset {
  /** First bucket after it. */
  readonly index: number;
  readonly peak: number;
  readonly floor: number;
}

/** Levels on either side are medians of so many buckets: a dip of one or two is none. */
const sideBuckets = 3;
const fewestOnSide = 2;
/** A reset takes off this share of all that the level has ever covered, and far more than sides usually differ. */
const leastShare = 0.15;
const leastSpreads = 4;
/** Where resets are frequent, others of much the same size count with less. */
const alike = { from: 3, share: 0.6, spreads: 2.5 };
const madOfNormal = 0.6745;

/** @param withGaps levels without daily shape; NaN marks a gap */
export function findResets(withGaps: Float64Array): Reset[] {
  const levels = carriedOn(withGaps);
  const sorted = sortedFinite(levels);
  if (sorted.length < 2 * sideBuckets) {
    return [];
  }
  const range = quantileOfSorted(sorted, 0.99) - quantileOfSorted(sorted, 0.01);
  const drops = levels.map((_, i) => dropAt(levels, i));
  const spread = robustCentre(drops).mad / madOfNormal;
  const found = resetsAbove(levels, drops, Math.max(leastShare * range, leastSpreads * spread));
  if (found.length < alike.from) {
    return found;
  }
  const usual = median(found.map(({ peak, floor }) => peak - floor));
  return resetsAbove(levels, drops, Math.max(alike.share * usual, alike.spreads * spread));
}

/** A fall within a gap is dated to its end. */
function carriedOn(levels: Float64Array): Float64Array {
  let last = NaN;
  return levels.map((level) => (last = Number.isNaN(level) ? last : level));
}

function resetsAbove(levels: Float64Array, drops: Float64Array, least: number): Reset[] {
  const resets: Reset[] = [];
  for (let i = 1; i < levels.length; i++) {
    if (drops[i]! > least && isSteepest(levels, drops, i)) {
      const [before, after] = sidesOf(levels, i);
      resets.push({ index: i, peak: median(before), floor: median(after) });
    }
  }
  return resets;
}

function sidesOf(levels: Float64Array, i: number): readonly [before: Float64Array, after: Float64Array] {
  return [levels.subarray(Math.max(0, i - sideBuckets), i), levels.subarray(i, i + sideBuckets)];
}

function dropAt(levels: Float64Array, i: number): number {
  const [before, after] = sidesOf(levels, i);
  return Math.min(before.length, after.length) < fewestOnSide ? NaN : median(before) - median(after);
}

/** Of the buckets over which one fall is seen, the one at which it is steepest; the first of equals. */
function isSteepest(levels: Float64Array, drops: Float64Array, i: number): boolean {
  const move = (k: number) => levels[k]! - levels[k - 1]!;
  for (let k = Math.max(1, i - sideBuckets); k <= Math.min(drops.length - 1, i + sideBuckets); k++) {
    const sameFall = k !== i && drops[k]! > 0.5 * drops[i]!;
    if (sameFall && (move(k) < move(i) || (move(k) === move(i) && k < i))) {
      return false;
    }
  }
  return true;
}

/** How resets come back: at equal times, or each time the level reaches the same height. */
export type Rhythm =
  | {
      readonly kind: 'periodic';
      readonly everyBuckets: number;
      readonly spreadBuckets: number;
      readonly floors: Floors;
    }
  | {
      readonly kind: 'at-level';
      readonly peak: Moments;
      readonly floor: Moments;
    };

/** Levels that resets leave. */
interface Floors {
  /** What they gain from one reset to the next, and how sure that is. */
  readonly gain: number;
  readonly gainError: number;
  /** The last one by a straight line through all, how far they are from it, and how far they wander each time. */
  readonly last: number;
  readonly spread: number;
  readonly wander: number;
}

interface Moments {
  readonly mean: number;
  readonly spread: number;
}

const fewestRegular = 3;
/** How far intervals may be from their median, and peaks from each other as a share of their height, to be regular. */
const regular = { interval: 0.25, peak: 0.12 };
/** Three resets may be regular by chance: fewer than this must be more regular. */
const trustedFrom = 7;
/** One of them may have been missed, which makes an interval twice as long. */
const regularShare = 0.75;
/** A reset that is so late no longer belongs to the rhythm. */
const overdue = 1.5;

/**
 * Whether resets can be expected to go on; a few clean-ups by hand at any time are no reason to expect another.
 * @param now bucket and level of the present
 */
export function rhythmOf(
  resets: readonly Reset[],
  now: { readonly index: number; readonly level: number }
): Rhythm | undefined {
  const last = resets.at(-1);
  if (resets.length < fewestRegular || last === undefined) {
    return undefined;
  }
  const trust = Math.min(1, (resets.length - 2) / (trustedFrom - 2));
  const intervals = resets.slice(1).map((reset, k) => reset.index - resets[k]!.index);
  const every = median(intervals);
  const steady = intervals.filter((interval) => Math.abs(interval - every) <= trust * regular.interval * every);
  const needed = trust < 1 ? 1 : regularShare;
  if (steady.length >= needed * intervals.length && now.index - last.index < overdue * every) {
    const { mean, spread } = momentsOf(steady);
    return { kind: 'periodic', everyBuckets: mean, spreadBuckets: spread, floors: floorsOf(resets, mean) };
  }
  const peak = momentsOf(resets.map((reset) => reset.peak));
  const floor = momentsOf(resets.map((reset) => reset.floor));
  const equal = peak.spread <= trust * regular.peak * (peak.mean - floor.mean);
  return equal && now.level < peak.mean + 3 * peak.spread ? { kind: 'at-level', peak, floor } : undefined;
}

function momentsOf(values: readonly number[]): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

/** A straight line through the floors; what they wander is told from noise around them by how their steps follow each other. */
function floorsOf(resets: readonly Reset[], every: number): Floors {
  const times = resets.map(({ index }) => index / every);
  const [time, floor] = [momentsOf(times), momentsOf(resets.map((reset) => reset.floor))];
  const squares = time.spread ** 2 * (resets.length - 1);
  const gain =
    resets.reduce((sum, reset, k) => sum + (times[k]! - time.mean) * (reset.floor - floor.mean), 0) / squares;
  const rest = resets.map((reset, k) => reset.floor - floor.mean - gain * (times[k]! - time.mean));
  const spread = Math.sqrt(rest.reduce((sum, value) => sum + value ** 2, 0) / Math.max(1, resets.length - 2));
  const steps = rest.slice(1).map((value, k) => value - rest[k]!);
  const meanSquare = steps.reduce((sum, step) => sum + step ** 2, 0) / steps.length;
  const together = steps.slice(1).reduce((sum, step, k) => sum + step * steps[k]!, 0) / Math.max(1, steps.length - 1);
  const wander = Math.sqrt(Math.max(0, meanSquare + 2 * together));
  const gainError = Math.sqrt(spread ** 2 / squares + wander ** 2 / steps.length);
  const onLine = floor.mean + gain * (times.at(-1)! - time.mean);
  // floors that wander go on from where they are; others from the line
  return wander > 0
    ? { gain, gainError, last: resets.at(-1)!.floor, spread: 0, wander }
    : { gain, gainError, last: onLine, spread, wander };
}
