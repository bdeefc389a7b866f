import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { ScoredAnomaly } from '../anomalies/anomaly-columns.ts';
import { AnomalyRepository } from '../anomalies/anomaly-repository.ts';
import { JobSpec, type JobSummary } from '../contract/job.ts';
import type { ReceiverStatus } from '../contract/api.ts';
import type { WriterStatus } from '../remote-write/writer-status.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { detectionMetrics } from './detection-metrics.ts';
import { alertmanagerReceiver, grafanaReceiver, writerReceiver } from './receiver-status.ts';
import { registerScoringMetrics } from './scoring-metrics.ts';
import { scoringStatus } from './scoring-status.ts';

const nowMs = Date.parse('2026-06-10T12:00:00Z');
const minuteMs = 60_000;
const clock = { nowMs: () => nowMs, sleep: async () => {} };
/** Lines of the exposition that are samples of a metric. */
const linesOf = async (registry: Registry, name: string) =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));

describe('counters of scoring and deliveries', () => {
  test('a tick counts its outcome, its time and the delay of its newest sample', async () => {
    const registry = new Registry();
    const metrics = detectionMetrics(registry, clock);
    const tick = { job: 'checkout', seconds: 0.2, series: 4, steps: 1 };
    metrics.observeTick({ ...tick, outcome: 'scored', scoredToMs: nowMs - 45_000 });
    metrics.observeTick({ ...tick, outcome: 'failed', scoredToMs: null });
    expect(await linesOf(registry, 'aiops_ticks_total')).toEqual([
      'aiops_ticks_total{outcome="scored"} 1',
      'aiops_ticks_total{outcome="failed"} 1',
    ]);
    expect(await linesOf(registry, 'aiops_detection_delay_seconds_sum')).toEqual([
      'aiops_detection_delay_seconds_sum 45',
    ]);
    expect(await linesOf(registry, 'aiops_detection_delay_seconds_count')).toEqual([
      'aiops_detection_delay_seconds_count 1',
    ]);
    expect(await linesOf(registry, 'aiops_tick_duration_seconds_count')).toEqual([
      'aiops_tick_duration_seconds_count 2',
    ]);
  });

  test('samples and alerts are counted by where they went and why they did not', async () => {
    const registry = new Registry();
    const { write, alerts } = detectionMetrics(registry, clock);
    write.written('main', 2_000);
    write.rejected('main', 'out-of-order', 3);
    write.dropped('main', 'age', 7);
    write.attempted('main', 'accepted');
    alerts.sent('http://am', 'firing', 2);
    alerts.failed('http://am', 1);
    const text = await registry.metrics();
    expect(text).toContain('aiops_written_samples_total{writer="main"} 2000');
    expect(text).toContain('aiops_rejected_samples_total{writer="main",reason="out-of-order"} 3');
    expect(text).toContain('aiops_dropped_samples_total{writer="main",reason="age"} 7');
    expect(text).toContain('aiops_write_attempts_total{writer="main",outcome="accepted"} 1');
    expect(text).toContain('aiops_alerts_sent_total{receiver="http://am",state="firing"} 2');
    expect(text).toContain('aiops_alerts_failed_total{receiver="http://am"} 1');
  });
});

describe('gauges of scoring', () => {
  let folder: string;
  let database: Database;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aiops-watch-'));
    database = await openDatabase({ file: join(folder, 'aiops.db') });
    const job = { spec: '{}', origin: '{}', created_at_ms: 0, updated_at_ms: 0, updated_by: 'test', failures: 0 };
    const rows = ['fresh', 'late', 'new'].map((name) => ({ ...job, name, result: '{}' }));
    await database.insertInto('jobs').values(rows).execute();
  });
  afterEach(async () => {
    await database.destroy();
    await rm(folder, { recursive: true });
  });

  const listJobs = async () =>
    ['fresh', 'late', 'new'].map((name): JobSummary => {
      const spec = JobSpec.parse({ name, query: 'q', step: '1m' });
      return {
        ...{ spec, origin: { kind: 'api', by: 'x' }, state: 'fresh', stateReason: null, seriesCount: 1, model: null },
        ...{ mase: null, coverage: [], trainedAtMs: 1, nextTrainingAtMs: 2, createdAtMs: 0, updatedAtMs: 0 },
      };
    });
  const scoredTo = (job: string, agoMs: number) =>
    database
      .insertInto('scoring')
      .values({ job, scored_to_ms: nowMs - agoMs, scored_at_ms: nowMs, state: new Uint8Array(), error: null })
      .execute();
  const receiver = (changes: Partial<ReceiverStatus>): ReceiverStatus => ({
    ...{ name: 'main', kind: 'writer', state: 'working', message: null, waiting: 0 },
    ...{ oldestWaitingAtMs: null, lastAcceptedAtMs: null },
    ...changes,
  });
  const registered = (receivers: readonly ReceiverStatus[] = []) => {
    const registry = new Registry();
    registerScoringMetrics({ registry, database, clock, listJobs, receivers: async () => receivers });
    return registry;
  };

  test('a job is fresh until its newest score is more than three steps old; a new one is neither', async () => {
    await scoredTo('fresh', 3 * minuteMs);
    await scoredTo('late', 3 * minuteMs + 1);
    const registry = registered();
    expect(await linesOf(registry, 'aiops_scored_jobs')).toEqual([
      'aiops_scored_jobs{state="fresh"} 1',
      'aiops_scored_jobs{state="late"} 1',
    ]);
    expect(await linesOf(registry, 'aiops_scoring_age_seconds')).toEqual([
      'aiops_scoring_age_seconds{job="fresh"} 180',
      'aiops_scoring_age_seconds{job="late"} 180.001',
    ]);
    expect(await scoringStatus({ database, clock, listJobs })).toEqual({
      ...{ jobs: 2, freshRatio: 0.5, longestDelayMs: 180_001, openAnomalies: 0, judged: 0, precision: null },
    });
  });

  test('on a fresh start nothing is late, and no ratio is made up', async () => {
    expect(await linesOf(registered(), 'aiops_scored_jobs')).toEqual([
      'aiops_scored_jobs{state="fresh"} 0',
      'aiops_scored_jobs{state="late"} 0',
    ]);
    expect(await scoringStatus({ database, clock, listJobs })).toMatchObject({
      freshRatio: null,
      longestDelayMs: null,
    });
  });

  test('verdicts and anomalies that last are counted from the store', async () => {
    const anomalies = new AnomalyRepository(database);
    const one: Omit<ScoredAnomaly, 'id' | 'endedAtMs'> = {
      ...{ job: 'fresh', kind: 'band', seriesId: null, labels: {}, startedAtMs: 1, seenToMs: 2, openedAtMs: 1 },
      ...{ direction: null, score: null, peakScore: null, peakAtMs: null, peakValue: null, expectedAtPeak: null },
      ...{ evidence: [], flaps: 0, late: false, mutedBy: null },
    };
    await anomalies.save(
      [
        { ...one, id: 'a', endedAtMs: null },
        { ...one, id: 'b', endedAtMs: 2 },
      ],
      nowMs
    );
    await anomalies.setVerdict('a', { verdict: 'real', by: 'x', atMs: nowMs });
    await anomalies.setVerdict('b', { verdict: 'false-alarm', by: 'x', atMs: nowMs });
    const registry = registered();
    expect(await linesOf(registry, 'aiops_anomalies_open')).toEqual(['aiops_anomalies_open 1']);
    expect(await linesOf(registry, 'aiops_judged_anomalies')).toEqual([
      'aiops_judged_anomalies{job="fresh",verdict="real"} 1',
      'aiops_judged_anomalies{job="fresh",verdict="other"} 1',
    ]);
  });

  test('receivers say whether they take what is sent; one that was never asked says nothing', async () => {
    const registry = registered([
      receiver({ waiting: 3, oldestWaitingAtMs: nowMs - 90_000, state: 'failing' }),
      receiver({ name: 'http://am', kind: 'alertmanager' }),
      receiver({ name: 'idle', state: 'idle' }),
    ]);
    expect(await linesOf(registry, 'aiops_receiver_working')).toEqual([
      'aiops_receiver_working{receiver="main",kind="writer"} 0',
      'aiops_receiver_working{receiver="http://am",kind="alertmanager"} 1',
    ]);
    expect(await linesOf(registry, 'aiops_receiver_queue_age_seconds{receiver="main"')).toEqual([
      'aiops_receiver_queue_age_seconds{receiver="main",kind="writer"} 90',
    ]);
    expect(await linesOf(registry, 'aiops_receiver_queue_length{receiver="main"')).toEqual([
      'aiops_receiver_queue_length{receiver="main",kind="writer"} 3',
    ]);
  });
});

describe('the status of receivers', () => {
  const queue = { requests: 0, samples: 0, bytes: 0, oldestMadeAtMs: null };
  const writer: WriterStatus = {
    ...{ name: 'main', state: 'working', problem: null, queue, writtenSamples: 0, lastWrittenAtMs: null },
    ...{ rejected: [], dropped: null },
  };

  test('of a writer is idle before the first sample, and failing with the receiver’s words', () => {
    expect(writerReceiver(writer)).toMatchObject({ state: 'idle', message: null });
    expect(writerReceiver({ ...writer, lastWrittenAtMs: 5 })).toMatchObject({ state: 'working', lastAcceptedAtMs: 5 });
    const problem = { sinceMs: 1, text: 'it refuses', nextAtMs: 2 };
    expect(
      writerReceiver({ ...writer, state: 'unavailable', problem, queue: { ...queue, requests: 2, oldestMadeAtMs: 1 } })
    ).toMatchObject({
      ...{ state: 'failing', message: 'it refuses', waiting: 2, oldestWaitingAtMs: 1 },
    });
  });

  test('of an Alertmanager and of Grafana is what they last said', () => {
    const alertmanager = { name: 'http://am', state: 'failing', message: 'away', failingSinceMs: 1 } as const;
    expect(alertmanagerReceiver({ ...alertmanager, lastAcceptedAtMs: null })).toMatchObject({
      kind: 'alertmanager',
      message: 'away',
    });
    const annotations = { waiting: 0, inStepAtMs: null, error: null, refused: [] };
    expect(grafanaReceiver('Grafana', annotations)).toMatchObject({ state: 'idle' });
    expect(grafanaReceiver('Grafana', { ...annotations, inStepAtMs: 5 })).toMatchObject({ state: 'working' });
    const refused = [{ dashboardUid: 'd', panelId: 1, error: 'no right' }];
    expect(grafanaReceiver('Grafana', { ...annotations, inStepAtMs: 5, refused })).toMatchObject({
      state: 'failing',
      message: 'no right',
    });
  });
});
