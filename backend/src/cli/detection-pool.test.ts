import { afterEach, expect, test } from '@jest/globals';
import { createDetectionPool, type DetectionPool } from './detection-pool.ts';

let pool: DetectionPool | undefined;
afterEach(async () => {
  await pool?.stop();
});

function aTask(count: number, alertsPerWeek = 1) {
  const values = Float64Array.from({ length: count }, (_, i) => Math.sin(i / 7) + ((i * 7919) % 101) / 50);
  const options = { alertsPerWeek, direction: 'both', form: 'causal' } as const;
  return { series: { startMs: 0, stepMs: 60_000, values }, options };
}

test('a series that takes too long is ended with its worker, and the next one is scored', async () => {
  pool = createDetectionPool({ workers: 1, timeoutMs: 900 });
  const endless = pool.run(aTask(3_000_000), new AbortController().signal);
  await expect(endless).rejects.toMatchObject({ code: 'fit_timeout' });
  await pool.stop();
  pool = createDetectionPool({ workers: 1, timeoutMs: 60_000 });
  const { scores } = await pool.run(aTask(200), new AbortController().signal);
  expect(scores).toHaveLength(200);
});

test('an abort ends the work with its own reason', async () => {
  pool = createDetectionPool({ workers: 1, timeoutMs: 60_000 });
  const stop = new AbortController();
  const endless = pool.run(aTask(3_000_000), stop.signal);
  stop.abort(new Error('enough'));
  await expect(endless).rejects.toThrow('enough');
});

test('a fault of the task is told by its text', async () => {
  pool = createDetectionPool({ workers: 1, timeoutMs: 60_000 });
  await expect(pool.run(aTask(10, 0), new AbortController().signal)).rejects.toMatchObject({
    code: 'fit_failed',
    message: expect.stringContaining('alertsPerWeek must be above 0'),
  });
});
