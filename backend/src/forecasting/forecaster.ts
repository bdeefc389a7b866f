import type { ModelName } from '../contract/job.ts';
import type { RegularSeries } from '../timeseries/series.ts';

export interface FitContext {
  /** Season lengths in steps that the data supports, shortest first; empty when none was found. */
  readonly seasons: readonly number[];
  /** Steps to forecast after the last value. */
  readonly horizonSteps: number;
  /** Every random choice comes from this. */
  readonly seed: number;
}

/**
 * One model family. Pure and synchronous save for what must load a WASM module first; runs in a training worker.
 * A model returns its expected line only: bands come from held-out residuals (conformal), never from the model.
 */
export interface Forecaster {
  readonly name: ModelName;
  /** Fewest finite values it can be fitted on, given the seasons. */
  minPoints(seasons: readonly number[]): number;
  /**
   * @param history gaps already filled; finite values only
   * @returns `horizonSteps` finite values in the unit of the history
   * @throws AppError `fit_failed` when the family can't be fitted to this series
   */
  forecast(history: RegularSeries, context: FitContext): Promise<Float64Array> | Float64Array;
}
