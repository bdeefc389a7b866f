import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import type { ScoredAnomaly } from '../../anomalies/anomaly-columns.ts';
import { AnomalyRepository } from '../../anomalies/anomaly-repository.ts';
import { JobSpec, type JobSpecInput } from '../../contract/job.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { EpisodeRepository } from './episode-repository.ts';
import { OwnDetections } from './own-detections.ts';

const t0 = Date.parse('2026-11-25T12:00:00Z');
const minute = 60_000;

let folder: string;
let database: Database;
let clock: ManualClock;
let anomalies: AnomalyRepository;
let episodes: EpisodeRepository;
let jobs: JobSpec[];
let own: OwnDetections;
let woken: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-own-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  clock = new ManualClock(t0);
  anomalies = new AnomalyRepository(database);
  episodes = new EpisodeRepository(database);
  woken = 0;
  jobs = [];
  await addJob({ name: 'latency', query: 'q' });
  own = start();
});
afterEach(async () => {
  await own.stop();
  await database.destroy();
  rmSync(folder, { recursive: true, force: true });
});

function start(): OwnDetections {
  const started = new OwnDetections({
    ...{ database, clock, audit: new AuditLog({ database, clock }), onEpisodes: () => void woken++ },
    ...{ logger: pino({ level: 'silent' }), jobs: () => Promise.resolve(jobs) },
    urlOf: ({ id }) => `https://grafana.example/anomalies/${id}`,
  });
  started.start();
  return started;
}

async function addJob(input: JobSpecInput) {
  const spec = JobSpec.parse(input);
  jobs.push(spec);
  const row = { name: spec.name, spec: JSON.stringify(spec), origin: '{}', result: '{}', failures: 0 };
  await database
    .insertInto('jobs')
    .values({ ...row, created_at_ms: 0, updated_at_ms: 0, updated_by: 'test' })
    .execute();
}

/** Writes an anomaly as scoring does, and waits until it was looked at. */
async function scored(changes: Partial<ScoredAnomaly> = {}) {
  const anomaly: ScoredAnomaly = {
    ...{ id: 'a1', job: 'latency', kind: 'band', seriesId: null, labels: { instance: 'web-1' } },
    ...{ startedAtMs: t0 - minute, endedAtMs: null, seenToMs: t0, openedAtMs: t0, direction: 'above' },
    ...{ score: 1.5, peakScore: 1.5, peakAtMs: t0, peakValue: 5, expectedAtPeak: 1, flaps: 0, late: false },
    ...{ mutedBy: null, evidence: [] },
    ...changes,
  };
  await anomalies.save([anomaly], clock.nowMs());
  await look();
}
async function look() {
  await clock.asleep();
  own.wake();
  await clock.asleep();
}
const outcome = async () => (await episodes.recent(0, 10)).map(({ closeReason }) => closeReason ?? 'open');

describe('an anomaly that lasts', () => {
  test('opens an episode with the labels of its alert and its numbers as annotations', async () => {
    await scored();
    expect(await episodes.undecided(10)).toMatchObject([
      {
        ...{ source: 'aiops', sourceKind: 'aiops', tenant: 'default', alertname: 'AIOpsAnomaly', absence: null },
        ...{ startsAtMs: t0 - minute, generatorUrl: 'https://grafana.example/anomalies/a1' },
        labels: { origin: 'aiops', job_name: 'latency', kind: 'band', severity: 'warning', instance: 'web-1' },
        annotations: { score: '1.5', summary: expect.stringMatching(/latency: instance=web-1 left its band/) },
      },
    ]);
    expect(woken).toBe(1);
  });

  test('is written again only when something about it changed, and is decided anew when its score did', async () => {
    await scored();
    await database.updateTable('episodes').set({ undecided: 0 }).execute();
    await look();
    expect(await episodes.recent(0, 10)).toMatchObject([{ deliveries: 1 }]);
    await scored({ peakScore: 3 });
    expect(await episodes.undecided(10)).toMatchObject([{ deliveries: 2, annotations: { score: '3' } }]);
  });

  test('is one episode over a restart', async () => {
    await scored();
    await own.stop();
    own = start();
    await look();
    expect(await outcome()).toEqual(['open']);
  });

  test('opens one also when its job tells no Alertmanager', async () => {
    await addJob({ name: 'quiet', query: 'q', alert: 'none' });
    await scored({ id: 'a2', job: 'quiet' });
    expect(await outcome()).toEqual(['open']);
  });

  test.each<[string, Partial<ScoredAnomaly>]>([
    ['is over', { endedAtMs: t0 }],
    ['is muted by a calendar', { mutedBy: 'change-freeze' }],
  ])('opens none when it %s', async (_name, changes) => {
    await scored(changes);
    expect(await outcome()).toEqual([]);
  });
});

describe('the episode of an anomaly', () => {
  beforeEach(() => scored());

  test('is closed as resolved at its end', async () => {
    clock.advance(5 * minute);
    await scored({ endedAtMs: t0 + 4 * minute });
    expect(await episodes.recent(0, 10)).toMatchObject([{ closeReason: 'resolved', closedAtMs: t0 + 4 * minute }]);
  });

  test('is closed as unknown when a person calls it a false alarm', async () => {
    await anomalies.setVerdict('a1', { verdict: 'false-alarm', by: 'ann', atMs: t0 });
    await look();
    expect(await outcome()).toEqual(['unknown']);
  });

  test('is closed as unknown when its job is gone', async () => {
    jobs = [];
    await look();
    expect(await outcome()).toEqual(['unknown']);
  });

  test('is another one when the next anomaly of the series begins, also when the end was not seen', async () => {
    clock.advance(10 * minute);
    await anomalies.save([], t0);
    await database
      .updateTable('anomalies')
      .set({ ended_at_ms: t0 + minute, updated_at_ms: t0 + minute })
      .execute();
    await scored({ id: 'a2', startedAtMs: t0 + 9 * minute });
    expect(await episodes.recent(0, 10)).toMatchObject([
      { closeReason: 'resolved', closedAtMs: t0 + minute },
      { closeReason: null, startsAtMs: t0 + 9 * minute, flaps: 1 },
    ]);
  });
});

test('a limit that will be crossed says when, and how probable that is', async () => {
  await addJob({ name: 'disk', query: 'q', detect: [{ kind: 'capacity', limit: 90, warn: '3d' }] });
  await database
    .insertInto('series')
    .values({
      ...{ id: 's1', job: 'disk', labels: '{"instance":"db-1"}', label_key: 'k' },
      ...{ state: 'trained', notes: '[]', coverage: '[]', seen_at_ms: t0 },
    })
    .execute();
  const row = {
    ...{ job: 'disk', seriesId: 's1', labels: { instance: 'db-1' }, unit: null, now: 80, limit: 90, side: 'above' },
    ...{ state: 'rising', etaMs: t0 + 20 * 60 * minute, etaLowMs: null, etaHighMs: null, probability: 0.9 },
    ...{ warnMs: 1, growthPerDay: 1, lastResetAtMs: null, trend: [], reason: 'rises', estimatedAtMs: t0 },
  };
  await database
    .insertInto('capacity')
    .values({ job: 'disk', series_id: 's1', limit_text: 'above 90', row: JSON.stringify(row), estimated_at_ms: t0 })
    .execute();
  await scored({ id: 'c1', job: 'disk', kind: 'capacity', seriesId: 's1', labels: { instance: 'db-1' } });
  expect((await episodes.undecided(10))[0]?.annotations).toMatchObject({
    eta_ms: String(t0 + 20 * 60 * minute),
    probability: '0.9',
  });
});
