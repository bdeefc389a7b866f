import { expect, test } from '@jest/globals';
import { AppError } from '../errors.ts';
import type { ForecastOutcome, ForecastTask, TrainingPool } from '../forecasting/forecast-task.ts';
import { createMetrics } from './metrics.ts';
import { observePool } from './observed-pool.ts';

const task: ForecastTask = {
  timestampsMs: new Float64Array(0),
  values: new Float64Array(0),
  stepMs: undefined,
  horizonMs: 1,
  models: 'auto',
  levels: [95],
  direction: 'both',
  alertsPerWeek: 1,
  range: undefined,
  query: undefined,
  seed: 1,
};

function poolThat(run: () => Promise<ForecastOutcome>): TrainingPool {
  return { run, load: () => ({ running: 1, queued: 2, workers: 3 }), stop: async () => {} };
}

test('a failed training goes on to the caller and is counted by its code', async () => {
  const { training } = createMetrics();
  const failing = observePool(
    poolThat(() => Promise.reject(new AppError('fit_timeout', 'too long'))),
    training
  );
  await expect(failing.run(task, new AbortController().signal)).rejects.toMatchObject({ code: 'fit_timeout' });
  expect((await training.failures.get()).values).toMatchObject([{ labels: { code: 'fit_timeout' }, value: 1 }]);
  expect((await training.durationSeconds.get()).values.at(-1)?.value).toBe(1);
});

test('a training that was called off is no failure', async () => {
  const { training } = createMetrics();
  const aborted = observePool(
    poolThat(() => Promise.reject(new Error('aborted'))),
    training
  );
  await expect(aborted.run(task, AbortSignal.abort())).rejects.toThrow('aborted');
  expect((await training.failures.get()).values).toEqual([]);
});

test('the load is that of the pool', () => {
  const { training } = createMetrics();
  expect(
    observePool(
      poolThat(() => Promise.reject(new Error('unused'))),
      training
    ).load()
  ).toEqual({
    running: 1,
    queued: 2,
    workers: 3,
  });
});
