import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { startFakeGrafana, type FakeGrafana } from '../../../test/support/fake-grafana/fake-grafana.ts';
import type { ScoredAnomaly } from '../anomalies/anomaly-columns.ts';
import { AnomalyRepository } from '../anomalies/anomaly-repository.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { createAnnotationApi } from './annotation-api.ts';
import type { JobPanels } from './annotation-plan.ts';
import { AnnotationRepository } from './annotation-repository.ts';
import { AnnotationWriter } from './annotation-writer.ts';
import { GrafanaClient } from './grafana-client.ts';

const never = new AbortController().signal;
const minuteMs = 60_000;
const dayMs = 86_400_000;
const panel = { dashboardUid: 'shop', panelId: 4 };
const startMs = Date.parse('2026-11-25T12:00:00Z');

let folder = '';
let nowMs = startMs;
let panelsOfShop: JobPanels = { panels: [panel], exact: true };
let grafana: FakeGrafana;
let database: Database;
let anomalies: AnomalyRepository;
let client: GrafanaClient;
let writer: AnnotationWriter;

beforeEach(async () => {
  nowMs = startMs;
  panelsOfShop = { panels: [panel], exact: true };
  folder = await mkdtemp(join(tmpdir(), 'aiops-annotations-'));
  await writeFile(join(folder, 'token'), 'editor');
  grafana = await startFakeGrafana({ tokens: { editor: 'Editor', viewer: 'Viewer' }, nowMs: () => nowMs });
  grafana.dashboards.put({ uid: 'shop', model: { title: 'Shop', panels: [] } });
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  const job = { name: 'checkout', spec: '{}', origin: '{}', created_at_ms: 0, updated_at_ms: 0, updated_by: 'test' };
  await database
    .insertInto('jobs')
    .values({ ...job, failures: 0, result: '{}' })
    .execute();
  anomalies = new AnomalyRepository(database);
  client = new GrafanaClient({ url: grafana.url, tokenFile: join(folder, 'token'), timeoutMs: 2_000 });
  writer = newWriter();
});

afterEach(async () => {
  await client.stop();
  await database.destroy();
  await grafana.close();
  await rm(folder, { recursive: true });
});

/** One that remembers nothing, as after a start of the process. */
function newWriter(): AnnotationWriter {
  return new AnnotationWriter({
    repository: new AnnotationRepository(database),
    api: createAnnotationApi(client, 'https://grafana.example/'),
    panels: () => Promise.resolve(new Map([['checkout', panelsOfShop]])),
    clock: { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('not used')) },
    logger: pino({ level: 'silent' }),
    random: () => 0.5,
  });
}

async function save(id: string, changes: Partial<ScoredAnomaly> = {}): Promise<void> {
  const anomaly: ScoredAnomaly = {
    id,
    job: 'checkout',
    kind: 'band',
    seriesId: 'series-1',
    labels: { service: '<checkout>' },
    startedAtMs: nowMs - 3 * minuteMs,
    endedAtMs: null,
    seenToMs: nowMs - minuteMs,
    openedAtMs: nowMs - minuteMs,
    direction: 'above',
    score: 2,
    peakScore: 3,
    peakAtMs: nowMs - minuteMs,
    peakValue: 9,
    expectedAtPeak: 4,
    evidence: [],
    flaps: 0,
    late: false,
    mutedBy: null,
    ...changes,
  };
  await anomalies.save([anomaly], nowMs);
}

const regions = () => grafana.annotations.all.map(({ time, timeEnd, panelId }) => ({ time, timeEnd, panelId }));
const posts = () => grafana.requests.filter((line) => line === 'POST /api/annotations').length;

describe('an anomaly', () => {
  test('becomes one region on its panel, in milliseconds, with tags, data, and a link in escaped text', async () => {
    await save('an-1');
    await writer.turn(never);
    expect(grafana.annotations.all).toMatchObject([
      {
        dashboardUID: 'shop',
        panelId: 4,
        time: startMs - 3 * minuteMs,
        timeEnd: startMs - minuteMs,
        tags: ['aiops', 'aiops:an-1', 'band', 'checkout'],
        text: 'checkout {service=&quot;&lt;checkout&gt;&quot;}: above what was expected, 9.000 instead of 4.000. <a href="https://grafana.example/a/selfheal-aiops-app/anomalies/an-1">Open in AIOps</a>',
        data: { anomaly: 'an-1', job: 'checkout', peakScore: 3 },
      },
    ]);
  });

  test('is drawn once, however often the writer comes round', async () => {
    await save('an-1');
    await writer.turn(never);
    await writer.turn(never);
    expect([posts(), grafana.annotations.all.length]).toEqual([1, 1]);
  });

  test('grows with what is seen and ends where the anomaly ended', async () => {
    const startedAtMs = nowMs - 3 * minuteMs;
    await save('an-1', { startedAtMs });
    await writer.turn(never);
    nowMs += 5 * minuteMs;
    await save('an-1', { startedAtMs, seenToMs: nowMs });
    await writer.turn(never);
    expect(regions()).toEqual([{ time: startedAtMs, timeEnd: nowMs, panelId: 4 }]);
    await save('an-1', { startedAtMs, seenToMs: nowMs + minuteMs, endedAtMs: nowMs - minuteMs });
    await writer.turn(never);
    expect(regions()).toEqual([{ time: startedAtMs, timeEnd: nowMs - minuteMs, panelId: 4 }]);
  });

  test('that a person judges a false alarm disappears', async () => {
    await save('an-1');
    await writer.turn(never);
    await anomalies.setVerdict('an-1', { verdict: 'false-alarm', by: 'ada', atMs: nowMs });
    await writer.turn(never);
    expect(grafana.annotations.all).toEqual([]);
  });

  test('whose annotation a person deleted in Grafana is not drawn again', async () => {
    await save('an-1');
    await writer.turn(never);
    grafana.annotations.drop(1);
    nowMs += 5 * minuteMs;
    await save('an-1', { seenToMs: nowMs });
    await writer.turn(never);
    await newWriter().turn(never);
    expect([posts(), grafana.annotations.all.length, writer.status.error]).toEqual([1, 0, null]);
  });

  test('of a job that lost its panels is erased, one of somebody else is not', async () => {
    grafana.annotations.add({ dashboardUID: 'shop', panelId: 4, text: 'release', tags: ['deploy'] });
    await save('an-1');
    await writer.turn(never);
    panelsOfShop = { panels: [], exact: true };
    await writer.turn(never);
    expect(grafana.annotations.all.map(({ text }) => text)).toEqual(['release']);
  });
});

describe('nothing is drawn twice', () => {
  test('when the answer to the first attempt was lost', async () => {
    await save('an-1');
    grafana.failNext('POST /api/annotations', { hangUp: true, after: true });
    expect(await writer.turn(never)).toMatchObject({ ok: false });
    expect(await writer.turn(never)).toMatchObject({ ok: true });
    expect([posts(), grafana.annotations.all.length]).toEqual([1, 1]);
  });

  test('when the process was killed after Grafana had answered', async () => {
    await save('an-1');
    await writer.turn(never);
    const forgotten = { annotation_id: null, end_ms: null, closed: 0 };
    await database.updateTable('annotations').set(forgotten).execute();
    await newWriter().turn(never);
    expect([posts(), grafana.annotations.all.length]).toEqual([1, 1]);
  });

  test('when the store was set back to before it was drawn', async () => {
    await save('an-1');
    await writer.turn(never);
    await database.deleteFrom('annotations').execute();
    await newWriter().turn(never);
    expect([posts(), grafana.annotations.all.length]).toEqual([1, 1]);
  });

  test('and what was drawn twice before is one again', async () => {
    await save('an-1');
    const twin = { dashboardUID: 'shop', panelId: 4, text: 'x', tags: ['aiops', 'aiops:an-1'] };
    grafana.annotations.add(twin);
    grafana.annotations.add(twin);
    await writer.turn(never);
    expect(grafana.annotations.all).toHaveLength(1);
  });
});

describe('a Grafana', () => {
  test('that is away keeps all waiting and says why', async () => {
    await save('an-1');
    grafana.broken = { status: 503, body: 'starting' };
    expect(await writer.turn(never)).toMatchObject({ ok: false });
    expect(writer.status).toMatchObject({ waiting: 1, error: expect.stringContaining('answered 503 "starting"') });
  });

  test('that was away for an hour is caught up with in order, 20 changes a turn', async () => {
    panelsOfShop = { panels: Array.from({ length: 3 }, (_, i) => ({ ...panel, panelId: i + 1 })), exact: true };
    for (let i = 0; i < 15; i++) {
      await save(`an-${i}`, { startedAtMs: nowMs - (60 - i) * minuteMs });
    }
    await writer.turn(never);
    const times = grafana.annotations.all.map(({ time }) => time);
    expect([times.length, writer.status.waiting]).toEqual([20, 25]);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    await writer.turn(never);
    await writer.turn(never);
    expect([grafana.annotations.all.length, writer.status.waiting]).toEqual([45, 0]);
  });

  test('that asks for patience gets it', async () => {
    await save('an-1');
    grafana.failNext('GET /api/annotations', { status: 429, body: '{}', headers: { 'retry-after': '30' } });
    expect(await writer.turn(never)).toEqual({ ok: false, retryAfterMs: 30_000 });
  });

  test('that does not know one dashboard still gets the annotations of the others', async () => {
    panelsOfShop = { panels: [{ dashboardUid: 'gone', panelId: 1 }, panel], exact: true };
    await save('an-1');
    expect(await writer.turn(never)).toMatchObject({ ok: true });
    expect([grafana.annotations.all.length, writer.status.error]).toEqual([1, null]);
    await writer.turn(never);
    expect(writer.status.refused).toMatchObject([
      { dashboardUid: 'gone', panelId: 1, error: expect.stringContaining('the dashboard does not exist') },
    ]);
    expect(posts()).toBe(2);
  });

  test("that refuses the service account's role is named on each panel, with the role to give", async () => {
    await writeFile(join(folder, 'token'), 'viewer');
    await save('an-1');
    await writer.turn(never);
    await writer.turn(never);
    expect(writer.status.refused).toMatchObject([{ error: expect.stringContaining('the role Editor') }]);
    expect(posts()).toBe(1);
  });
});

describe('what is older than 90 days', () => {
  const old = {
    dashboardUID: 'shop',
    panelId: 4,
    text: 'x',
    time: startMs - 92 * dayMs,
    timeEnd: startMs - 91 * dayMs,
  };

  test('is deleted when it is ours, although the store has forgotten it', async () => {
    grafana.annotations.add({ ...old, tags: ['aiops', 'aiops:forgotten'] });
    grafana.annotations.add({ ...old, tags: ['deploy'] });
    grafana.annotations.add({ ...old, tags: ['aiops'], text: 'a note of a person about the product' });
    await writer.turn(never);
    expect(grafana.annotations.all.map(({ tags }) => tags)).toEqual([['deploy'], ['aiops']]);
  });

  test('goes in batches of 20', async () => {
    Array.from({ length: 30 }, (_, i) => grafana.annotations.add({ ...old, tags: ['aiops', `aiops:${i}`] }));
    await writer.turn(never);
    expect(grafana.annotations.all).toHaveLength(10);
    await writer.turn(never);
    expect(grafana.annotations.all).toEqual([]);
  });
});

test('stopping ends the loop, also twice', async () => {
  await save('an-1');
  const looping = newWriter();
  looping.start();
  await looping.stop();
  await looping.stop();
  expect(grafana.annotations.all.length).toBeLessThanOrEqual(1);
});
