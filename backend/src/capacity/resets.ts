import { median, quantileOfSorted, sortedFinite } from '../timeseries/quantiles.ts';

/** A fall of the level that stays: a clean-up, a restart, a purge. */
export interface Reset {
  /** First bucket after it. */
  readonly index: number;
  readonly peak: number;
  readonly floor: number;
}

/** Levels on either side are medians of so many buckets: a dip of one or two is none. */
const sideBuckets = 3;
const fewestAfter = 2;
/** A reset takes off this share of all that the level has ever covered, and far more than it moves between buckets. */
const leastShare = 0.15;
const leastSpreads = 8;
const madOfNormal = 0.6745;

/** @param levels without daily shape; NaN marks a gap */
export function findResets(levels: Float64Array): Reset[] {
  const sorted = sortedFinite(levels);
  if (sorted.length < 2 * sideBuckets) {
    return [];
  }
  const range = quantileOfSorted(sorted, 0.99) - quantileOfSorted(sorted, 0.01);
  const moves = levels.map((level, i) => (i === 0 ? NaN : level - levels[i - 1]!));
  const usual = median(moves);
  const least = Math.max(
    leastShare * range,
    (leastSpreads * median(moves.map((m) => Math.abs(m - usual)))) / madOfNormal
  );
  const drops = levels.map((_, i) => dropAt(levels, i));
  const resets: Reset[] = [];
  for (let i = 1; i < levels.length; i++) {
    if (drops[i]! > least && isSteepest(drops, moves, i)) {
      const after = levels.subarray(i, i + sideBuckets);
      resets.push({
        index: i,
        peak: sideMedian(levels.subarray(Math.max(0, i - sideBuckets), i)),
        floor: sideMedian(after),
      });
    }
  }
  return resets;
}

function dropAt(levels: Float64Array, i: number): number {
  const after = levels.subarray(i, i + sideBuckets);
  return i < fewestAfter || after.length < fewestAfter
    ? NaN
    : sideMedian(levels.subarray(Math.max(0, i - sideBuckets), i)) - sideMedian(after);
}

function sideMedian(levels: Float64Array): number {
  return median(levels);
}

/** Of the buckets over which one fall is seen, the one at which it is steepest; the first of equals. */
function isSteepest(drops: Float64Array, moves: Float64Array, i: number): boolean {
  for (let k = Math.max(1, i - sideBuckets); k <= Math.min(drops.length - 1, i + sideBuckets); k++) {
    const sameFall = k !== i && drops[k]! > 0.5 * drops[i]!;
    if (sameFall && (moves[k]! < moves[i]! || (moves[k] === moves[i] && k < i))) {
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
      /** What the floor gains from one reset to the next, and how sure that is. */
      readonly gain: number;
      readonly gainError: number;
      /** Last floor by a straight line through all, and how far they are from it. */
      readonly floor: number;
      readonly floorSpread: number;
    }
  | {
      readonly kind: 'at-level';
      readonly peak: number;
      readonly peakSpread: number;
      readonly floor: number;
      readonly floorSpread: number;
    };

const fewestRegular = 3;
/** Spread of intervals, and of peaks over the height, that is still regular; three may be so by chance, so less is allowed. */
const regularSpread = { interval: 0.25, peak: 0.12, fullFrom: 7 };
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
  const intervals = momentsOf(resets.slice(1).map((reset, k) => reset.index - resets[k]!.index));
  const gain = lineThrough(resets.map(({ floor }) => floor));
  const peaks = momentsOf(resets.map(({ peak }) => peak));
  const floors = momentsOf(resets.map(({ floor }) => floor));
  const trusted = Math.min(1, (resets.length - 2) / (regularSpread.fullFrom - 2));
  if (
    intervals.spread <= trusted * regularSpread.interval * intervals.mean &&
    now.index - last.index < overdue * intervals.mean
  ) {
    return {
      kind: 'periodic',
      everyBuckets: intervals.mean,
      spreadBuckets: intervals.spread,
      gain: gain.slope,
      gainError: gain.slopeError,
      floor: gain.last,
      floorSpread: gain.spread,
    };
  }
  const height = peaks.mean - floors.mean;
  if (peaks.spread <= trusted * regularSpread.peak * height && now.level < peaks.mean + 3 * peaks.spread) {
    return {
      kind: 'at-level',
      peak: peaks.mean,
      peakSpread: peaks.spread,
      floor: floors.mean,
      floorSpread: floors.spread,
    };
  }
  return undefined;
}

function momentsOf(values: readonly number[]): { readonly mean: number; readonly spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

function lineThrough(values: readonly number[]) {
  const { mean } = momentsOf(values);
  const centre = (values.length - 1) / 2;
  const squares = (values.length * (values.length ** 2 - 1)) / 12;
  const slope = values.reduce((sum, value, i) => sum + (i - centre) * (value - mean), 0) / squares;
  const rest = values.reduce((sum, value, i) => sum + (value - mean - slope * (i - centre)) ** 2, 0);
  const spread = Math.sqrt(rest / Math.max(1, values.length - 2));
  return { slope, slopeError: spread / Math.sqrt(squares), last: mean + slope * centre, spread };
}
