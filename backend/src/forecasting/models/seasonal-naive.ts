import type { Forecaster } from '../forecaster.ts';

/** The last cycle of the shortest season (usually the day) again. */
export const seasonalNaive: Forecaster = {
  name: 'seasonal-naive',
  minPoints: (seasons) => seasons[0] ?? Infinity,
  forecast: ({ values }, { seasons, horizonSteps }) => {
    const season = seasons[0] ?? 1;
    return Float64Array.from({ length: horizonSteps }, (_, h) => values[values.length - season + (h % season)]!);
  },
};
