import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Preview } from '../../backend/src/contract/forecast.ts';

const main = join(import.meta.dirname, '../../backend/src/main.ts');
const tables = join(import.meta.dirname, '../fixtures/tables');
let folder = '';
let daily = '';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `aiops` as a person would, in an empty folder and environment. */
async function aiops(args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: {}, timeout: 50_000 });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-line-'));
  daily = join(folder, 'daily.csv');
  const rows = Array.from({ length: 24 * 21 }, (_, i) => {
    const time = new Date(Date.UTC(2026, 9, 1, i)).toISOString();
    return `${time},${(100 + 40 * Math.sin((2 * Math.PI * i) / 24) + (i % 7)).toFixed(2)} ms`;
  });
  await writeFile(daily, `Time,p95\n${rows.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

describe('aiops forecast', () => {
  test('says first what it understood, prints chart and table, and writes JSON, CSV and a picture', async () => {
    const [json, csv, plot] = ['json', 'csv', 'svg'].map((end) => join(folder, `out.${end}`)) as [
      string,
      string,
      string,
    ];
    const ended = await aiops(['forecast', daily, '--horizon', '24h', '--json', json, '--csv', csv, '--plot', plot]);
    expect(ended.stderr).toMatch(/^understood\n {2}format[^]*converted to s[^]*step 1h \(found\), no gaps/);
    expect(ended.stdout).toMatch(/time \(UTC\) +expected +lower 80% +upper 80%/);
    expect(ended.stdout).toMatch(/bands were right \d+\.\d% of the time at nominal 80%/);
    expect(ended.code).toBe(0);
    const preview = Preview.parse(JSON.parse(await readFile(json, 'utf8')));
    expect(preview.forecast?.expected).toHaveLength(24);
    expect((await readFile(csv, 'utf8')).split('\n')[1]).toMatch(/^2026-10-22T00:00:00.000Z,0\.\d+,0\.\d+,0\.\d+/);
    expect(await readFile(plot, 'utf8')).toMatch(/^<svg[^]*stroke-dasharray/);
  });

  test('reads standard input and keeps standard output for the machine', async () => {
    const { code, stdout } = await aiops(
      ['forecast', '-', '--models', 'naive', '--csv', '-'],
      await readFile(daily, 'utf8')
    );
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe('time,expected,lower_80,upper_80,lower_95,upper_95');
    expect(stdout.trim().split('\n')).toHaveLength(25);
  });

  test('asks for what the file can not say, with exit code 2', async () => {
    const ended = await aiops(['forecast', join(tables, 'ambiguous-date.csv')]);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/--date-order day-first or --date-order month-first/);
  });

  test.each([
    ['many-bad-rows.csv', /line 9: "yesterday" is not a time/],
    ['missing.csv', /there is no such file/],
    ['binary.csv', /save the sheet as CSV/],
  ])('refuses %s with a reason and exit code 1', async (file, reason) => {
    const ended = await aiops(['forecast', join(tables, file)]);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(reason);
  });

  test('finds out that a result can not be written before it works for it', async () => {
    const ended = await aiops(['forecast', daily, '--json', join(folder, 'none', 'out.json')]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^aiops forecast: --json .*its folder does not exist or is not writable\n$/);
  });
});

test('aiops backtest prints a line for each model', async () => {
  const { code, stdout } = await aiops(['backtest', daily, '--models', 'naive,seasonal-naive,theta']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/model +weight +MASE/);
  expect(stdout).toMatch(/^seasonal-naive /m);
  expect(stdout).toMatch(/^theta /m);
});

describe('with a metric source', () => {
  test('a query is read and forecast', async () => {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        const form = new URLSearchParams(body);
        const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name))) as [
          number,
          number,
          number,
        ];
        const count = Math.floor((end - start) / step) + 1;
        const values = Array.from({ length: count }, (_, i) => [
          start + i * step,
          String(50 + 10 * Math.sin((start / step + i) / 4)),
        ]);
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({
            status: 'success',
            data: { resultType: 'matrix', result: [{ metric: { job: 'a' }, values }] },
          })
        );
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const flags = ['--url', url, '--training', '7d', '--step', '1h', '--models', 'seasonal-naive'];
    const ended = await aiops(['forecast', '--query', 'sum(rate(x[5m]))', ...flags]);
    server.close();
    expect(ended.stderr).toMatch(/query +sum\(rate\(x\[5m\]\)\)/);
    expect(ended).toMatchObject({ code: 0 });
  });

  test('check names the cause and exits with 1', async () => {
    const config = join(folder, 'aiops.yaml');
    await writeFile(
      config,
      'sources:\n  - name: main\n    kind: prometheus\n    url: http://no-such-host.invalid:9090\n'
    );
    const ended = await aiops(['check', '--config', config]);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(
      /main \(prometheus, http:\/\/no-such-host.invalid:9090\): does not work: dns\n {2}FAILED dns/
    );
    expect((await aiops(['check', '--config', config, '--source', 'other'])).code).toBe(2);
  });
});

describe('the command line itself', () => {
  test.each([
    [['forecast', 'a.csv', '--horizon', 'soon'], /--horizon soon: expected a duration/],
    [['forecast', 'a.csv', '--models', 'magic'], /no model "magic"; there are: auto, naive/],
    [['forecast', 'a.csv', '--levels', '10'], /--levels 10: expected up to four percentages/],
    [['forecast', 'a.csv', '--colour', 'red'], /--colour/],
    [['forecast'], /name a file, - for standard input, or --query/],
    [
      ['predict'],
      /no command "predict"; there are: serve, validate, check, forecast, detect, rules, audit, kill-switch, replay, backtest/,
    ],
    [[], /aiops COMMAND/],
  ] as ReadonlyArray<readonly [readonly string[], RegExp]>)('%j is refused with exit code 2', async (args, reason) => {
    const ended = await aiops(args);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(reason);
  });

  test.each([
    'serve',
    'validate',
    'check',
    'forecast',
    'detect',
    'rules',
    'audit',
    'kill-switch',
    'replay',
    'backtest',
  ])('%s --help lists its options', async (name) => {
    const ended = await aiops([name, '--help']);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(new RegExp(`^aiops ${name} [^]*--config FILE`));
  });

  test('validate counts the problems and says that nothing was started', async () => {
    const ended = await aiops(['validate', '--config', join(folder, 'absent.yaml')]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/1 problem, nothing was started\n$/);
  });
});
