import type { Forecaster } from '../forecaster.ts';
import { mstlLine } from './augurs.ts';

/**
 * Multiple seasonal-trend decomposition by Loess with exponential smoothing of the trend.
 * A weekly season takes part only with three weeks or more: on two cycles it learns the noise.
 * @see Bandara, Hyndman & Bergmeir (2021)
 */
export const mstl: Forecaster = {
  name: 'mstl',
  minPoints: (seasons) => 2 * (seasons[0] ?? Infinity),
  forecast: ({ values }, { seasons, horizonSteps }) => {
    const usable = seasons.filter((season, i) => values.length >= (i === 0 ? 2 : 3) * season);
    return mstlLine(values, usable, horizonSteps);
  },
};
