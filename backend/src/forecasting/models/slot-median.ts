import type { FitContext, Forecaster } from '../forecaster.ts';
import type { RegularSeries } from '../../timeseries/series.ts';
import { profileCycles, slotProfile, weekCycles } from './seasonal-profile.ts';

/** The median of the same slot of the last seven cycles of the shortest season: usually the day. */
export const slotMedian: Forecaster = {
  name: 'slot-median',
  minPoints: (seasons) => 2 * (seasons[0] ?? Infinity),
  forecast: (history, context) => repeatProfile(history, context, context.seasons[0] ?? 1, profileCycles),
};

/** The median of the same slot of the last four weeks: for series that know the weekend. */
export const slotMedianWeek: Forecaster = {
  name: 'slot-median-week',
  minPoints: (seasons) => 2 * (seasons[1] ?? Infinity),
  forecast: (history, context) => repeatProfile(history, context, context.seasons[1] ?? 1, weekCycles),
};

function repeatProfile(
  { values }: RegularSeries,
  { horizonSteps }: FitContext,
  season: number,
  cycles: number
): Float64Array {
  // Only the cycles that count: a profile of the whole history would be thrown away.
  const recent = values.subarray(Math.max(0, values.length - cycles * season));
  const profile = slotProfile(recent, season, cycles);
  return Float64Array.from({ length: horizonSteps }, (_, h) => profile[recent.length + (h % season)]!);
}
