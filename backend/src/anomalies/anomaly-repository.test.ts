import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnomalyListQuery } from '../contract/anomaly.ts';
import { openDatabase, type Database } from '../store/database.ts';
import type { ScoredAnomaly } from './anomaly-columns.ts';
import { AnomalyRepository } from './anomaly-repository.ts';

let folder: string;
let database: Database;
let anomalies: AnomalyRepository;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-anomalies-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  anomalies = new AnomalyRepository(database);
  const job = { spec: '{}', origin: '{}', created_at_ms: 0, updated_at_ms: 0, updated_by: 'test', failures: 0 };
  const rows = ['shop', 'other'].map((name) => ({ ...job, name, result: '{}' }));
  await database.insertInto('jobs').values(rows).execute();
});

afterEach(async () => {
  await database.destroy();
  await rm(folder, { recursive: true });
});

function anomaly(id: string, changes: Partial<ScoredAnomaly> = {}): ScoredAnomaly {
  return {
    id,
    job: 'shop',
    kind: 'band',
    seriesId: 'series-1',
    labels: { __name__: 'latency', pod: 'a_b' },
    startedAtMs: 1_000,
    endedAtMs: null,
    seenToMs: 2_000,
    openedAtMs: 2_100,
    direction: 'above',
    score: 1.5,
    peakScore: 2,
    peakAtMs: 1_500,
    peakValue: 9,
    expectedAtPeak: 4,
    evidence: [{ code: 'above-band', text: 'It is high.', facts: { value: 9 } }],
    flaps: 0,
    late: false,
    mutedBy: null,
    ...changes,
  };
}

const list = (query: Record<string, unknown> = {}) => anomalies.list(AnomalyListQuery.parse(query));
const ids = (items: ReadonlyArray<{ id: string }>) => items.map(({ id }) => id);

test('what was saved is read again, with nobody told and nothing decided', async () => {
  await anomalies.save([anomaly('a')], 3_000);
  expect(await anomalies.get('a')).toEqual({
    ...anomaly('a'),
    state: 'open',
    verdict: null,
    levelDecision: null,
    panels: [],
    deliveries: [],
  });
});

test('an unknown anomaly is undefined', async () => {
  expect(await anomalies.get('nobody')).toBeUndefined();
});

test('numbers that are not finite are unknown', async () => {
  await anomalies.save([anomaly('a', { peakValue: NaN, score: Infinity })], 3_000);
  expect(await anomalies.get('a')).toMatchObject({ peakValue: null, score: null });
});

test('saving again updates what was found and keeps what people decided', async () => {
  await anomalies.save([anomaly('a')], 3_000);
  await anomalies.setVerdict('a', { verdict: 'real', by: 'ann', atMs: 3_500 });
  await anomalies.setLevelDecision('a', { decision: 'accepted', by: 'bob', atMs: 3_600 });
  await anomalies.save([anomaly('a', { endedAtMs: 2_500, peakScore: 7, flaps: 2 })], 4_000);
  expect(await anomalies.get('a')).toMatchObject({
    state: 'closed',
    endedAtMs: 2_500,
    peakScore: 7,
    flaps: 2,
    verdict: { verdict: 'real', by: 'ann', atMs: 3_500 },
    levelDecision: { decision: 'accepted', by: 'bob', atMs: 3_600 },
  });
});

test('a verdict can be taken back', async () => {
  await anomalies.save([anomaly('a')], 3_000);
  await anomalies.setVerdict('a', { verdict: 'real', by: 'ann', atMs: 3_500 });
  await anomalies.setVerdict('a', { verdict: null, by: 'ann', atMs: 3_600 });
  expect((await anomalies.get('a'))?.verdict).toBeNull();
});

test('a decision about an anomaly that does not exist says so', async () => {
  expect(await anomalies.setVerdict('nobody', { verdict: 'real', by: 'ann', atMs: 1 })).toBe(false);
  expect(await anomalies.setLevelDecision('nobody', { decision: 'rejected', by: 'ann', atMs: 1 })).toBe(false);
});

test('saving within a transaction that is rolled back leaves nothing', async () => {
  const saving = database.transaction().execute(async (transaction) => {
    await anomalies.save([anomaly('a')], 3_000, transaction);
    throw new Error('changed my mind');
  });
  await expect(saving).rejects.toThrow('changed my mind');
  expect(await anomalies.get('a')).toBeUndefined();
});

test('more anomalies than one statement takes are all saved', async () => {
  await anomalies.save(
    Array.from({ length: 1_201 }, (_, i) => anomaly(`a${i}`)),
    3_000
  );
  expect((await list()).total).toBe(1_201);
});

test('panels and deliveries are told with an anomaly, annotations that Grafana has not taken are not', async () => {
  await anomalies.save([anomaly('a')], 3_000);
  const told = { anomaly_id: 'a', sent_at_ms: 1, accepted_at_ms: 2, attempts: 1 };
  await database
    .insertInto('alert_deliveries')
    .values({ ...told, receiver: 'am-1', state: 'firing' })
    .execute();
  const drawn = { anomaly_id: 'a', dashboard_uid: 'shop-main', closed: 0, updated_at_ms: 1 };
  await database
    .insertInto('annotations')
    .values([
      { ...drawn, panel_id: 4, annotation_id: 77 },
      { ...drawn, panel_id: 5, annotation_id: null },
    ])
    .execute();
  expect((await list()).items[0]).toMatchObject({
    panels: ['shop-main/4'],
    deliveries: [{ receiver: 'am-1', state: 'firing', acceptedAtMs: 2, error: null }],
  });
});

test('pages go from the newest start to the oldest and give each anomaly once, also when a newer one comes in', async () => {
  await anomalies.save(
    [1_000, 3_000, 2_000, 2_000].map((startedAtMs, i) => anomaly(`a${i}`, { startedAtMs })),
    3_000
  );
  const first = await list({ limit: 2 });
  await anomalies.save([anomaly('new', { startedAtMs: 9_000 })], 3_000);
  const second = await list({ limit: 2, cursor: first.nextCursor });
  expect([ids(first.items), ids(second.items), second.nextCursor]).toEqual([['a1', 'a2'], ['a3', 'a0'], null]);
});

test('a cursor that no page gave out is refused', async () => {
  await expect(list({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_request' });
});

test.each([
  [{ job: 'other' }, ['b']],
  [{ kind: 'silence' }, ['c']],
  [{ state: 'closed' }, ['b']],
  [{ state: 'open' }, ['a', 'c']],
  [{ verdict: 'none' }, ['b', 'c']],
  [{ verdict: 'expected' }, ['a']],
  [{ to: 1_500 }, ['a', 'b']],
  [{ from: 1_900 }, ['a', 'c']],
  [{ from: 1_200, to: 1_300 }, ['a', 'b']],
  [{ search: 'A_B' }, ['a', 'b']],
  [{ search: 'OTHER' }, ['b']],
  [{ search: '%' }, []],
])('a list asked for %j holds %j', async (query, expected) => {
  await anomalies.save(
    [
      anomaly('a'),
      anomaly('b', { job: 'other', endedAtMs: 1_800 }),
      anomaly('c', { kind: 'silence', startedAtMs: 1_600, labels: { pod: 'axb' } }),
    ],
    3_000
  );
  await anomalies.setVerdict('a', { verdict: 'expected', by: 'ann', atMs: 1 });
  const found = await list(query);
  expect([ids(found.items).sort(), found.total]).toEqual([expected, expected.length]);
});

test('scoring goes on with what lasts, of its own job only', async () => {
  await anomalies.save([anomaly('a'), anomaly('b', { endedAtMs: 1_500 }), anomaly('c', { job: 'other' })], 3_000);
  expect(ids(await anomalies.openOf('shop'))).toEqual(['a']);
});

test('receivers are told what lasts and what changed since', async () => {
  await anomalies.save([anomaly('lasting'), anomaly('long-over', { endedAtMs: 1_500 })], 3_000);
  await anomalies.save([anomaly('just-over', { endedAtMs: 1_600 })], 5_000);
  expect(ids(await anomalies.recent(5_000))).toEqual(['just-over', 'lasting']);
});

test('what is beyond retention is forgotten with all that was told of it; what lasts never is', async () => {
  await anomalies.save([anomaly('lasting'), anomaly('old', { endedAtMs: 1_500 })], 3_000);
  const told = { receiver: 'am-1', state: 'firing', sent_at_ms: 1, attempts: 1 };
  await database
    .insertInto('alert_deliveries')
    .values({ ...told, anomaly_id: 'old' })
    .execute();
  expect(await anomalies.prune(10_000)).toBe(1);
  expect(ids((await list()).items)).toEqual(['lasting']);
  expect(await database.selectFrom('alert_deliveries').select('receiver').execute()).toEqual([]);
});
