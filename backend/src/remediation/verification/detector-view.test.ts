import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScoredAnomaly } from '../../anomalies/anomaly-columns.ts';
import { AnomalyRepository } from '../../anomalies/anomaly-repository.ts';
import { JobSpec } from '../../contract/job.ts';
import type { BandReader } from '../../jobs/band-reader.ts';
import { encodeBand } from '../../jobs/bands/band-codec.ts';
import { JobRepository } from '../../jobs/job-repository.ts';
import { encodeDetectors, newDetectors } from '../../scoring/series-detectors.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import { DetectorView, type RunTimes } from './detector-view.ts';

const stepMs = 60_000;
const startMs = 1_780_000_020_000;
const atMs = (step: number) => startMs + step * stepMs;
const spec = JobSpec.parse({ name: 'latency', query: 'latency', step: '1m' });
const labels = { __name__: 'latency', instance: 'web-1:9100' };
const alert = { alertname: 'Slow', instance: 'web-1:8080' };
const never = new AbortController().signal;
/** The outage begins at step 20, the run at 30, and ends at 31. */
const times: RunTimes = { abnormalFromMs: atMs(20), runStartedAtMs: atMs(30), runEndedAtMs: atMs(31), nowMs: atMs(40) };

let folder: string;
let database: Database;
let anomalies: AnomalyRepository;
let courses: Record<string, (step: number) => number>;

/** Bands are 10 ± 2 everywhere, the inner level ± 1. */
const bandOf = (fromStep: number, steps: number, centre = 10) => {
  const line = (value: number) => Float32Array.from({ length: steps }, () => value);
  return {
    ...{ startMs: atMs(fromStep), stepMs, expected: line(centre) },
    levels: [
      { levelPercent: 80, lower: line(centre - 1), upper: line(centre + 1) },
      { levelPercent: 95, lower: line(centre - 2), upper: line(centre + 2) },
    ],
  };
};

const bands: BandReader = {
  listSeries: () =>
    Promise.resolve(
      Object.keys(courses).map((seriesId) => ({
        ...({ job: spec, source: 'main', jobState: 'fresh', trainedAtMs: 1, state: 'modelled' } as const),
        ...{ seriesId, labels: seriesId === 's1' ? labels : { ...labels, instance: seriesId } },
      }))
    ),
  readBands: (ids) => Promise.resolve(new Map(ids.map((id) => [id, bandOf(-100, 300)]))),
  observed: (_job, range) => {
    const from = Math.ceil((range.startMs - startMs) / stepMs);
    const to = Math.floor((range.endMs - startMs) / stepMs);
    return Promise.resolve(
      Object.entries(courses).map(([seriesId, course]) => ({
        ...{ seriesId, labels },
        series: {
          startMs: atMs(from),
          stepMs,
          values: Float64Array.from({ length: to - from + 1 }, (_, i) => course(from + i)),
        },
      }))
    );
  },
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-detector-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  await new JobRepository(database).insert({ spec, origin: { kind: 'api', by: 'x' }, nowMs: startMs, by: 'x' });
  await database
    .insertInto('series')
    .values({
      ...{ id: 's1', job: 'latency', labels: JSON.stringify(labels), label_key: 'k', state: 'modelled', notes: '[]' },
      ...{ coverage: '[]', seen_at_ms: startMs },
    })
    .execute();
  anomalies = new AnomalyRepository(database);
  courses = { s1: (step) => (step >= 20 && step < 33 ? 30 : 10) };
});
afterEach(async () => {
  await database.destroy();
  await rm(folder, { recursive: true });
});

const view = () => new DetectorView({ database, bands, anomalies });
const judge = () => view().judge({ job: 'latency', labels: alert }, times, never);
async function scoredTo(step: number): Promise<void> {
  const row = { job: 'latency', scored_to_ms: atMs(step), scored_at_ms: atMs(step), state: Buffer.of(1), error: null };
  await database.insertInto('scoring').values(row).execute();
}
async function storeBand(madeAtMs: number, centre = 10): Promise<void> {
  const band = bandOf(-100, 300, centre);
  const row = {
    series_id: 's1',
    kind: 'forecast' as const,
    start_ms: band.startMs,
    end_ms: atMs(199),
    made_at_ms: madeAtMs,
  };
  await database
    .insertInto('bands')
    .values({ ...row, band: encodeBand(band) })
    .execute();
}
const anomaly = (id: string, changes: Partial<ScoredAnomaly> = {}): ScoredAnomaly => ({
  ...{ id, job: 'latency', kind: 'band', seriesId: 's1', labels, startedAtMs: atMs(20), endedAtMs: null },
  ...{ seenToMs: atMs(31), openedAtMs: atMs(21), score: 5, direction: 'above', peakScore: 5, peakAtMs: atMs(21) },
  ...{ peakValue: 30, expectedAtPeak: 10, evidence: [], flaps: 0, late: false, mutedBy: null },
  ...changes,
});

describe('the detector calls a series', () => {
  test('normal when its newest value is in the band and no anomaly is open', async () => {
    await scoredTo(40);
    expect(await judge()).toEqual({
      ...{ job: 'latency', normal: true, detail: '1 series in the band, largest score 0.0' },
    });
  });

  test('abnormal while its newest value is outside', async () => {
    await scoredTo(40);
    courses['s1'] = () => 13;
    expect(await judge()).toEqual({
      job: 'latency',
      normal: false,
      detail: 'latency{instance="web-1:9100"} is outside its band, score 1.5',
    });
  });

  test('normal by the band as it was adapted since', async () => {
    await scoredTo(40);
    courses['s1'] = () => 13;
    const adaptation = { logLower: 0, logUpper: Math.log(2) };
    const state = encodeDetectors({ ...newDetectors(), adaptation });
    await database.insertInto('detectors').values({ series_id: 's1', made_at_ms: 1, scored_to_ms: 1, state }).execute();
    expect((await judge()).normal).toBe(true);
  });

  test('nothing before it has scored a value since the run', async () => {
    expect(await judge()).toMatchObject({ normal: null, detail: expect.stringContaining('scored no value') });
    await scoredTo(31);
    expect(await judge()).toMatchObject({ normal: null, detail: expect.stringContaining('scored no value') });
  });

  test('nothing when it sends nothing since the run', async () => {
    await scoredTo(40);
    courses['s1'] = (step) => (step > 31 ? NaN : 10);
    expect(await judge()).toMatchObject({ normal: null, detail: expect.stringContaining('no value since the run') });
  });

  test('nothing while its anomaly is not closed, and normal once it is', async () => {
    await scoredTo(40);
    await anomalies.save([anomaly('a1')], startMs);
    expect(await judge()).toMatchObject({ normal: null, detail: expect.stringContaining('(band) is not closed yet') });
    await anomalies.save([anomaly('a1', { endedAtMs: atMs(33) })], startMs);
    expect((await judge()).normal).toBe(true);
  });

  test('nothing when no series of the job is what the alert is about', async () => {
    await scoredTo(40);
    const verdict = await view().judge({ job: 'latency', labels: { instance: 'web-2' } }, times, never);
    expect(verdict).toMatchObject({ normal: null, detail: expect.stringContaining('has the labels of the alert') });
  });

  test('normal whatever others do, and whatever limit will be crossed', async () => {
    await scoredTo(40);
    courses['db-1'] = () => 99;
    await anomalies.save(
      [anomaly('a1', { labels: { ...labels, instance: 'db-1' } }), anomaly('a2', { kind: 'capacity' })],
      startMs
    );
    expect((await judge()).normal).toBe(true);
  });
});

describe('without the run', () => {
  const counterfactual = () => view().counterfactual({ job: 'latency', labels: alert }, times, never);

  test('the outage goes on as it was, and the sentence says what was known of that', async () => {
    await storeBand(atMs(-10));
    const found = await counterfactual();
    expect(found?.sentence).toBe(
      'Its series is back in its band since 2m after the run. Going on as it was before the run, it would have stayed outside. ' +
        'No earlier anomaly of this job that nobody acted on lasted as long: how often they end by themselves is not known.'
    );
    const at = (step: number) => found?.times.indexOf(atMs(step)) ?? -1;
    expect([found?.without[at(30)], found?.without[at(31)], found?.without[at(40)]]).toEqual([null, 30, 30]);
    expect([found?.lower[at(40)], found?.upper[at(40)]]).toEqual([29, 31]);
    expect([found?.observed[at(25)], found?.observed[at(40)]]).toEqual([30, 10]);
  });

  test('the range widens with what the outage wandered before', async () => {
    await storeBand(atMs(-10));
    courses['s1'] = (step) => (step >= 20 && step < 33 ? 30 + (step % 2) : 10);
    const found = await counterfactual();
    const width = (step: number) => {
      const i = found?.times.indexOf(atMs(step)) ?? -1;
      return (found?.upper[i] ?? 0) - (found?.lower[i] ?? 0);
    };
    expect(width(31)).toBeGreaterThan(2);
    expect(width(40)).toBeGreaterThan(width(31));
  });

  test('it is said how many as long earlier anomalies ended by themselves, those with a run in them left out', async () => {
    await storeBand(atMs(-10));
    const lasted = (id: string, fromStep: number, steps: number) =>
      anomaly(id, { startedAtMs: atMs(fromStep), endedAtMs: atMs(fromStep + steps) });
    await anomalies.save(
      [lasted('short', -900, 5), lasted('alone', -800, 15), lasted('long', -700, 200), lasted('healed', -400, 15)],
      startMs
    );
    await aRunAt(atMs(-395));
    expect((await counterfactual())?.sentence).toContain(
      'Of 2 earlier anomalies of this job that lasted as long and that nobody acted on, 1 ended within that time by themselves.'
    );
  });

  test('a series that was back before the run was not brought back by it', async () => {
    await storeBand(atMs(-10));
    courses['s1'] = (step) => (step >= 20 && step < 28 ? 30 : 10);
    expect((await counterfactual())?.sentence).toBe(
      'Its series was in its band before the run already, so the run is not what brought it back.'
    );
  });

  test('a series that stays out is said to be out', async () => {
    await storeBand(atMs(-10));
    courses['s1'] = (step) => (step >= 20 ? 30 : 10);
    expect((await counterfactual())?.sentence).toContain('Its series is still outside its band.');
  });

  test('forecasts that were made after the run began say nothing', async () => {
    await storeBand(atMs(30) + 1);
    expect(await counterfactual()).toBeNull();
  });

  test('nothing is said of a job without series of the alert', async () => {
    expect(await view().counterfactual({ job: 'latency', labels: { instance: 'x' } }, times, never)).toBeNull();
  });

  test('nothing is said when no value came since the run', async () => {
    await storeBand(atMs(-10));
    courses['s1'] = (step) => (step <= 31 ? 30 : NaN);
    expect((await counterfactual())?.sentence).toBe('No value of the job has come since the run.');
  });
});

async function aRunAt(startedAtMs: number): Promise<void> {
  await database
    .insertInto('episodes')
    .values({
      ...{ id: 'e1', source: 'am', source_kind: 'alertmanager', tenant: '', fingerprint: 'f', alertname: 'Slow' },
      ...{
        labels: '{}',
        annotations: '{}',
        flaps: 0,
        deliveries: 1,
        undecided: 0,
        starts_at_ms: 1,
        opened_at_ms: 1,
        seen_at_ms: 1,
        updated_at_ms: 1,
      },
    })
    .execute();
  await database
    .insertInto('runs')
    .values({
      ...{
        id: 'r1',
        policy: 'p',
        episode_id: 'e1',
        plan: '{}',
        plan_hash: 'h',
        digest: 'd',
        mode: 'auto',
        state: 'verified',
      },
      ...{
        attempt: 1,
        group_name: 'web',
        verdicts: '[]',
        created_at_ms: 1,
        started_at_ms: startedAtMs,
        updated_at_ms: 1,
      },
    })
    .execute();
}
