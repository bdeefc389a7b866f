import type { Forecaster } from '../forecaster.ts';

/** The last value goes on: what every other model must beat on a series that wanders. */
export const naive: Forecaster = {
  name: 'naive',
  minPoints: () => 1,
  forecast: (history, { horizonSteps }) => new Float64Array(horizonSteps).fill(history.values.at(-1) ?? 0),
};
