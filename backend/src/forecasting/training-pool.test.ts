import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ForecastTask } from './forecast-task.ts';
import { createTrainingPool } from './training-pool.ts';

const folders: string[] = [];

/** A worker whose seed says what goes wrong: 1 busy loop, 2 end of the process, 4 no end of memory, else the real answer's shape. */
async function aBrokenWorker(): Promise<URL> {
  const folder = await mkdtemp(path.join(tmpdir(), 'training-pool-'));
  folders.push(folder);
  const file = path.join(folder, 'worker.mjs');
  const source = `export async function train(task) {
    if (task.seed === 1) { for (;;) {} }
    if (task.seed === 2) { process.exit(3); }
    if (task.seed === 4) { const held = []; for (;;) { held.push(new Array(100_000).fill({})); } }
    if (task.seed === 3) { return { kind: 'failed', code: 'invalid_request', message: 'no such horizon' }; }
    return { kind: 'done', outcome: { state: 'warming-up' } };
  }`;
  await writeFile(file, source);
  return pathToFileURL(file);
}

function aTask(seed: number): ForecastTask {
  return {
    timestampsMs: new Float64Array(0),
    values: new Float64Array(0),
    stepMs: 60_000,
    horizonMs: 3_600_000,
    models: 'auto',
    levels: [80, 95],
    direction: 'both',
    alertsPerWeek: 1,
    range: undefined,
    query: undefined,
    seed,
  };
}

const never = () => new AbortController().signal;

afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
});

describe('training pool', () => {
  test('runs the real worker and leaves the caller its arrays', async () => {
    const pool = createTrainingPool({ workers: 1, fitTimeoutMs: 20_000, maxQueue: 5 });
    const values = Float64Array.from({ length: 200 }, (_, i) => 10 + Math.sin(i) + (i % 7));
    const task = { ...aTask(1), timestampsMs: values.map((_, i) => i * 60_000), values };
    const outcome = await pool.run(task, never());
    expect(outcome.forecast?.expected).toHaveLength(60);
    expect(outcome.history).toEqual({ startMs: 0, stepMs: 60_000, values });
    expect(values).toHaveLength(200);
    await pool.stop();
  });

  test('ends a busy fit at its deadline and goes on with the next', async () => {
    const pool = createTrainingPool({ workers: 1, fitTimeoutMs: 1500, maxQueue: 5, workerFile: await aBrokenWorker() });
    const busy = pool.run(aTask(1), never());
    const next = pool.run(aTask(9), never());
    await expect(busy).rejects.toMatchObject({ code: 'fit_timeout' });
    await expect(next).resolves.toMatchObject({ state: 'warming-up' });
    expect(pool.load()).toEqual({ running: 0, queued: 0, workers: 1 });
    await pool.stop();
  });

  test('a worker that dies and a fit that fails reject their own task only', async () => {
    const pool = createTrainingPool({ workers: 1, fitTimeoutMs: 5000, maxQueue: 5, workerFile: await aBrokenWorker() });
    const answers = await Promise.allSettled([2, 3, 9].map((seed) => pool.run(aTask(seed), never())));
    expect(answers).toMatchObject([
      { status: 'rejected', reason: { code: 'fit_failed' } },
      { status: 'rejected', reason: { code: 'invalid_request', message: 'no such horizon' } },
      { status: 'fulfilled' },
    ]);
    await pool.stop();
  });

  test('a fit that needs more memory than a worker has fails alone', async () => {
    const workerFile = await aBrokenWorker();
    const limits = { workers: 1, fitTimeoutMs: 20_000, maxQueue: 5, workerMemoryBytes: 64 * 2 ** 20 };
    const pool = createTrainingPool({ ...limits, workerFile });
    const [hungry, next] = await Promise.allSettled([4, 9].map((seed) => pool.run(aTask(seed), never())));
    expect(hungry).toMatchObject({ status: 'rejected', reason: { code: 'fit_failed' } });
    expect(hungry).toMatchObject({ reason: { message: expect.stringContaining('memory') } });
    expect(next).toMatchObject({ status: 'fulfilled' });
    await pool.stop();
  });

  test('refuses more than its queue holds, and gives up a place when the caller leaves', async () => {
    const pool = createTrainingPool({ workers: 1, fitTimeoutMs: 5000, maxQueue: 1, workerFile: await aBrokenWorker() });
    const leaving = new AbortController();
    const running = pool.run(aTask(1), leaving.signal).catch((error: unknown) => error);
    const waiting = pool.run(aTask(9), leaving.signal).catch((error: unknown) => error);
    await expect(pool.run(aTask(9), never())).rejects.toMatchObject({ code: 'busy' });
    leaving.abort(new Error('the browser went away'));
    expect(await Promise.all([running, waiting])).toMatchObject([
      { message: 'the browser went away' },
      { message: 'the browser went away' },
    ]);
    await expect(pool.run(aTask(9), never())).resolves.toMatchObject({ state: 'warming-up' });
    await pool.stop();
  });

  test('takes nothing more once stopped', async () => {
    const pool = createTrainingPool({ workers: 1, fitTimeoutMs: 5000, maxQueue: 1, workerFile: await aBrokenWorker() });
    await pool.stop();
    await expect(pool.run(aTask(9), never())).rejects.toMatchObject({ code: 'busy' });
  });
});
