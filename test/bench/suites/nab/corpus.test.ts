import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { readNab } from './corpus.ts';

let dataDir = '';

beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'nab-'));
});

afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

function write(windows: Readonly<Record<string, ReadonlyArray<readonly [string, string]>>>): void {
  const rows = ['10:00:00,1', '10:05:00,2.5', '10:10:00,3', '10:10:00,4', '10:05:00,5', '10:20:00,6', '10:25:00,7'];
  const csv = ['timestamp,value', ...rows.map((row) => `2014-11-02 ${row}`), ''].join('\n');
  mkdirSync(path.join(dataDir, 'nab/labels'), { recursive: true });
  writeFileSync(path.join(dataDir, 'nab/labels/combined_windows.json'), JSON.stringify(windows));
  for (const file of Object.keys(windows)) {
    mkdirSync(path.dirname(path.join(dataDir, 'nab/data', file)), { recursive: true });
    writeFileSync(path.join(dataDir, 'nab/data', `${file}.gz`), gzipSync(csv));
  }
}

test('rows keep their order where times repeat or go back, and a window begins at the first row of its instant', () => {
  write({ 'real/x.csv': [['2014-11-02 10:05:00.000000', '2014-11-02 10:10:00.000000']] });
  const [stream] = readNab(dataDir);

  expect([...(stream?.series.values ?? [])]).toEqual([1, 2.5, 3, 4, 5, 6, 7]);
  expect(stream).toMatchObject({ rows: 7, probation: 1, windows: [{ from: 1, to: 2 }] });
  expect(stream?.series).toMatchObject({ startMs: Date.UTC(2014, 10, 2, 10), stepMs: 300_000 });
});

test('files come in the order of their names, whatever their category', () => {
  write({ 'real/b.csv': [], 'artificial/c.csv': [], 'traffic/a.csv': [] });

  expect(readNab(dataDir).map(({ file }) => file)).toEqual(['traffic/a.csv', 'real/b.csv', 'artificial/c.csv']);
});

test('a window whose edge is no row is an error that names both', () => {
  write({ 'real/x.csv': [['2014-11-02 10:05:00.000000', '2014-11-02 11:00:00.000000']] });

  expect(() => readNab(dataDir)).toThrow('real/x.csv has no row at 2014-11-02 11:00:00.000000');
});
