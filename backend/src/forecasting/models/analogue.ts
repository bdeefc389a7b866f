import { AppError } from '../../errors.ts';
import { medianOfFew } from '../../timeseries/quantiles.ts';
import type { Forecaster } from '../forecaster.ts';
import { seasonAt } from './seasonal-profile.ts';

/** Past cycles that resemble the last one and are asked how they went on. */
const neighbours = 5;
const fewestNeighbours = 2;
const minCycles = 4;
/** Points at which two cycles are compared; more would not change which are alike. */
const comparedPoints = 48;
/** The level is the mean of the last eighth of a cycle; it may have moved between two cycles that are alike. */
const levelShare = 1 / 8;
/** Cycles are compared at the same time of the day, give or take an hour. */
const phaseShare = 1 / 24;

/**
 * Method of analogues (nearest neighbours): the stretches of the past most like the last cycle, levels apart, and the
 * median of what came after each. Beyond one cycle it repeats.
 * @see Lorenz (1969); Martínez et al. (2019) for time series
 */
export const analogue: Forecaster = {
  name: 'analogue',
  minPoints: (seasons) => minCycles * (seasons[0] ?? Infinity) + comparedPoints,
  forecast: ({ values }, { seasons, horizonSteps }) => {
    const season = seasonAt(seasons, 0, 'analogue');
    const levels = trailingMeans(values, Math.max(1, Math.round(season * levelShare)));
    const told = Math.min(horizonSteps, season);
    const ends = nearest(alike(values, levels, season, told), season / 2);
    if (ends.length < fewestNeighbours) {
      throw new AppError('fit_failed', 'analogue found fewer than two stretches like the last cycle');
    }
    const level = levels[values.length]!;
    const buffer = new Float64Array(ends.length);
    return Float64Array.from({ length: horizonSteps }, (_, h) => {
      ends.forEach((end, i) => (buffer[i] = values[end + (h % told)]! - levels[end]!));
      return level + medianOfFew(buffer, ends.length);
    });
  },
};

/** means[end] of the `width` values before `end` (fewer at the start). */
function trailingMeans(values: Float64Array, width: number): Float64Array {
  const means = new Float64Array(values.length + 1);
  let sum = 0;
  for (let end = 1; end <= values.length; end++) {
    sum += values[end - 1]! - (end > width ? values[end - 1 - width]! : 0);
    means[end] = sum / Math.min(end, width);
  }
  return means;
}

interface Candidate {
  /** Index after its last value. */
  readonly end: number;
  readonly distance: number;
}

/** Every earlier stretch at about the same phase whose continuation is known, with its mean distance from the last cycle. */
function alike(values: Float64Array, levels: Float64Array, season: number, told: number): Candidate[] {
  const last = values.length;
  const slack = Math.floor(season * phaseShare);
  const stride = Math.max(1, Math.round(season / comparedPoints));
  const candidates: Candidate[] = [];
  for (let middle = last - season; middle + slack >= season; middle -= season) {
    for (let end = Math.max(season, middle - slack); end <= Math.min(middle + slack, last - told); end++) {
      const shift = levels[last]! - levels[end]!;
      let distance = 0;
      for (let back = 1; back <= season; back += stride) {
        distance += Math.abs(values[last - back]! - values[end - back]! - shift);
      }
      candidates.push({ end, distance });
    }
  }
  return candidates;
}

/** The nearest ones, none within `apart` of another: neighbours in time are one analogue, not two. */
function nearest(candidates: Candidate[], apart: number): number[] {
  const ends: number[] = [];
  for (const { end } of candidates.sort((a, b) => a.distance - b.distance || a.end - b.end)) {
    if (ends.length < neighbours && ends.every((other) => Math.abs(other - end) > apart)) {
      ends.push(end);
    }
  }
  return ends;
}
