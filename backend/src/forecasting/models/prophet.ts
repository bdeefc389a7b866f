import { AppError } from '../../errors.ts';
import { disposableFit } from '../disposable-fit.ts';
import type { Forecaster } from '../forecaster.ts';

/**
 * Prophet (Taylor & Letham, 2018) through augurs and its Stan model in WebAssembly. That module leaks with every fit and
 * is spoiled by a trap, so it runs in a disposable worker only.
 */
export const prophet: Forecaster = {
  name: 'prophet',
  minPoints: (seasons) => Math.max(48, 2 * (seasons[0] ?? 0)),
  forecast: async (history, context) => {
    const first = history.values[0];
    if (history.values.every((value) => value === first)) {
      throw new AppError('fit_failed', 'Prophet cannot be fitted to a constant series');
    }
    return disposableFit('prophet', history, context);
  },
};
