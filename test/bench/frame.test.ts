import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { codeHash } from './code-hash.ts';
import { parseCsv, readData, readTable } from './data.ts';
import { trackProgress } from './progress.ts';
import { rowTables } from './report.ts';

const folder = () => mkdtempSync(path.join(os.tmpdir(), 'bench-frame-'));

describe('data', () => {
  test('that is missing is named with its public source and the option that names another folder', () => {
    expect(() => readData('/nowhere', 'm4/Hourly-test.csv.gz')).toThrow(
      /\/nowhere\/m4\/Hourly-test\.csv\.gz is missing.*Mcompetitions\/M4-methods.*--data/
    );
  });

  test('in CSV keeps commas inside of quotes and empty cells', () => {
    expect(parseCsv('a,"b, ""c""",\n,1,"2"\r\n')).toEqual([
      ['a', 'b, "c"', ''],
      ['', '1', '2'],
    ]);
  });

  test('as a table goes by its header', () => {
    const dir = folder();
    mkdirSync(path.join(dir, 'm4'));
    writeFileSync(path.join(dir, 'm4', 't.csv'), 'model,MASE\nours,1\n');

    expect(readTable(dir, 'm4/t.csv')).toEqual([{ model: 'ours', MASE: '1' }]);
  });
});

describe('the hash of the code', () => {
  test('changes with a source, not with a test', () => {
    const root = folder();
    mkdirSync(path.join(root, 'src'));
    writeFileSync(path.join(root, 'src', 'a.ts'), '1');
    const before = codeHash(root, ['src']);
    writeFileSync(path.join(root, 'src', 'a.test.ts'), '2');
    const withTest = codeHash(root, ['src']);
    writeFileSync(path.join(root, 'src', 'b.ts'), '3');

    expect(withTest).toBe(before);
    expect(codeHash(root, ['src'])).not.toBe(before);
  });
});

describe('progress', () => {
  test('is told every five seconds and at the end, with the time left', () => {
    let nowMs = 0;
    const said: string[] = [];
    const progress = trackProgress({ say: (text) => void said.push(text), nowMs: () => nowMs }, 'm4', 8);
    for (; nowMs < 16_000;) {
      nowMs += 2_000;
      progress.tick();
    }

    expect(said).toEqual(['m4: 3/8, 10 s left', 'm4: 6/8, 4 s left', 'm4: 8/8']);
  });
});

describe('rows of a report', () => {
  test('of one title become a table with a column for each measure, intervals beside the value', () => {
    const rows = [
      { name: 'ours', measure: 'MASE', value: 0.7, low: 0.6, high: 0.8, table: 'relative' },
      { name: 'FLAIR', measure: 'MASE', value: 0.852, source: 'published', table: 'relative' },
      { name: 'ours', measure: 'WQL', value: 0.6, table: 'relative' },
      { name: 'ours', measure: 'forecasts', value: 2097 },
    ];

    expect(rowTables(rows)).toEqual([
      {
        title: 'relative',
        header: ['', 'MASE', 'WQL'],
        rows: [
          ['ours', '0.7 [0.6, 0.8]', '0.6'],
          ['FLAIR (published)', '0.852', ''],
        ],
      },
      { title: undefined, header: ['row', 'measure', 'value'], rows: [['ours', 'forecasts', '2097']] },
    ]);
  });
});
