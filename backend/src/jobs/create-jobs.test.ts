import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import type { ServerEvent } from '../contract/api.ts';
import { JobSpec, type JobSpecInput } from '../contract/job.ts';
import type { MetricStore } from '../datasources/metrics/metric-store.ts';
import { AppError } from '../errors.ts';
import type { ForecastOutcome, ForecastTask, TrainingPool } from '../forecasting/forecast-task.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { createJobs, type RunningJobs } from './create-jobs.ts';
import type { ProvisionedJob } from './provisioned-job.ts';

const stepMs = 60_000;
const hourMs = 3_600_000;
const startMs = 1_795_500_000_000;
const ann = { id: 'user:1', name: 'Ann' };
const soon = () => AbortSignal.timeout(5_000);

/** A source whose series can be changed and that can be switched off. */
function aSource() {
  const state = { count: 2, error: undefined as AppError | undefined, queries: 0, began: false };
  const labelsOf = (i: number) => ({ __name__: 'load', host: `h${i}` });
  const numbers = () => Array.from({ length: state.count }, (_, i) => i);
  const ask = () => {
    state.queries++;
    if (state.error !== undefined) {
      throw state.error;
    }
  };
  const store: MetricStore = {
    name: 'main',
    kind: 'prometheus',
    queryRange: (query) =>
      Promise.resolve().then(() => {
        ask();
        const length = Math.floor((query.endMs - query.startMs) / query.stepMs) + 1;
        const grid = { startMs: query.startMs, stepMs: query.stepMs };
        const values = Float64Array.from({ length }, (_, i) => (query.startMs / stepMs + i) % 10);
        const series = state.began ? [] : numbers().map((i) => ({ labels: labelsOf(i), ...grid, values }));
        return { series, warnings: [] };
      }),
    queryInstant: (_promql, timestampMs) =>
      Promise.resolve().then(() => {
        ask();
        return { samples: numbers().map((i) => ({ labels: labelsOf(i), timestampMs, value: 1 })), warnings: [] };
      }),
    checkConnection: () => Promise.resolve({ ok: true, steps: [], message: 'reachable' }),
    stop: () => Promise.resolve(),
  };
  return { store, state };
}

/** A pool that forecasts the number of its run, at once; or never, or with an error. */
function aPool() {
  const state = { runs: 0, error: undefined as AppError | undefined, hangs: false, youngRun: 0 };
  const pool: TrainingPool = {
    run: async (task, signal) => {
      signal.throwIfAborted();
      state.runs++;
      if (state.hangs) {
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        });
      }
      if (state.error !== undefined) {
        throw state.error;
      }
      const outcome = outcomeOf(task, state.runs);
      return state.runs === state.youngRun ? youngOutcome(outcome) : outcome;
    },
    load: () => ({ running: 0, queued: 0, workers: 1 }),
    stop: () => Promise.resolve(),
  };
  return { pool, state };
}

function outcomeOf(task: ForecastTask, value: number): ForecastOutcome {
  const endMs = task.timestampsMs.at(-1) ?? 0;
  const band = (bandStartMs: number, steps: number, center: number) => ({
    startMs: bandStartMs,
    stepMs,
    expected: new Float32Array(steps).fill(center),
    levels: task.levels.map((levelPercent) => ({
      levelPercent,
      lower: new Float32Array(steps).fill(center - 1),
      upper: new Float32Array(steps).fill(center + 1),
    })),
  });
  return {
    state: 'modelled',
    notes: [],
    history: { startMs: task.timestampsMs[0] ?? 0, stepMs, values: task.values },
    heldOut: band(endMs - 59 * stepMs, 60, -value),
    forecast: band(endMs + stepMs, task.horizonMs / stepMs, value),
    anomalies: [],
    nowScore: 0,
    backtest: undefined,
    model: 'ets',
    cpuSeconds: 0.5,
  };
}

/** Of a series that has but its last ten values. */
function youngOutcome(outcome: ForecastOutcome): ForecastOutcome {
  const { history } = outcome;
  const startMs = history.startMs + (history.values.length - 10) * stepMs;
  const young = { ...history, startMs, values: history.values.slice(-10) };
  const nothing = { heldOut: undefined, forecast: undefined, model: undefined, nowScore: undefined };
  return { ...outcome, ...nothing, state: 'warming-up', history: young };
}

/** Time that stands still until it is moved; sleepers wake when it passes them. */
function aClock() {
  const sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  const state = { nowMs: startMs };
  return {
    nowMs: () => state.nowMs,
    sleep: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const sleeper = { untilMs: state.nowMs + ms, wake: resolve };
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal.reason as Error);
        };
        if (signal.aborted) {
          abort();
          return;
        }
        signal.addEventListener('abort', abort, { once: true });
        sleepers.add(sleeper);
      }),
    advance: (ms: number) => {
      state.nowMs += ms;
      [...sleepers]
        .filter(({ untilMs }) => untilMs <= state.nowMs)
        .forEach((sleeper) => {
          sleepers.delete(sleeper);
          sleeper.wake();
        });
    },
  };
}

function aSpec(changes: Partial<JobSpecInput> = {}): JobSpec {
  return JobSpec.parse({ name: 'load', query: 'load', training: '2h', retrain: '1h', horizon: '2h', ...changes });
}

function inFile(spec: JobSpec): ProvisionedJob {
  return { spec, file: 'jobs/load.yaml', line: 2 };
}

let folder: string;
let database: Database;
let source: ReturnType<typeof aSource>;
let pool: ReturnType<typeof aPool>;
let clock: ReturnType<typeof aClock>;
const running: RunningJobs[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-jobs-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  source = aSource();
  pool = aPool();
  clock = aClock();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((jobs) => jobs.stop()));
  await database.destroy();
  rmSync(folder, { recursive: true, force: true });
});

function build(provisioned: readonly ProvisionedJob[] = []): RunningJobs {
  const jobs = createJobs({
    ...{ database, pool: pool.pool, clock, provisioned },
    sources: new Map([['main', source.store]]),
    delaysMs: new Map([['main', 30_000]]),
    logger: pino({ level: 'silent' }),
    limits: { seriesPerJob: 3 },
  });
  running.push(jobs);
  return jobs;
}

/** Resolves with the event that the listener waited for. */
function heard(jobs: RunningJobs, matches: (event: ServerEvent) => boolean): Promise<ServerEvent> {
  return new Promise((resolve) => {
    const end = jobs.subscribe((event) => {
      if (matches(event)) {
        end();
        resolve(event);
      }
    });
  });
}

const stateChanged = (event: ServerEvent) => event.kind === 'job' && event.change === 'state';
const trainingEnded = (event: ServerEvent) => event.kind === 'training' && event.ended;

/** Lets time pass in steps, so that whoever goes to sleep meanwhile wakes as well, until `done`. */
async function pass(ms: number, done: Promise<void>): Promise<void> {
  const ended = done.then(() => true);
  clock.advance(ms);
  for (let turns = 0; turns < 500; turns++) {
    if (await Promise.race([ended, nextTurn(false)])) {
      return;
    }
    clock.advance(1_000);
  }
  throw new Error('nothing came of it in 500 s');
}

/** The end of the next training: after it the job's state is announced. */
async function trained(jobs: RunningJobs): Promise<void> {
  await heard(jobs, trainingEnded);
  await heard(jobs, stateChanged);
}

/** Jobs after their first training; without files, of a job that was made over the API. */
async function started(provisioned: readonly ProvisionedJob[] = [inFile(aSpec())]): Promise<RunningJobs> {
  const jobs = build(provisioned);
  const done = trained(jobs);
  await jobs.start();
  if (provisioned.length === 0) {
    await jobs.create(aSpec(), ann, soon());
  }
  await done;
  return jobs;
}

describe('a job from a file', () => {
  test('is trained at the start, and its series have a band for the past and the future', async () => {
    const jobs = await started();
    const [job] = (await jobs.list({ limit: 10 })).items;
    expect(job).toMatchObject({ state: 'fresh', seriesCount: 2, model: 'ets', origin: { kind: 'file', line: 2 } });

    const entries = await jobs.bands.listSeries();
    expect(entries.map(({ labels }) => labels['host'])).toEqual(['h0', 'h1']);
    const ids = entries.map(({ seriesId }) => seriesId);
    const bands = await jobs.bands.readBands(ids, startMs - hourMs, startMs + 5 * hourMs);
    const lengths = [...bands.values()].map(({ expected }) => expected.length);
    // an hour of back-test in the range, then horizon and retrain interval
    expect(lengths).toEqual([60 + 180 - 1, 60 + 180 - 1].map((steps) => expect.closeTo(steps, -1)));
    expect(bands.get(ids[0] ?? '')?.expected.at(-1)).toBeGreaterThan(0);
  });

  test('can not be changed or removed over the API, and the refusal names its file', async () => {
    const jobs = await started();
    const refusal = { code: 'read_only', message: expect.stringContaining('jobs/load.yaml:2') };
    await expect(jobs.remove('load', ann)).rejects.toMatchObject(refusal);
    await expect(jobs.update('load', aSpec(), ann, soon())).rejects.toMatchObject(refusal);
  });

  test('goes with its forecasts when no file defines it any more', async () => {
    await (await started()).stop();
    const again = build([]);
    await again.start();
    expect((await again.list({ limit: 10 })).total).toBe(0);
    const left = await database.selectFrom('bands').select('series_id').execute();
    expect(left).toEqual([]);
  });

  test('takes over the forecasts of a job of the API with the same definition', async () => {
    const jobs = await started([]);
    const [before] = (await jobs.series('load', { limit: 1 })).items;
    await jobs.stop();
    const again = build([inFile(aSpec({ title: 'Load' }))]);
    await again.start();
    expect(await again.get('load')).toMatchObject({ state: 'fresh', origin: { kind: 'file' }, seriesCount: 2 });
    expect((await again.series('load', { limit: 1 })).items[0]?.id).toBe(before?.id);
  });

  test('wins its name from a job of the API with another definition, which is kept aside and says so', async () => {
    await (await started([])).stop();
    const again = build([inFile(aSpec({ query: 'other' }))]);
    const done = trained(again);
    await again.start();
    await done;
    expect(await again.get('load')).toMatchObject({ origin: { kind: 'file' }, spec: { query: 'other' } });
    const aside = await again.get('load-api');
    expect(aside).toMatchObject({ state: 'failing', spec: { query: 'load' }, nextTrainingAtMs: null });
    expect(aside.stateReason).toContain('jobs/load.yaml:2 now defines a job "load"');
  });
});

describe('a job of the API', () => {
  test('is refused when its query has no series, too many series, an unknown source or a taken name', async () => {
    const jobs = build();
    const create = (spec: JobSpec) => jobs.create(spec, ann, soon());
    source.state.count = 0;
    await expect(create(aSpec())).rejects.toMatchObject({ code: 'no_series' });
    source.state.count = 4;
    await expect(create(aSpec())).rejects.toMatchObject({
      code: 'too_many_series',
      message: expect.stringMatching(/answers 4 series, a job may have 3: .*limits\.seriesPerJob/),
    });
    await expect(create(aSpec({ source: 'mian' }))).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('there are: main'),
    });
    source.state.count = 1;
    await create(aSpec());
    await expect(create(aSpec())).rejects.toMatchObject({ code: 'conflict' });
  });

  test('that is made twice at the same time is made once', async () => {
    const jobs = build();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => jobs.create(aSpec(), ann, soon())));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('is trained anew when its definition changes, and its old bands go with the first new one', async () => {
    const jobs = await started([]);
    const done = trained(jobs);
    await jobs.update('load', aSpec({ direction: 'above' }), ann, soon());
    await done;
    const [first] = (await jobs.series('load', { limit: 1 })).items;
    const rows = await database
      .selectFrom('bands')
      .select(['kind', 'start_ms'])
      .where('series_id', '=', first?.id ?? '')
      .execute();
    expect(rows.map(({ kind }) => kind).sort()).toEqual(['backtest', 'forecast']);
    expect((await jobs.get('load')).state).toBe('fresh');
  });

  test('is not trained anew when only its title changes', async () => {
    const jobs = await started([]);
    const { runs } = pool.state;
    await jobs.update('load', aSpec({ title: 'Load of hosts' }), ann, soon());
    expect((await jobs.get('load')).state).toBe('fresh');
    expect(pool.state.runs).toBe(runs);
  });

  test('can be removed while it is trained: the training ends and nothing of it stays', async () => {
    const jobs = build();
    pool.state.hangs = true;
    const begun = heard(jobs, stateChanged);
    await jobs.create(aSpec(), ann, soon());
    await jobs.start();
    await begun;
    await jobs.remove('load', ann);
    await expect(jobs.get('load')).rejects.toMatchObject({ code: 'not_found' });
    expect(await database.selectFrom('fits').select('id').execute()).toEqual([]);
  });
});

describe('trainings', () => {
  test('come again before the interval has passed, and the later forecast wins from its start on', async () => {
    const jobs = await started();
    const done = trained(jobs);
    await pass(hourMs, done);
    const [first] = (await jobs.series('load', { limit: 1 })).items;
    const band = (await jobs.bands.readBands([first?.id ?? ''], startMs, startMs + 10 * hourMs)).get(first?.id ?? '');
    const changes = Array.from(band?.expected ?? []).filter((value, i, all) => i > 0 && value !== all[i - 1]);
    expect(changes).toHaveLength(1);
    expect((await jobs.fits('load', { limit: 10 })).items.map(({ state }) => state)).toEqual(['done', 'done']);
  });

  test('that fail keep the old forecast, say why, and are tried again', async () => {
    const jobs = await started();
    source.state.error = new AppError('source_refused', 'source "main" refuses connections');
    const failed = trained(jobs);
    await pass(hourMs, failed);
    expect(await jobs.get('load')).toMatchObject({
      state: 'stale',
      stateReason: expect.stringContaining('refuses connections (the forecast is 1h old)'),
      seriesCount: 2,
    });
    source.state.error = undefined;
    const done = trained(jobs);
    await pass(31_000, done);
    expect(await jobs.get('load')).toMatchObject({ state: 'fresh', stateReason: null });
  });

  test('of series that have only just begun warm up and are tried again', async () => {
    source.state.began = true;
    const jobs = await started();
    expect(await jobs.get('load')).toMatchObject({
      state: 'warming-up',
      stateReason: expect.stringContaining('2 series began less than a step ago'),
    });
    source.state.began = false;
    const done = trained(jobs);
    await pass(31_000, done);
    expect(await jobs.get('load')).toMatchObject({ state: 'fresh' });
  });

  test('lend a series without a model the band of one that has a model, and count it as served', async () => {
    pool.state.youngRun = 1;
    const jobs = await started();
    const { items } = await jobs.series('load', { limit: 10 });
    expect(items.map(({ model, state }) => [model, state]).sort()).toEqual([
      ['ets', 'modelled'],
      ['siblings', 'rule'],
    ]);
    expect(items.flatMap(({ notes }) => notes.map(({ code }) => code))).toContain('borrowed-from-siblings');
    expect(await jobs.get('load')).toMatchObject({ state: 'fresh' });
  });

  test('in which every series fails are failed trainings; one bad series of two is told and no more', async () => {
    pool.state.error = new AppError('fit_timeout', 'The fit took longer than 60 s and was ended.');
    const jobs = await started();
    expect(await jobs.get('load')).toMatchObject({ state: 'failing', stateReason: pool.state.error.message });
    expect((await jobs.fits('load', { limit: 1 })).items[0]).toMatchObject({ state: 'failed', seriesFailed: 2 });
  });

  test('that a crash cut off are marked interrupted and run again', async () => {
    await (await started()).stop();
    await database.updateTable('fits').set({ state: 'running', ended_at_ms: null }).execute();
    await database.updateTable('jobs').set({ trained_at_ms: null, trained_key: null, attempted_at_ms: null }).execute();
    const jobs = await started();
    const states = (await jobs.fits('load', { limit: 10 })).items.map(({ state }) => state).sort();
    expect(states).toEqual(['done', 'interrupted']);
  });

  test('end when the program stops', async () => {
    pool.state.hangs = true;
    const jobs = build([inFile(aSpec())]);
    const begun = heard(jobs, stateChanged);
    await jobs.start();
    await begun;
    await jobs.stop();
    await jobs.stop();
    const fits = (await jobs.fits('load', { limit: 10 })).items;
    expect(fits.every(({ state }) => state === 'interrupted')).toBe(true);
  });

  test('run when someone asks, also of a job from a file', async () => {
    const jobs = await started();
    const done = trained(jobs);
    clock.advance(1_000);
    await jobs.retrain('load', ann);
    await done;
    expect((await jobs.fits('load', { limit: 10 })).total).toBe(2);
  });
});

describe('a forecast', () => {
  test('comes with what was observed, and without it when the source does not answer', async () => {
    const jobs = await started();
    const [first] = (await jobs.series('load', { limit: 1 })).items;
    const range = { fromMs: startMs - hourMs, toMs: startMs + hourMs };
    const good = await jobs.forecast('load', first?.id ?? '', range, soon());
    expect(good.observed?.values).toHaveLength(60);
    expect(good.band).not.toBeNull();

    clock.advance(16_000);
    source.state.error = new AppError('source_timeout', 'source "main" did not answer within 30 s');
    const bad = await jobs.forecast('load', first?.id ?? '', range, soon());
    expect(bad).toMatchObject({ observed: null, observedError: source.state.error.message });
    expect(bad.band).toEqual(good.band);
  });

  test('of an unknown job or series is not found', async () => {
    const jobs = await started();
    const range = { fromMs: 0, toMs: 1 };
    await expect(jobs.forecast('nope', 'x', range, soon())).rejects.toMatchObject({ code: 'not_found' });
    await expect(jobs.forecast('load', 'x', range, soon())).rejects.toMatchObject({ code: 'not_found' });
  });

  test('asked for by many at once asks the source once', async () => {
    const jobs = await started();
    const { queries } = source.state;
    const range = { startMs: startMs - hourMs, endMs: startMs };
    await Promise.all([1, 2, 3, 4].map(() => jobs.bands.observed('load', range, soon())));
    expect(source.state.queries - queries).toBe(1);
  });
});

describe('lists', () => {
  test('page by cursor without losing or repeating anything, and refuse a foreign cursor', async () => {
    const jobs = build(['a', 'b', 'c'].map((name) => inFile(aSpec({ name }))));
    await jobs.start();
    const first = await jobs.list({ limit: 2 });
    const second = await jobs.list({ limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...second.items].map(({ spec }) => spec.name)).toEqual(['a', 'b', 'c']);
    expect(second.nextCursor).toBeNull();
    await expect(jobs.list({ limit: 2, cursor: 'zzz' })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
