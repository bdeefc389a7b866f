import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { readCloud, readKpi, readTsbAd, readWsd } from './labelled-series.ts';

function folderWith(set: string, files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'bench-labelled-'));
  Object.entries(files).forEach(([name, text]) => {
    const file = path.join(dir, set, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  });
  return dir;
}

const halvesIndex = (name: string, ids: readonly string[]) =>
  [
    `${name},part,step_s,points,first_timestamp,anomaly_points,anomaly_events`,
    ...ids.flatMap((id) => [`${id},train,60,2,600,0,0`, `${id},test,60,2,720,1,1`]),
  ].join('\n');

describe('labelled series', () => {
  test('of halves have the first half as history of the second, and halves without a label are left out', () => {
    const dir = folderWith('wsd', {
      'index.csv': halvesIndex('series', ['4', '5']),
      '4.train.csv.gz': 'timestamp,value,label\n600,1,0\n660,2,0\n',
      '4.test.csv.gz': 'timestamp,value,label\n720,3,0\n780,4,1\n',
    });

    const all = readWsd(dir);

    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ group: 'second halves', history: 2, startMs: 600_000, stepMs: 60_000 });
    expect([...all[0]!.values]).toEqual([1, 2, 3, 4]);
    expect([...all[0]!.labels]).toEqual([0, 0, 0, 1]);
  });

  test('of a second half whose first is not there have no history', () => {
    const dir = folderWith('wsd', {
      'index.csv': halvesIndex('series', ['4']),
      '4.test.csv.gz': 'timestamp,value,label\n720,3,0\n780,4,1\n',
    });

    expect(readWsd(dir)[0]).toMatchObject({ history: 0, startMs: 720_000 });
  });

  test('that are also in TSB-AD are held out', () => {
    const dir = folderWith('kpi-aiops2018', {
      'index.csv': halvesIndex('kpi', ['e0747cad-1', 'a-2']),
      'e0747cad-1.test.csv.gz': 'timestamp,value,label\n720,3,0\n780,4,1\n',
      'a-2.test.csv.gz': 'timestamp,value,label\n720,3,0\n780,4,1\n',
    });

    expect(readKpi(dir).map(({ group }) => group)).toEqual(['held-out halves', 'other halves']);
  });

  test('of the benchmark have its window', () => {
    const dir = folderWith('tsb-ad', {
      'index.csv': 'file,group,vus_window\na.csv,NAB,17\n',
      'series/a.csv.gz': 'Data,Label\n0.5,0\n1.5,1\n',
    });

    expect(readTsbAd(dir)[0]).toMatchObject({ group: 'NAB', window: 17, stepMs: 300_000, history: 0 });
  });

  test('of clouds keep missing values as gaps, come whole and as halves, and are left out when short', () => {
    const rows = (count: number) =>
      Array.from({ length: count }, (_, i) => `"2018-01-01T00:00:00Z",${i === 3 ? '' : i},${i === 290 ? 1 : 0} `);
    const dir = folderWith('cloud-monitoring', {
      'index.csv': 'file,step_s\nd/long.csv,3600.0\nd/short.csv,3600.0\n',
      'd/long.csv.gz': ['TimeStamp,Value,Label', ...rows(300)].join('\r\n'),
      'd/short.csv.gz': ['TimeStamp,Value,Label', ...rows(299)].join('\r\n'),
    });

    const all = readCloud(dir);

    expect(all.map(({ group, history }) => [group, history])).toEqual([
      ['whole series', 0],
      ['second halves', 150],
      ['first halves', 0],
    ]);
    expect([...all[0]!.values.subarray(2, 5)]).toEqual([2, NaN, 4]);
    expect(all[0]!.labels.indexOf(1)).toBe(290);
    expect(all[2]!.values).toHaveLength(150);
  });

  test('that are missing are named with where they come from', () => {
    const dir = folderWith('wsd', { 'index.csv': halvesIndex('series', ['4']) });

    expect(() => readWsd(dir)).toThrow(/wsd\/4\.train\.csv\.gz is missing\. It comes from: alumik\/AnoTransfer-data/);
  });
});
