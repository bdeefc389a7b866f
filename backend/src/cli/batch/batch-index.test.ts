import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readBatchIndex } from './batch-index.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batch-index-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function listOf(content: unknown): Promise<string> {
  const path = join(folder, 'list.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const entry = { id: 'a', file: 'data/a.csv', horizon: 12, stepSeconds: 300 };

test('files are relative to the list, and the step becomes milliseconds', async () => {
  const { entries } = await readBatchIndex(await listOf([{ ...entry, rows: 50 }]), true);
  expect(entries).toEqual([{ id: 'a', path: join(folder, 'data/a.csv'), rows: 50, horizonSteps: 12, stepMs: 300_000 }]);
});

test('a detection needs no horizon', async () => {
  const { entries } = await readBatchIndex(await listOf([{ id: 'a', file: 'a.csv', stepSeconds: 60 }]), false);
  expect(entries).toMatchObject([{ rows: undefined, horizonSteps: 0 }]);
});

test.each([
  [{ ...entry, horizon: 0 }, /entry 1 \("a"\): horizon: expected at least 1/],
  [{ ...entry, horizon: 2.5 }, /horizon: expected a whole number/],
  [{ ...entry, horizon: 50_001 }, /horizon: expected at most 50000/],
  [{ ...entry, horizon: undefined }, /horizon: expected the number of steps/],
  [{ ...entry, id: undefined }, /entry 1: id: is missing/],
  [{ ...entry, file: undefined }, /file: is missing/],
  [{ ...entry, stepSeconds: 0 }, /stepSeconds: expected seconds above 0/],
  [{ ...entry, rows: -1 }, /rows: expected at least 1/],
  ['a.csv', /entry 1: expected an object/],
])('%j is told with the number and the id of the entry', async (wrong, expected) => {
  await expect(readBatchIndex(await listOf([wrong]), true)).rejects.toThrow(expected);
});

test('all faults are told at once, repeated ids among them', async () => {
  const list = await listOf([entry, entry, { ...entry, id: 'b', horizon: -1 }]);
  await expect(readBatchIndex(list, true)).rejects.toThrow(/2 faults;[^]*entry 3 \("b"\)[^]*id "a" is given more than/);
});

test('keys that mean nothing are named', async () => {
  const { unknownKeys } = await readBatchIndex(await listOf([{ ...entry, row: 5 }]), true);
  expect(unknownKeys).toEqual(['row']);
});

test.each([
  ['{"id": 1', /it is not JSON/],
  [[], /expected at least one entry/],
  [{ a: entry }, /expected a list such as \[?\{"id"/],
])('%j is no list', async (content, expected) => {
  await expect(readBatchIndex(await listOf(content), true)).rejects.toThrow(expected);
});

test('a list that is not there is told by name', async () => {
  await expect(readBatchIndex(join(folder, 'none.json'), true)).rejects.toThrow(/none\.json: it can't be read/);
});
