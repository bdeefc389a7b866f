import { availableParallelism } from 'node:os';
import { AppError } from '../../errors.ts';
import type { BandArrays, ForecastTask } from '../../forecasting/forecast-task.ts';
import { createTrainingPool } from '../../forecasting/training-pool.ts';
import type { ModelOptions } from '../forecast-options.ts';
import type { TableRows } from '../tables/table-rows.ts';
import type { BatchEntry } from './batch-index.ts';
import { naiveBand } from './naive-band.ts';
import type { BatchWork } from './run-batch.ts';

/** Their edges are the deciles; 95 is for those who ask for intervals. */
const levels = [20, 40, 60, 80, 95];
/** Single precision holds seven digits: more would be noise of the conversion. */
const digits = 7;

/** Forecasts the series of a batch by the workers that jobs are trained in. */
export function forecastWork(options: ModelOptions): BatchWork {
  const workers = availableParallelism();
  const pool = createTrainingPool({ workers, fitTimeoutMs: options.timeoutMs, maxQueue: workers + 1 });
  return {
    name: 'forecast',
    workers,
    answer: async (entry, rows, signal) => {
      if (!rows.values.some((value) => Number.isFinite(value))) {
        throw new AppError('not_forecastable', `none of its ${rows.values.length} rows has a value`);
      }
      const outcome = await pool.run(taskOf(entry, rows, options), signal);
      // Too few values for a model: in a list of many a plain line is worth more than a hole.
      const band = outcome.forecast ?? naiveBand(outcome.history, levels, entry.horizonSteps);
      return answerOf(outcome.model ?? 'naive', band);
    },
    stop: () => pool.stop(),
  };
}

function taskOf({ stepMs, horizonSteps }: BatchEntry, rows: TableRows, options: ModelOptions): ForecastTask {
  const { models, direction, alertsPerWeek, range, seed } = options;
  return {
    timestampsMs: rows.timesMs ?? rows.values.map((_, i) => i * stepMs),
    values: rows.values,
    stepMs,
    horizonMs: horizonSteps * stepMs,
    models,
    levels,
    direction,
    alertsPerWeek,
    range,
    query: undefined,
    seed,
  };
}

function answerOf(model: string, { expected, levels: bands }: BandArrays) {
  const numbers = (line: ArrayLike<number>) => Array.from(line, (value) => Number(value.toPrecision(digits)));
  const band = (percent: number) => bands.find(({ levelPercent }) => levelPercent === percent);
  const lower = (percent: number) => numbers(band(percent)?.lower ?? []);
  const upper = (percent: number) => numbers(band(percent)?.upper ?? []);
  return {
    model,
    expected: numbers(expected),
    lower80: lower(80),
    upper80: upper(80),
    lower95: lower(95),
    upper95: upper(95),
    quantiles: {
      '0.1': lower(80),
      '0.2': lower(60),
      '0.3': lower(40),
      '0.4': lower(20),
      '0.5': numbers(expected),
      '0.6': upper(20),
      '0.7': upper(40),
      '0.8': upper(60),
      '0.9': upper(80),
    },
  };
}
