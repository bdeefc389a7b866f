import { once } from 'node:events';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Preview } from '../../backend/src/contract/forecast.ts';
import { type RealPrometheus, startRealPrometheus } from '../support/real-prometheus.ts';
import { runAiops } from '../support/spawn-aiops.ts';

const stepMs = 900_000;
const dayMs = 86_400_000;
let prometheus: RealPrometheus;
let folder: string;

beforeAll(async () => {
  const startMs = Math.floor(Date.now() / stepMs) * stepMs - 6 * dayMs;
  const wave = (offset: number) =>
    Float64Array.from({ length: 6 * 96 }, (_, i) => 100 + offset + 40 * Math.sin((2 * Math.PI * i) / 96) + (i % 7));
  prometheus = await startRealPrometheus(
    ['cart', 'checkout'].map((service, k) => {
      return { labels: { __name__: 'requests', service }, startMs, stepMs, values: wave(10 * k) };
    }),
    '30m'
  );
});
afterAll(() => prometheus.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** @returns the path of aiops.yaml in a folder of its own */
function settings(lines: readonly string[], jobs?: readonly string[]): string {
  const config = join(folder, 'aiops.yaml');
  writeFileSync(config, `${lines.join('\n')}\n`);
  if (jobs !== undefined) {
    mkdirSync(join(folder, 'jobs'));
    writeFileSync(join(folder, 'jobs', 'shop.yaml'), `${jobs.join('\n')}\n`);
  }
  return config;
}

const working = () => ['sources:', '  - name: main', `    url: ${prometheus.url}`];

test('aiops --help says on standard output what there is', async () => {
  const { code, stdout, stderr } = await runAiops(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/serve +start the backend[^]*forecast +forecast a file or a query[^]*Exit codes: 0 done/);
});

describe('aiops validate', () => {
  test('of good settings says how much there is', async () => {
    const config = settings(working(), ['jobs:', '  - name: cart', '    query: requests']);
    expect(await runAiops(['validate', '--config', config])).toEqual({
      code: 0,
      stdout: `${config}: fine, 1 source, 1 job\n`,
      stderr: '',
    });
  });

  test('lists every fault of all files at its line and column, and how many there are', async () => {
    const config = settings(
      ['sources:', '  - name: Main', '    url: prometheus:9090', '    tiemout: 5s', 'limits:', '  workers: 0'],
      ['jobs:', '  - name: cart', '    query: requests', '    horizn: 24h', '  - name: cart', '    step: soon']
    );
    const jobs = join(folder, 'jobs', 'shop.yaml');
    const { code, stdout, stderr } = await runAiops(['validate', '--config', config]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    const places = lines.slice(0, -1).map((line) => line.split('  ')[0]);
    expect(places).toEqual(
      expect.arrayContaining([`${config}:2:11`, `${config}:3:10`, `${config}:4:5`, `${config}:6:12`, `${jobs}:4:5`])
    );
    expect(places.filter((place) => place?.startsWith(`${jobs}:`)).length).toBeGreaterThanOrEqual(3);
    expect(stderr).toMatch(/unknown key "tiemout"; did you mean "timeout"\?/);
    expect(stderr).toMatch(/unknown key "horizn"; did you mean "horizon"\?/);
    expect(lines.at(-1)).toBe(`${places.length} problems, nothing was started`);
  });
});

describe('aiops check', () => {
  test('goes through to the query of a Prometheus that works', async () => {
    const { code, stdout } = await runAiops(['check', '--config', settings(working())]);
    expect(stdout).toMatch(/^main \(prometheus, http:\/\/127\.0\.0\.1:\d+\): works\n( {2}ok .+\n)+$/);
    expect(code).toBe(0);
  });

  test('names the source that refuses, after the one that works', async () => {
    const config = settings([...working(), '  - name: other', '    url: http://127.0.0.1:1']);
    const { code, stdout } = await runAiops(['check', '--config', config]);
    expect(stdout).toMatch(/^main .*: works\n[^]*^other .*: does not work: refused\n[^]*FAILED tcp/m);
    expect(code).toBe(1);
  });
});

describe('aiops forecast of a query', () => {
  const forecast = (...more: string[]) =>
    runAiops(['forecast', '--config', settings(working()), '--training', '6d', '--step', '15m', ...more]);
  const models = ['--models', 'seasonal-naive'];

  test('reads the source of the settings, says so, and forecasts the next day', async () => {
    const json = join(folder, 'out.json');
    const query = 'requests{service="cart"}';
    const ended = await forecast('--source', 'main', '--query', query, '--json', json, ...models);
    expect(ended.stderr).toMatch(/^understood\n {2}source +main \(prometheus\)\n {2}query +requests\{service="cart"\}/);
    expect(ended.stdout).toMatch(/time \(UTC\) +expected +lower 80%/);
    expect(ended.code).toBe(0);
    const { forecast: band } = Preview.parse(JSON.parse(readFileSync(json, 'utf8')));
    expect(band?.expected).toHaveLength(96);
    expect(Math.max(...(band?.expected.map(Number) ?? []))).toBeGreaterThan(130);
    expect(Math.min(...(band?.expected.map(Number) ?? []))).toBeLessThan(75);
  });

  test.each([
    ['requests', 2, /answers 2 series: .*cart.*checkout.*; choose one with --column/],
    ['nothing_of_that_name', 1, /answers no series/],
    ['sum(rate(', 1, /unclosed left parenthesis/],
  ])('%s is refused with the reason', async (query, expected, reason) => {
    const { code, stdout, stderr } = await forecast('--query', query);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toMatch(reason);
  });

  test('from a source that there is not is answered with those there are', async () => {
    const { code, stderr } = await forecast('--source', 'mian', '--query', 'requests');
    expect(code).toBe(2);
    expect(stderr).toMatch(/no source "mian" \(--source\); there are: main/);
  });
});

describe('aiops serve says in a sentence what is wrong and ends with exit code 1', () => {
  const serve = (...lines: string[]) =>
    runAiops(['serve', '--config', settings([...working(), 'telemetry: { logLevel: error }', ...lines])]);

  test('when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, stderr } = await serve(`server: { listen: '127.0.0.1:${port}' }`, `store: sqlite:${folder}/a.db`);
    other.close();
    expect(stderr).toMatch(new RegExp(`^aiops serve: .*${port}.*\\n$`));
    expect(code).toBe(1);
  });

  test('when it would be open to other machines without a token', async () => {
    const { code, stderr } = await serve("server: { listen: '0.0.0.0:0' }", `store: sqlite:${folder}/a.db`);
    expect(stderr).toMatch(
      /^aiops serve: \S+aiops\.yaml:5:19 .*set server\.tokenFile.*\n1 problem, nothing was started\n$/
    );
    expect(code).toBe(1);
  });

  test('when the folder of its store can not be made', async () => {
    const { code, stderr } = await serve('server: { listen: 127.0.0.1:0 }', 'store: sqlite:/proc/aiops/a.db');
    expect(stderr).toMatch(/^aiops serve: the folder of the store \/proc\/aiops\/a\.db can't be made; .*\n$/);
    expect(code).toBe(1);
  });
});
