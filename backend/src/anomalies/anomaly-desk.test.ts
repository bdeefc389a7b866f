import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnomalyRecord } from '../contract/anomaly.ts';
import type { ServerEvent } from '../contract/api.ts';
import { JobSpec, type JobSummary } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import type { BandReader } from '../jobs/band-reader.ts';
import { JobRepository } from '../jobs/job-repository.ts';
import { encodeDetectors, newDetectors } from '../scoring/series-detectors.ts';
import { openDatabase, type Database } from '../store/database.ts';
import type { ScoredAnomaly } from './anomaly-columns.ts';
import { AnomalyDesk } from './anomaly-desk.ts';
import { AnomalyRepository } from './anomaly-repository.ts';
import { ExcludedRanges } from './excluded-ranges.ts';
import { overallPrecision, precisionByJob } from './judgements.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const nowMs = Date.parse('2026-06-10T00:00:00Z');
const actor = { id: 'u1', name: 'P Editor' };
const noSignal = new AbortController().signal;
const spec = JobSpec.parse({ name: 'checkout', query: 'q', step: '5m' });

/** Steps of one day of the last 30 on which the series is far from its band; all others are as expected. */
const peaks: ReadonlyMap<number, number> = new Map([
  [2, 2.2],
  [10, 3],
  [20, 6],
  [28, 9],
]);
const startOf = (day: number) => nowMs - 30 * dayMs + day * dayMs + dayMs / 2;

/** A series that is 10 ± 1 and leaves that for half an hour on some days. */
function valueAt(timeMs: number): number {
  const day = Math.floor((timeMs - (nowMs - 30 * dayMs)) / dayMs);
  const sinceMs = timeMs - startOf(day);
  return sinceMs >= 0 && sinceMs < 30 * minuteMs ? 10 + (peaks.get(day) ?? 0) : 10;
}

const bands: BandReader = {
  async listSeries() {
    const series = { seriesId: 's1', labels: { service: 'checkout' }, trainedAtMs: 1, state: 'modelled' } as const;
    return [{ ...series, job: spec, source: 'main', jobState: 'fresh' }];
  },
  async readBands(_ids, startMs, endMs) {
    const length = Math.floor((endMs - startMs) / (5 * minuteMs)) + 1;
    const line = (value: number) => Float32Array.from({ length }, () => value);
    const level = { levelPercent: 95, lower: line(9), upper: line(11) };
    return new Map([['s1', { startMs, stepMs: 5 * minuteMs, expected: line(10), levels: [level] }]]);
  },
  async observed(_job, { startMs, endMs }) {
    const length = Math.floor((endMs - startMs) / (5 * minuteMs)) + 1;
    const values = Float64Array.from({ length }, (_, i) => valueAt(startMs + i * 5 * minuteMs));
    return [{ seriesId: 's1', labels: {}, series: { startMs, stepMs: 5 * minuteMs, values } }];
  },
};

function scored(id: string, day: number, changes: Partial<ScoredAnomaly> = {}): ScoredAnomaly {
  const startedAtMs = startOf(day);
  const peak = peaks.get(day) ?? 3;
  return {
    ...{ id, job: 'checkout', kind: 'band', seriesId: 's1', labels: { service: 'checkout' }, startedAtMs },
    ...{ endedAtMs: startedAtMs + 25 * minuteMs, seenToMs: startedAtMs + dayMs, openedAtMs: startedAtMs, score: 0.2 },
    ...{ direction: 'above', peakScore: peak, peakAtMs: startedAtMs, peakValue: 10 + peak, expectedAtPeak: 10 },
    ...{ evidence: [], flaps: 0, late: false, mutedBy: null },
    ...changes,
  };
}

let folder: string;
let database: Database;
let repository: AnomalyRepository;
let excluded: ExcludedRanges;
let desk: AnomalyDesk;
let job: JobSummary;
let updates: JobSpec[];
let events: ServerEvent[];

/** After a year in which the series never left its band. */
async function saveDetectors(): Promise<void> {
  const row = {
    id: 's1',
    job: 'checkout',
    labels: '{}',
    label_key: '',
    state: 'modelled',
    notes: '[]',
    coverage: '[]',
  };
  await database
    .insertInto('series')
    .values({ ...row, trained_key: 'k', seen_at_ms: nowMs })
    .execute();
  const budget = { peaks: [], weeks: 52, usualEvidence: 0 };
  const state = encodeDetectors({ ...newDetectors(), budget });
  await database
    .insertInto('detectors')
    .values({ series_id: 's1', made_at_ms: nowMs, scored_to_ms: nowMs, state })
    .execute();
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-desk-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  await new JobRepository(database).insert({ spec, origin: { kind: 'api', by: 'x' }, nowMs, by: 'x' });
  await saveDetectors();
  repository = new AnomalyRepository(database);
  excluded = new ExcludedRanges(database);
  job = {
    ...{ spec, origin: { kind: 'api', by: 'x' }, state: 'fresh', stateReason: null, seriesCount: 1, model: null },
    ...{ mase: null, coverage: [], trainedAtMs: 1, nextTrainingAtMs: 2, createdAtMs: 0, updatedAtMs: 0 },
  };
  updates = [];
  events = [];
  desk = new AnomalyDesk({
    ...{ database, repository, bands, clock: { nowMs: () => nowMs, sleep: async () => {} } },
    jobs: {
      get: async () => job,
      async update(_name, changed) {
        updates.push(changed);
        return { ...job, spec: changed };
      },
      forecast: async (_name, seriesId, range) => {
        throw new AppError('source_refused', `asked for ${seriesId} from ${range.fromMs} to ${range.toMs}`);
      },
    },
    publish: (event) => void events.push(event),
  });
});
afterEach(async () => {
  await database.destroy();
  await rm(folder, { recursive: true });
});

const judge = (id: string, verdict: 'real' | 'expected' | 'false-alarm' | null, apply = false) =>
  desk.judge(id, { verdict, apply, actor }, noSignal);
const allFour = () => repository.save([scored('a', 28), scored('b', 10), scored('c', 20), scored('d', 2)], nowMs);

describe('a verdict', () => {
  test('is kept with who gave it, told to listeners, and taken back', async () => {
    await allFour();
    expect(await judge('b', 'real')).toMatchObject({
      ...{ id: 'b', verdict: { verdict: 'real', by: 'P Editor', atMs: nowMs }, setting: { state: 'unchanged' } },
    });
    expect(events).toEqual([{ kind: 'anomaly', job: 'checkout', id: 'b', change: 'judged' }]);
    expect((await judge('b', null)).verdict).toBeNull();
    expect((await desk.get('b')).verdict).toBeNull();
  });

  test('real takes its time out of the training data, and taking it back puts it in again', async () => {
    await allFour();
    await judge('b', 'real');
    const startMs = startOf(10);
    expect(await excluded.ofJob('checkout')).toEqual([
      { seriesId: 's1', fromMs: startMs, toMs: startMs + 25 * minuteMs, reason: 'incident' },
    ]);
    await judge('b', 'expected');
    expect(await excluded.ofJob('checkout')).toEqual([]);
  });

  test('real about one that lasts leaves until it ends', async () => {
    await repository.save([scored('open', 28, { endedAtMs: null })], nowMs);
    await judge('open', 'real');
    expect((await excluded.ofJob('checkout'))[0]?.toMs).toBe(Number.MAX_SAFE_INTEGER);
    await repository.save([scored('open', 28)], nowMs);
    expect((await excluded.ofJob('checkout'))[0]?.toMs).toBe(startOf(28) + 25 * minuteMs);
  });

  test('gives precision: real ones among those that were judged', async () => {
    await allFour();
    expect(overallPrecision(await precisionByJob(database))).toEqual({ judged: 0, precision: null });
    await judge('a', 'real');
    await judge('b', 'false-alarm');
    await judge('c', 'real');
    await judge('d', 'expected');
    const byJob = await precisionByJob(database);
    expect(byJob.get('checkout')).toEqual({ judged: 4, precision: 0.5 });
    expect(overallPrecision(byJob)).toEqual({ judged: 4, precision: 0.5 });
  });

  test('on an anomaly that is not there answers not_found', async () => {
    await expect(judge('nothing', 'real')).rejects.toMatchObject({ code: 'not_found' });
    await expect(desk.previewVerdict('nothing', 'real', noSignal)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the preview of a false alarm', () => {
  test('names the change that hides it with the fewest others, and every alert that would be gone', async () => {
    await allFour();
    const preview = await desk.previewVerdict('d', 'false-alarm', noSignal);
    expect(preview).toMatchObject({
      ...{ days: 30, alertsNow: 4, alertsThen: 3, added: [], judged: 0, precision: null },
      change: { key: 'atLeast', from: 'any size', to: '2.3' },
    });
    expect(preview.removed).toMatchObject([
      {
        id: 'd',
        startMs: startOf(2),
        peakValue: 12.2,
        expectedAtPeak: 10,
        direction: 'above',
        labels: { service: 'checkout' },
      },
    ]);
    expect(updates).toEqual([]);
    expect((await desk.get('d')).verdict).toBeNull();
  });

  test('suggests nothing when that would hide one that was real', async () => {
    await allFour();
    await judge('b', 'real');
    const preview = await desk.previewVerdict('c', 'false-alarm', noSignal);
    expect(preview).toMatchObject({ change: null, alertsNow: 4, alertsThen: 4, removed: [] });
  });

  test('counts what is told only: not what was found late, nor other kinds', async () => {
    await allFour();
    await repository.save([scored('late', 15, { late: true }), scored('flat', 16, { kind: 'flat' })], nowMs);
    expect(await desk.previewVerdict('d', 'expected', noSignal)).toMatchObject({ alertsNow: 4, change: null });
    expect(await desk.previewVerdict('flat', 'false-alarm', noSignal)).toMatchObject({ change: null });
  });
});

describe('applying a verdict', () => {
  test('changes the setting of a job of the API', async () => {
    await allFour();
    const judged = await judge('d', 'false-alarm', true);
    expect(judged).toMatchObject({
      ...{ verdict: { verdict: 'false-alarm' }, setting: { state: 'applied', key: 'atLeast', value: '2.3' } },
    });
    expect(updates).toEqual([{ ...spec, atLeast: { absolute: 2.3 } }]);
  });

  test('says what to write into the file of a job that is defined there, and changes nothing', async () => {
    await allFour();
    job = { ...job, origin: { kind: 'file', file: 'jobs/shop.yaml', line: 4 } };
    expect((await judge('d', 'false-alarm', true)).setting).toEqual({
      ...{ state: 'in-file', file: 'jobs/shop.yaml', line: 4, write: 'atLeast: { absolute: 2.3 }' },
    });
    expect(updates).toEqual([]);
  });

  test('keeps the verdict away too when the change fails, so that there is no half of it', async () => {
    await allFour();
    const failing = new AnomalyDesk({
      ...{ database, repository, bands, clock: { nowMs: () => nowMs, sleep: async () => {} } },
      jobs: {
        get: async () => job,
        update: () => Promise.reject(new AppError('source_refused', 'down')),
        forecast: () => Promise.reject(new Error('not asked for')),
      },
      publish: (event) => void events.push(event),
    });
    const applied = failing.judge('d', { verdict: 'false-alarm', apply: true, actor }, noSignal);
    await expect(applied).rejects.toMatchObject({ code: 'source_refused' });
    expect((await desk.get('d')).verdict).toBeNull();
    expect(events).toEqual([]);
  });
});

describe('a change of level', () => {
  const shift = { kind: 'level-shift' } as const;

  test('that is accepted takes what was before it out of the training data', async () => {
    await repository.save([scored('l', 10, shift)], nowMs);
    expect(await desk.decideLevel('l', 'accepted', actor)).toMatchObject({
      levelDecision: { decision: 'accepted', by: 'P Editor', atMs: nowMs },
    });
    expect(await excluded.ofJob('checkout')).toEqual([
      { seriesId: 's1', fromMs: 0, toMs: startOf(10) - 1, reason: 'old-level' },
    ]);
  });

  test('that is rejected takes itself out, also after it was accepted before', async () => {
    await repository.save([scored('l', 10, shift)], nowMs);
    await desk.decideLevel('l', 'accepted', actor);
    await desk.decideLevel('l', 'rejected', actor);
    expect((await excluded.ofJob('checkout')).map(({ reason }) => reason)).toEqual(['rejected-level']);
  });

  test('is what a decision is about: another anomaly answers conflict', async () => {
    await allFour();
    await expect(desk.decideLevel('a', 'accepted', actor)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the chart of an anomaly', () => {
  const rangeOf = async (anomaly: Partial<AnomalyRecord>) => {
    await repository.save([scored('x', 10, anomaly)], nowMs);
    const message = await desk.chart('x', noSignal).catch((error: AppError) => error.message);
    return String(message).split(/\D+/).slice(-2).map(Number);
  };

  test('begins well before it and goes on after it', async () => {
    const [fromMs = 0, toMs = 0] = await rangeOf({});
    expect(fromMs).toBe(startOf(10) - 5 * 60 * minuteMs);
    expect(toMs).toBe(startOf(10) + 25 * minuteMs + 2.5 * 60 * minuteMs);
  });

  test('of one that lasts reaches beyond now, and of one of months is bounded in steps', async () => {
    const [fromMs = 0, toMs = 0] = await rangeOf({ endedAtMs: null });
    expect(toMs).toBe(nowMs + dayMs);
    expect(fromMs).toBe(startOf(10) - 2 * dayMs);
    const [longFromMs = 0, longToMs = 0] = await rangeOf({ startedAtMs: nowMs - 300 * dayMs, endedAtMs: null });
    expect((longToMs - longFromMs) / (5 * minuteMs)).toBe(11_000);
  });

  test('of several series together is none', async () => {
    await repository.save([scored('set', 10, { seriesId: null, kind: 'joint' })], nowMs);
    await expect(desk.chart('set', noSignal)).rejects.toMatchObject({
      ...{ code: 'not_found', message: expect.stringContaining('several series') },
    });
  });
});
