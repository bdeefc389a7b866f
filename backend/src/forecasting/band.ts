import type { ValueRange } from '../contract/job.ts';
import { quantileOfSorted, sortedFinite } from '../timeseries/quantiles.ts';
import type { ConformalOffsets } from './conformal.ts';
import type { BandArrays } from './forecast-task.ts';
import { deseasonalise } from './models/seasonal-profile.ts';

/** Bands are stored in single precision: a half-width below this share of the value would round to nothing. */
const singlePrecision = 2 ** -21;
const smallestHalfWidth = 1e-12;

/**
 * The least half-width of a band, so that it is never a line: half of the smallest difference between two values (the
 * resolution of an integer is 1), at most 5 % of their range, at least 0.05 % of the spread between the 5 % and the
 * 95 % quantile.
 * @param values NaN allowed
 */
export function minimumHalfWidth(values: ArrayLike<number>): number {
  const sorted = sortedFinite(values);
  if (sorted.length === 0) {
    return smallestHalfWidth;
  }
  const range = sorted.at(-1)! - sorted[0]!;
  let resolution = range;
  for (let i = 1; i < sorted.length; i++) {
    const difference = sorted[i]! - sorted[i - 1]!;
    if (difference > 1e-9 * range && difference < resolution) {
      resolution = difference;
    }
  }
  const spread = quantileOfSorted(sorted, 0.95) - quantileOfSorted(sorted, 0.05);
  return Math.max(smallestHalfWidth, Math.min(resolution / 2, 0.05 * range), 0.0005 * spread);
}

/** How the spread differs over one cycle; index is the slot counted back from the end. */
export interface LocalSpread {
  /** Spread of the step with this index of the history, or beyond its end. */
  at(index: number): number;
}

/** Groups a cycle is divided into: hours of a day. */
const spreadGroups = 24;

/**
 * Mean size of what the season leaves, by hour of the cycle, half-way to the overall one because a few cycles say little.
 * @param values finite
 * @param floor least spread
 */
export function localSpread(values: Float64Array, seasons: readonly number[], floor: number): LocalSpread {
  const season = seasons[0];
  const { rest } = deseasonalise(values, seasons);
  const sizes = rest.map(Math.abs);
  const limit = quantileOfSorted(Float64Array.from(sizes).sort(), 0.98);
  const overall = Math.max(floor, mean(sizes.map((size) => Math.min(limit, size))));
  if (season === undefined || season < 2 || rest.length === values.length) {
    return { at: () => overall };
  }
  const groups = Math.min(spreadGroups, season);
  const groupOf = (index: number) => Math.floor(((index % season) * groups) / season);
  const sums = new Float64Array(groups);
  const counts = new Float64Array(groups);
  sizes.forEach((size, i) => {
    const group = groupOf(i + season);
    sums[group]! += Math.min(limit, size);
    counts[group]!++;
  });
  const spreads = sums.map((sum, group) => Math.max(floor, (sum / Math.max(1, counts[group]!) + overall) / 2));
  return { at: (index) => spreads[groupOf(index)]! };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

export interface BandParts {
  readonly startMs: number;
  readonly stepMs: number;
  readonly expected: Float64Array;
  /** Local spread of each step. */
  readonly spread: Float64Array;
  /** At least one step; beyond the last the offsets grow with the square root of the distance. */
  readonly offsets: readonly ConformalOffsets[];
  readonly minHalfWidth: number;
  readonly range: ValueRange | undefined;
}

/** Puts offsets around an expected line: nested levels, inside `range`, lower < upper everywhere. */
export function bandOf(parts: BandParts): BandArrays {
  const { startMs, stepMs, offsets, spread, range } = parts;
  const expected = parts.expected.map((value) => clamp(value, range));
  const levels = offsets.map(({ levelPercent, lower, upper }) => {
    const least = (value: number) =>
      (Math.max(parts.minHalfWidth, Math.abs(value) * singlePrecision) * levelPercent) / 100;
    const distance = (edge: Float64Array, h: number) =>
      edge[Math.min(h, edge.length - 1)]! * Math.sqrt(Math.max(1, (h + 1) / edge.length)) * spread[h]!;
    return {
      levelPercent,
      lower: Float32Array.from(expected, (value, h) =>
        clamp(Math.min(value - least(value), parts.expected[h]! + distance(lower, h)), range)
      ),
      upper: Float32Array.from(expected, (value, h) =>
        clamp(Math.max(value + least(value), parts.expected[h]! + distance(upper, h)), range)
      ),
    };
  });
  openClosed(levels, expected, parts);
  return { startMs, stepMs, expected: Float32Array.from(expected), levels };
}

/** Where clipping has closed a band at the end of the range, opens it again towards the inside. */
function openClosed(levels: BandArrays['levels'], expected: Float64Array, { minHalfWidth, range }: BandParts): void {
  for (const { levelPercent, lower, upper } of levels) {
    for (let h = 0; h < expected.length; h++) {
      if (lower[h]! < upper[h]!) {
        continue;
      }
      const least = (2 * Math.max(minHalfWidth, Math.abs(expected[h]!) * singlePrecision) * levelPercent) / 100;
      if (range?.max !== undefined && upper[h]! >= Math.fround(range.max)) {
        lower[h] = upper[h]! - least;
      } else {
        upper[h] = lower[h]! + least;
      }
    }
  }
}

function clamp(value: number, range: ValueRange | undefined): number {
  return Math.max(range?.min ?? -Infinity, Math.min(range?.max ?? Infinity, value));
}

/** Bands one after another on one grid; where two speak of the same step the later one wins. NaN between them. */
export function joinBands(bands: readonly BandArrays[]): BandArrays | undefined {
  const first = bands[0];
  if (first === undefined) {
    return undefined;
  }
  const { startMs, stepMs } = first;
  const endOf = (band: BandArrays) => Math.round((band.startMs - startMs) / stepMs) + band.expected.length;
  const length = Math.max(...bands.map(endOf));
  const lay = (pick: (band: BandArrays) => Float32Array) => {
    const line = new Float32Array(length).fill(NaN);
    bands.forEach((band) => line.set(pick(band), Math.round((band.startMs - startMs) / stepMs)));
    return line;
  };
  return {
    startMs,
    stepMs,
    expected: lay((band) => band.expected),
    levels: first.levels.map(({ levelPercent }, i) => ({
      levelPercent,
      lower: lay((band) => band.levels[i]!.lower),
      upper: lay((band) => band.levels[i]!.upper),
    })),
  };
}
