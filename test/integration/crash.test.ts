import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { Fit, JobSummary } from '../../backend/src/contract/job.ts';
import { decodeBand } from '../../backend/src/jobs/bands/band-codec.ts';
import { openDatabase } from '../../backend/src/store/database.ts';
import { runAiops, type ServedBackend, serveBackend } from '../support/spawn-aiops.ts';
import { claims, type KeyServer, publicUrl, startKeyServer } from './http-grafana.ts';
import { bearer, changeHeaders, send, token } from './http-harness.ts';

const seriesCount = 150;
const withinMs = 40_000;
const Fits = z.object({ items: z.array(Fit) });

let folder: string;
let source: Server;
let grafana: KeyServer;
let running: ServedBackend[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-crash-'));
  running = [];
  [source, grafana] = await Promise.all([startSource(), startKeyServer()]);
});
afterEach(async () => {
  await Promise.all(running.map((backend) => backend.crash()));
  source.closeAllConnections();
  source.close();
  await grafana.stop();
  rmSync(folder, { recursive: true });
});

function wave(timeSeconds: number, k: number): [number, string] {
  return [timeSeconds, String(50 + 9 * Math.sin((timeSeconds * Math.PI) / 43_200 + k) + (timeSeconds % 7))];
}

/** A Prometheus API that answers `seriesCount` daily waves for any query. */
async function startSource(): Promise<Server> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const isRange = request.url?.endsWith('/query_range') === true;
      const form = new URLSearchParams(body);
      const seconds = (name: string) => Number(form.get(name));
      const length = isRange ? Math.floor((seconds('end') - seconds('start')) / seconds('step')) + 1 : 0;
      const times = Array.from({ length }, (_, i) => seconds('start') + i * seconds('step'));
      const result = Array.from({ length: seriesCount }, (_, k) => ({
        metric: { __name__: 'wave', shop: String(k) },
        ...(isRange ? { values: times.map((time) => wave(time, k)) } : { value: wave(seconds('time'), k) }),
      }));
      const resultType = isRange ? 'matrix' : 'vector';
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ status: 'success', data: { resultType, result } }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Settings with one provisioned job over the source. @returns the path of aiops.yaml */
function writeSettings(): string {
  const address = source.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const config = join(folder, 'aiops.yaml');
  mkdirSync(join(folder, 'jobs'), { recursive: true });
  writeFileSync(join(folder, 'token'), token);
  writeFileSync(
    config,
    [
      'server:',
      '  listen: 127.0.0.1:0',
      `  tokenFile: ${join(folder, 'token')}`,
      `grafana: { url: '${grafana.url}', publicUrl: '${publicUrl}' }`,
      `store: sqlite:${join(folder, 'aiops.db')}`,
      `sources: [{ name: main, url: 'http://127.0.0.1:${port}', delay: 0s }]`,
      'limits: { workers: 1 }',
      'telemetry: { logLevel: error }',
    ].join('\n')
  );
  writeFileSync(
    join(folder, 'jobs', 'waves.yaml'),
    'jobs: [{ name: waves, query: wave, step: 1h, training: 10d, models: [seasonal-naive, theta] }]\n'
  );
  return config;
}

async function start(config: string): Promise<ServedBackend> {
  const backend = await serveBackend(config);
  running.push(backend);
  return backend;
}

const get = async (backend: ServedBackend, path: string) => (await send(backend.url, path, { headers: bearer() })).json;
const fits = async (backend: ServedBackend, job: string) =>
  Fits.parse(await get(backend, `/api/v1/jobs/${job}/fits`)).items;

/** Asks until the answer is as wanted. */
async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) {
      return answer;
    }
    if (Date.now() > deadlineMs) {
      throw new Error(`not within ${withinMs / 1_000} s; the last answer was ${JSON.stringify(answer)}`);
    }
    await delay(15);
  }
}

const untilTrained = (backend: ServedBackend, least: number) =>
  eventually(
    () => fits(backend, 'waves'),
    ([newest]) => (newest?.state === 'running' ? newest.seriesDone : 0) >= least
  );

/** What a crash left, read from a copy: opening the store itself would repair it before the backend sees it. */
function inspectStore() {
  const copy = mkdtempSync(join(folder, 'copy-'));
  for (const name of ['aiops.db', 'aiops.db-wal']) {
    if (existsSync(join(folder, name))) {
      copyFileSync(join(folder, name), join(copy, name));
    }
  }
  const database = new DatabaseSync(join(copy, 'aiops.db'));
  try {
    const all = (sql: string) => database.prepare(sql).all();
    return {
      check: all('PRAGMA integrity_check'),
      bands: all('SELECT band FROM bands').map(({ band }) => decodeBand(z.instanceof(Uint8Array).parse(band))),
      // a series and its forecast are written together or not at all
      bare: all(`SELECT id FROM series WHERE state <> 'warming-up'
        AND NOT EXISTS (SELECT 1 FROM bands WHERE series_id = series.id AND kind = 'forecast')`),
      series: all("SELECT id FROM series WHERE job = 'waves'").length,
      running: all("SELECT series_done FROM fits WHERE state = 'running' AND job = 'waves'").map((row) =>
        Number(row['series_done'])
      ),
    };
  } finally {
    database.close();
  }
}

async function createJob(backend: ServedBackend, name: string): Promise<number> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const headers = changeHeaders(await grafana.sign(claims({ iat: nowSeconds - 10, exp: nowSeconds + 590 })));
  const body = { name, query: 'wave', step: '1h', training: '10d', models: ['naive'] };
  return (await send(backend.url, '/api/v1/jobs', { method: 'POST', headers, body })).status;
}

describe('a backend that is killed', () => {
  test('in the middle of a training loses no job, leaves no half band, and trains to the end when it starts again', async () => {
    const config = writeSettings();
    const first = await start(config);
    await untilTrained(first, 5);
    expect(await createJob(first, 'made-just-before')).toBe(201);
    await first.crash();

    const left = inspectStore();
    expect(left.check).toEqual([{ integrity_check: 'ok' }]);
    expect(left.bare).toEqual([]);
    expect(left.bands.length).toBeGreaterThanOrEqual(5);
    expect(left.bands.every(({ expected }) => expected.length > 0 && expected.every(Number.isFinite))).toBe(true);
    expect(left.running).toEqual([left.series]);
    expect(left.series).toBeLessThan(seriesCount);

    const second = await start(config);
    const trained = await eventually(
      () => fits(second, 'waves'),
      ([newest]) => newest?.state === 'done'
    );
    expect(trained.map(({ state }) => state)).toEqual(['done', 'interrupted']);
    expect(trained[1]).toMatchObject({ seriesDone: left.series, seriesTotal: seriesCount });
    expect(trained[1]?.endedAtMs).not.toBeNull();
    expect(JobSummary.parse(await get(second, '/api/v1/jobs/waves'))).toMatchObject({ state: 'fresh', seriesCount });
    const made = await eventually(
      async () => JobSummary.parse(await get(second, '/api/v1/jobs/made-just-before')),
      ({ state }) => state === 'fresh'
    );
    expect(made).toMatchObject({ origin: { kind: 'api' }, seriesCount });

    const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
    const query = encodeURIComponent('count by (for) (yhat)');
    expect(await get(second, `/prometheus/api/v1/query?query=${query}&time=${inAnHour}`)).toMatchObject({
      data: {
        result: [
          { metric: { for: 'made-just-before' }, value: [inAnHour, String(seriesCount)] },
          { metric: { for: 'waves' }, value: [inAnHour, String(seriesCount)] },
        ],
      },
    });
    expect(await second.stop()).toBe(0);
  });

  test('again and again, wherever it stood, comes back with all that was finished before', async () => {
    const config = writeSettings();
    let finished = 0;
    for (const least of [0, 9]) {
      const backend = await start(config);
      await untilTrained(backend, least);
      await backend.crash();
      const left = inspectStore();
      expect(left.check).toEqual([{ integrity_check: 'ok' }]);
      expect(left.bare).toEqual([]);
      expect(left.bands.every(({ expected }) => expected.length > 0)).toBe(true);
      expect(left.running).toHaveLength(1);
      expect(left.series).toBeGreaterThanOrEqual(finished);
      finished = left.series;
    }
    expect(finished).toBeGreaterThanOrEqual(9);
    const last = await start(config);
    const states = (await fits(last, 'waves')).map(({ state }) => state);
    expect(states.filter((state) => state === 'interrupted')).toHaveLength(2);
  });
});

describe('a store that can not be used is one sentence, an exit code, and is left as it is', () => {
  const file = () => join(folder, 'aiops.db');

  test.each([
    ['is another kind of file', () => Buffer.from('this is a letter to my aunt '.repeat(400))],
    ['is a database with overwritten pages', (good: Buffer) => Buffer.from(good).fill(0xff, 2 * 4_096, 6 * 4_096)],
    ['was cut off in the middle', (good: Buffer) => good.subarray(0, Math.floor(good.length / 2) - 100)],
  ])('one that %s', async (_what, damage) => {
    await (await openDatabase({ file: file() })).destroy();
    const bytes = damage(readFileSync(file()));
    writeFileSync(file(), bytes);
    const { code, stderr } = await runAiops(['serve', '--config', writeSettings()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^aiops serve: the store \S+aiops\.db is no SQLite database or is damaged .*\n$/);
    expect(readFileSync(file()).equals(bytes)).toBe(true);
  });

  test('one of a newer version', async () => {
    await (await openDatabase({ file: file() })).destroy();
    const newer = new DatabaseSync(file());
    newer.exec("INSERT INTO kysely_migration (name, timestamp) VALUES ('0099-future', '2031')");
    newer.close();
    const bytes = readFileSync(file());
    const { code, stderr } = await runAiops(['serve', '--config', writeSettings()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^aiops serve: the store \S+ was written by a newer version \(it has 0099-future\); .*\n$/);
    expect(readFileSync(file()).equals(bytes)).toBe(true);
  });

  test('one that another backend has open', async () => {
    const config = writeSettings();
    await start(config);
    const { code, stderr } = await runAiops(['serve', '--config', config]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^aiops serve: the store \S+ is in use by another process; .*\n$/);
  });
});
