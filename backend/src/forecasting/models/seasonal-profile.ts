import type { ModelName } from '../../contract/job.ts';
import { AppError } from '../../errors.ts';
import { medianOfFew } from '../../timeseries/quantiles.ts';

/** A week of daily cycles: long enough to outvote an incident, short enough to follow a new level within days. */
export const profileCycles = 7;
/** Weekly cycles are few: all of a month. */
export const weekCycles = 4;

/**
 * What the same slot of earlier cycles says about each step: `profile[t]` is the median of values[t − k·season],
 * k = 1 … cycles, so it never looks at t itself and goes on for one cycle after the end.
 * @returns values.length + season entries; NaN in the first cycle, which has no earlier one
 */
export function slotProfile(values: Float64Array, season: number, cycles = profileCycles): Float64Array {
  const profile = new Float64Array(values.length + season).fill(NaN, 0, season);
  const buffer = new Float64Array(cycles);
  for (let t = season; t < profile.length; t++) {
    let count = 0;
    for (let back = t - season; back >= 0 && count < cycles; back -= season) {
      buffer[count++] = values[back]!;
    }
    profile[t] = medianOfFew(buffer, count);
  }
  return profile;
}

/** Share of the newest cycle in a profile of recent cycles; the one before has half of what is left, and so on. */
const newestShare = 0.5;

/**
 * The same by an exponentially weighted mean, which follows a changing shape within two or three cycles.
 * @returns values.length + season entries; NaN in the first cycle
 */
export function recentProfile(values: Float64Array, season: number): Float64Array {
  const profile = new Float64Array(values.length + season).fill(NaN, 0, season);
  for (let t = season; t < profile.length; t++) {
    const before = t - season;
    const told = before < season ? values[before]! : profile[before]!;
    profile[t] = told + newestShare * (values[before]! - told);
  }
  return profile;
}

/** The season at this place of the list. @throws AppError `fit_failed` that names the model when there is none */
export function seasonAt(seasons: readonly number[], at: number, model: ModelName): number {
  const season = seasons.at(at);
  if (season === undefined) {
    throw new AppError('fit_failed', `${model} needs a season and none was found`);
  }
  return season;
}

/** A series split into what its season says and what is left; a model forecasts the rest. */
export interface Deseasonalised {
  /** What is left, from the second cycle on; all values less their median when there is no season. */
  readonly rest: Float64Array;
  /** The season's part of the step `ahead` (1 = the next) after the end. */
  seasonAhead(ahead: number): number;
}

/** Takes the slot profile of the shortest season out; without a season the median of the values. */
export function deseasonalise(values: Float64Array, seasons: readonly number[]): Deseasonalised {
  const season = seasons[0];
  return season === undefined || values.length < 2 * season
    ? withoutMedian(values)
    : withoutProfile(values, season, slotProfile(values, season));
}

/** Takes the median of the values out. */
export function withoutMedian(values: Float64Array): Deseasonalised {
  const centre = medianOfFew(Float64Array.from(values).sort(), values.length);
  return { rest: values.map((value) => value - centre), seasonAhead: () => centre };
}

/** @param profile values.length + season entries, of which the first cycle is not used */
export function withoutProfile(values: Float64Array, season: number, profile: Float64Array): Deseasonalised {
  const rest = values.subarray(season).map((value, i) => value - profile[season + i]!);
  const end = values.length;
  return { rest, seasonAhead: (ahead) => profile[end + ((ahead - 1) % season)]! };
}
