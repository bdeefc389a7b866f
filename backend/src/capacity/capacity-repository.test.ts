import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '../store/database.ts';
import { CapacityRepository, crossingShares, type StoredCapacity } from './capacity-repository.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-capacity-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  const job = { spec: '{}', origin: '{}', created_at_ms: 0, updated_at_ms: 0, updated_by: 'test', failures: 0 };
  await database
    .insertInto('jobs')
    .values(['disk', 'memory'].map((name) => ({ ...job, name, result: '{}' })))
    .execute();
});
afterEach(async () => {
  await database.destroy();
  await rm(folder, { recursive: true });
});

async function save(job: string, seriesId: string, changes: Partial<StoredCapacity>): Promise<void> {
  const row: StoredCapacity = {
    ...{ job, seriesId, labels: {}, unit: null, now: 1, limit: 2, side: 'above', state: 'rising', etaMs: null },
    ...{ etaLowMs: null, etaHighMs: null, probability: 0.5, warnMs: 10, growthPerDay: 1, lastResetAtMs: null },
    ...{ trend: [], reason: 'it grows', estimatedAtMs: 1, crossingsMs: [] },
    ...changes,
  };
  const key = { job, series_id: seriesId, limit_text: 'above 2' };
  await database
    .insertInto('capacity')
    .values({ ...key, row: JSON.stringify(row), estimated_at_ms: 1 })
    .execute();
}

test('rows come soonest first, those without a date last and the likelier of them before', async () => {
  await save('disk', 'late', { etaMs: 900 });
  await save('disk', 'unlikely', { probability: 0.1 });
  await save('memory', 'soon', { etaMs: 100 });
  await save('memory', 'likely', { probability: 0.4 });
  const repository = new CapacityRepository(database);
  const ids = async (query: { job?: string }) => (await repository.list(query)).map(({ seriesId }) => seriesId);
  expect(await ids({})).toEqual(['soon', 'late', 'likely', 'unlikely']);
  expect(await ids({ job: 'disk' })).toEqual(['late', 'unlikely']);
  expect(await ids({ job: 'other' })).toEqual([]);
});

test('the probability before a date is the share of possible futures that have crossed by then', async () => {
  const crossings = Float64Array.from({ length: 400 }, (_, i) => (i < 300 ? i : Infinity));
  await save('disk', 's', { crossingsMs: crossingShares(crossings) });
  await save('disk', 'unknown', {});
  const repository = new CapacityRepository(database);
  const at = async (before: number) =>
    (await repository.list({ before })).map(({ seriesId, probability }) => [seriesId, probability]);
  expect(await at(-1)).toEqual([
    ['s', 0],
    ['unknown', null],
  ]);
  expect(await at(199)).toEqual([
    ['s', 0.5],
    ['unknown', null],
  ]);
  expect(await at(1e15)).toEqual([
    ['s', 0.75],
    ['unknown', null],
  ]);
  expect((await repository.list({}))[0]).not.toHaveProperty('crossingsMs');
});

test('nothing known has no shares, and what never crosses has none that did', () => {
  expect(crossingShares(new Float64Array())).toEqual([]);
  expect(crossingShares(Float64Array.of(Infinity)).every((at) => at === null)).toBe(true);
  expect(crossingShares(Float64Array.of(5)).every((at) => at === 5)).toBe(true);
});
