import { disposableFit } from '../disposable-fit.ts';
import type { Forecaster } from '../forecaster.ts';

/**
 * DLinear (Zeng et al., 2023) in TensorFlow.js: trend and remainder of the last day each through one linear layer.
 * TensorFlow.js keeps a little memory of every model, so it runs in a disposable worker.
 */
export const dlinear: Forecaster = {
  name: 'dlinear',
  minPoints: (seasons) => Math.max(200, 5 * (seasons[0] ?? 0)),
  forecast: (history, context) => disposableFit('dlinear', history, context),
};
