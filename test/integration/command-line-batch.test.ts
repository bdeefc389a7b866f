import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const main = join(import.meta.dirname, '../../backend/src/main.ts');
const hourSeconds = 3600;
const incident = { from: 500, to: 506 };
let folder = '';

async function aiops(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: {}, timeout: 50_000 });
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}

async function answersOf(name: string): Promise<Record<string, Record<string, unknown>>> {
  return JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, Record<string, unknown>>;
}

interface Alert {
  readonly startRow: number;
  readonly endRow: number;
}

const numbers = (value: unknown) => value as number[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-line-batch-'));
  const rows = Array.from({ length: 24 * 28 }, (_, i) => {
    const hurt = i >= incident.from && i < incident.to ? 90 : 0;
    const value = 100 + 40 * Math.sin((2 * Math.PI * i) / 24) + ((i * 7919) % 11) + hurt;
    return `${1_700_006_400 + i * hourSeconds},${value.toFixed(3)},${hurt > 0 ? 1 : 0}`;
  });
  await writeFile(join(folder, 'daily.csv'), `timestamp,value,label\n${rows.join('\n')}\n`);
  await writeFile(join(folder, 'short.csv'), 'value\n1\n2\n3\n');
  await writeFile(join(folder, 'words.csv'), 'timestamp,value\n1700006400,high\n1700010000,low\n');
});
afterAll(() => rm(folder, { recursive: true }));

const listed = (id: string, file: string, rows?: number) => ({ id, file, rows, horizon: 24, stepSeconds: hourSeconds });

async function writeList(...entries: ReadonlyArray<Record<string, unknown>>): Promise<void> {
  await writeFile(join(folder, 'list.json'), JSON.stringify(entries));
}

describe('aiops forecast --batch', () => {
  test('answers every series and names the files that fail', async () => {
    await writeList(
      listed('all', 'daily.csv'),
      listed('first three weeks', 'daily.csv', 24 * 21),
      listed('three values', 'short.csv'),
      listed('absent', 'none.csv'),
      listed('words', 'words.csv')
    );
    const ended = await aiops('forecast', '--batch', 'list.json', '--json', 'out.json');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/failed: absent: .*none\.csv: there is no such file/);
    expect(ended.stderr).toMatch(/forecast: 3 of 5 series, 2 failed/);
    const answers = await answersOf('out.json');
    expect(Object.keys(answers)).toEqual(['all', 'first three weeks', 'three values', 'absent', 'words']);
    expect(answers['absent']).toEqual({ error: expect.stringMatching(/there is no such file/) });
    expect(answers['three values']).toMatchObject({ model: 'naive', expected: Array.from({ length: 24 }, () => 3) });
    expect(answers['first three weeks']?.['expected']).not.toEqual(answers['all']?.['expected']);
    const all = answers['all'] ?? {};
    const quantiles = all['quantiles'] as Record<string, number[]>;
    expect(Object.keys(quantiles)).toEqual(['0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '0.7', '0.8', '0.9']);
    const lines = [all['lower95'], ...Object.values(quantiles), all['upper95']].map(numbers);
    expect(lines.map((line) => line.length)).toEqual(lines.map(() => 24));
    const crossings = lines.slice(1).flatMap((line, k) => line.filter((value, h) => value < (lines[k]?.[h] ?? NaN)));
    expect(crossings).toEqual([]);
    expect([quantiles['0.5'], quantiles['0.1'], quantiles['0.9']]).toEqual([
      all['expected'],
      all['lower80'],
      all['upper80'],
    ]);
  });

  test('refuses a list with faults before it starts, and tells all of them', async () => {
    await writeList(listed('a', 'daily.csv'), listed('a', 'daily.csv'), { ...listed('b', 'daily.csv'), horizon: 0 });
    const ended = await aiops('forecast', '--batch', 'list.json', '--json', 'refused.json');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/nothing was started, 2 faults/);
    await expect(answersOf('refused.json')).rejects.toThrow(/ENOENT/);
  });
});

describe('aiops detect', () => {
  test('--batch scores every row and finds the incident, as it would have when it came', async () => {
    await writeList({ id: 'all', file: 'daily.csv', stepSeconds: hourSeconds }, listed('three values', 'short.csv'));
    const ended = await aiops('detect', '--batch', 'list.json', '--json', '-', '--sensitivity', '1 alert per month');
    expect(ended).toMatchObject({ code: 0 });
    const answers = JSON.parse(ended.stdout) as Record<string, { scores: number[]; alerts: Alert[] }>;
    expect(answers['three values']).toEqual({ scores: [0, 0, 0], alerts: [] });
    const { scores, alerts } = answers['all'] ?? { scores: [], alerts: [] };
    expect(scores).toHaveLength(24 * 28);
    expect(Math.max(...scores.slice(incident.from, incident.to))).toBe(Math.max(...scores));
    const iso = expect.stringMatching(/^2023-1[12]-\d\dT\d\d:00:00\.000Z$/);
    const found = alerts.filter(({ startRow, endRow }) => startRow < incident.to && endRow >= incident.from);
    expect(found).toMatchObject([{ start: iso, end: iso, direction: 'above', reason: expect.stringMatching(/above/) }]);
  });

  test('of a file tells the anomalies, and writes them with a picture', async () => {
    const flags = ['--column', 'value', '--offline', '--sensitivity', '1 alert per month'];
    const ended = await aiops('detect', 'daily.csv', ...flags, '--json', 'a.json', '--csv', 'a.csv', '--plot', 'a.svg');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(
      /value: \d anomal.* in 28d, .* a week \(asked for: 0\.25 a week\), judged by the whole/
    );
    expect(ended.stdout).toMatch(/start \(UTC\) +end +score +direction +peak +reason\n2023-1[12]-\d\d /);
    expect(await answersOf('a.json')).toMatchObject({
      form: 'offline',
      anomalies: expect.arrayContaining([expect.objectContaining({ direction: 'above' })]),
    });
    expect(await readFile(join(folder, 'a.csv'), 'utf8')).toMatch(/^start,end,score,direction,.*\n2023-[^]*,above,/);
    expect(await readFile(join(folder, 'a.svg'), 'utf8')).toMatch(/^<svg[^]*#e02f44/);
  });
});

test.each([
  [['forecast', '--batch', 'list.json'], /--batch needs --json FILE/],
  [['forecast', '--batch', 'list.json', '--json', '-', '--horizon', '1h'], /leave out --horizon/],
  [['detect', 'daily.csv', '--batch', 'list.json', '--json', '-'], /leave out daily\.csv/],
  [['backtest', '--batch', 'list.json', '--json', '-'], /back-tests are made one at a time/],
  [['detect', 'daily.csv', '--sensitivity', '3 sigma'], /--sensitivity 3 sigma: expected alerts in a time/],
  [['detect', 'daily.csv', '--horizon', '1h'], /there is no option --horizon/],
] as ReadonlyArray<readonly [readonly string[], RegExp]>)('%j is refused with exit code 2', async (args, reason) => {
  const ended = await aiops(...args);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(reason);
});
