import type { ValueRange } from '../contract/job.ts';
import { median } from '../timeseries/quantiles.ts';
import { deseasonalise } from './models/seasonal-profile.ts';
import type { BandArrays } from './forecast-task.ts';

/** A level that changed shortly before the end as it never did before, around the season's shape. */
export interface LateChange {
  /** Steps that the new level has lasted. */
  readonly lastedSteps: number;
  readonly levelBefore: number;
  readonly levelNow: number;
  /** The season's part of the step `ahead` (1 = the next) after the end. */
  seasonAhead(ahead: number): number;
}

/** Shorter, and it may be one incident. */
const fewestSteps = 12;
/** Each duration that is looked at is this much longer than the one before. */
const durationGrowth = 1.4;
/** The level before is told by this many durations. */
const durationsBefore = 3;
/** Of the whole history: longer changes have too few others to compare with. */
const longestShare = 1 / 16;
/** Earlier places to compare with, at least and at most. */
const fewestPlaces = 12;
const mostPlaces = 200;
/** Times the greatest change before: on tuning series at 2.5 the quantile loss did not rise, at 1.5 by .6 %. */
const unprecedentedRatio = 2.5;

/**
 * Looks for a change of level before the end that is 2.5 times as high as any before that lasted as long. Such a change has
 * no example in the back-test: of 156 in the tuning series some 45 % stayed, whatever their duration, and the others went
 * back, so that a band has to hold both futures.
 * @param values without gaps
 * @returns the most unusual one, undefined when there is none
 */
export function findLateChange(values: Float64Array, seasons: readonly number[]): LateChange | undefined {
  const { rest, seasonAhead } = deseasonalise(values, seasons);
  let most = unprecedentedRatio;
  let lastedSteps: number | undefined;
  for (let steps = fewestSteps; steps <= rest.length * longestShare; steps = Math.ceil(steps * durationGrowth)) {
    const greatest = greatestBefore(rest, steps);
    const ratio = greatest === undefined ? 0 : Math.abs(changeAt(rest, rest.length, steps)) / greatest;
    // Infinite where nothing ever changed before, not a number where nothing changed at all.
    if (ratio > most) {
      most = ratio;
      lastedSteps = steps;
    }
  }
  if (lastedSteps === undefined) {
    return undefined;
  }
  const levelNow = median(rest.subarray(rest.length - lastedSteps));
  return { lastedSteps, levelNow, levelBefore: levelNow - changeAt(rest, rest.length, lastedSteps), seasonAhead };
}

/** Median of the `steps` before `end` less that of the stretch before them. */
function changeAt(rest: Float64Array, end: number, steps: number): number {
  const from = end - steps;
  return median(rest.subarray(from, end)) - median(rest.subarray(from - durationsBefore * steps, from));
}

/** The greatest change of that duration that ended before the newest began; undefined with too few to compare. */
function greatestBefore(rest: Float64Array, steps: number): number | undefined {
  const stride = Math.floor(steps / 2);
  let greatest = 0;
  let places = 0;
  for (let end = rest.length - steps; end >= (1 + durationsBefore) * steps && places < mostPlaces; end -= stride) {
    greatest = Math.max(greatest, Math.abs(changeAt(rest, end, steps)));
    places++;
  }
  return places < fewestPlaces ? undefined : greatest;
}

/** From this level on a band holds both futures whole; narrower ones move towards them with the square of their level. */
const wholeFromPercent = 80;

/**
 * Widens a band, which begins at the step after the end, so that both levels with their usual distances fit into it.
 * @param change without one the band stays as it is
 */
export function holdBothLevels(
  band: BandArrays,
  change: LateChange | undefined,
  range: ValueRange | undefined
): BandArrays {
  if (change === undefined) {
    return band;
  }
  const low = Math.min(change.levelNow, change.levelBefore);
  const high = Math.max(change.levelNow, change.levelBefore);
  const down = band.expected.map((value, h) => Math.min(0, change.seasonAhead(h + 1) + low - value));
  const up = band.expected.map((value, h) => Math.max(0, change.seasonAhead(h + 1) + high - value));
  const least = range?.min ?? -Infinity;
  const most = range?.max ?? Infinity;
  return {
    ...band,
    levels: band.levels.map(({ levelPercent, lower, upper }) => {
      const share = Math.min(1, (levelPercent / wholeFromPercent) ** 2);
      return {
        levelPercent,
        lower: lower.map((edge, h) => Math.max(Math.min(edge, least), edge + share * down[h]!)),
        upper: upper.map((edge, h) => Math.min(Math.max(edge, most), edge + share * up[h]!)),
      };
    }),
  };
}
