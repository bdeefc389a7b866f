import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TableReader } from './table-rows.ts';
import type { TableHints } from './understanding.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'table-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string, { rows, hints = {} }: { rows?: number; hints?: TableHints } = {}) {
  const path = join(folder, 'table.csv');
  await writeFile(path, text);
  const { values, timesMs } = await new TableReader(hints).read(path, rows);
  return { values: [...values], timesMs: timesMs === undefined ? undefined : [...timesMs] };
}

test('each row has a value and a time, in the order of the file and repeated as they are', async () => {
  expect(await read('timestamp,value\n1700000060,2\n1700000000,1\n1700000000,3\n')).toEqual({
    values: [2, 1, 3],
    timesMs: [1_700_000_060_000, 1_700_000_000_000, 1_700_000_000_000],
  });
});

test('only the rows that are asked for count', async () => {
  expect(await read('timestamp,value\n1700000000,1\n1700000060,2\n1700000120,x\n', { rows: 2 })).toMatchObject({
    values: [1, 2],
  });
});

test.each([
  ['value\n1\n2\n', [1, 2]],
  ['1\n-2e-3\n1e15\n', [1, -0.002, 1e15]],
  ['load,label\n1,0\n2,1\n', [1, 2]],
  ['index,value\n0,5\n1,6\n', [5, 6]],
  ['t,y\n0,5\n300,6\n600,4\n', [5, 6, 4]],
])('%j needs no times', async (text, values) => {
  expect(await read(text)).toEqual({ values, timesMs: undefined });
});

test('what experts said of a row is not read as a value', async () => {
  expect(await read('timestamp,value,label\n1700000000,1,0\n1700000060,2,1\n')).toMatchObject({ values: [1, 2] });
});

test('missing and infinite cells are gaps of their rows', async () => {
  expect(await read('value\n1\nnan\ninf\n-Infinity\n5\n')).toMatchObject({ values: [1, NaN, NaN, NaN, 5] });
});

test('of several columns one must be chosen', async () => {
  const text = 'time,cpu,memory\n2026-01-01T00:00:00Z,1,7\n2026-01-01T00:01:00Z,2,8\n';
  await expect(read(text)).rejects.toThrow(/several columns of numbers: "cpu", "memory"; choose one with --column/);
  expect(await read(text, { hints: { column: 'Memory' } })).toMatchObject({ values: [7, 8] });
  await expect(read(text, { hints: { column: 'disk' } })).rejects.toThrow(/no column "disk" of numbers/);
});

test('a file whose rows are mostly no numbers is refused with the first of them', async () => {
  const text = 'timestamp,value\n1700000000,1\n1700000060,2\n1700000120,3\n1700000180,four\n';
  await expect(read(text)).rejects.toThrow(/1 of 4 rows hold no number \(line 5: "four"\), more than 5 %/);
});

test.each([
  ['{"a": 1}', /looks like JSON/],
  ['name\nx\n', /no column holds numbers/],
])('%j is refused', async (text, reason) => {
  await expect(read(text)).rejects.toThrow(reason);
});
