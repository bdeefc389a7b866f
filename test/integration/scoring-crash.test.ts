import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '../../backend/src/store/database.ts';
import { type ServedBackend, serveBackend } from '../support/spawn-aiops.ts';

const withinMs = 40_000;
const nowSeconds = () => Math.floor(Date.now() / 1_000);

let folder: string;
let source: Server;
let running: ServedBackend[];
/** What the source was asked to score: ranges of a few steps; trainings ask for far more. */
let asked: Array<{ readonly from: number; readonly to: number }>;
/** From this second on the value is far out. */
let oddFrom: number;
/** Holds every answer back while it is set. */
let held: Promise<void> | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-scoring-crash-'));
  [running, asked, oddFrom, held] = [[], [], Infinity, undefined];
  source = createServer((request, response) => {
    void text(request).then(async (body) => {
      const form = new URLSearchParams(body);
      const [from, to] = [Number(form.get('start')), Number(form.get('end'))];
      if (request.url?.endsWith('/query_range') === true && to - from < 100) {
        asked.push({ from, to });
        await held;
      }
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(request.url ?? '', from, to)));
    });
  });
  source.listen(0, '127.0.0.1');
  await once(source, 'listening');
});
afterEach(async () => {
  await Promise.all(running.map((backend) => backend.crash()));
  source.closeAllConnections();
  source.close();
  rmSync(folder, { recursive: true, force: true });
});

function answer(url: string, from: number, to: number) {
  const valueAt = (second: number) => String(second >= oddFrom ? 500 : 50 + (second % 7));
  const metric = { __name__: 'load', host: 'h0' };
  if (!url.endsWith('/query_range')) {
    return { status: 'success', data: { resultType: 'vector', result: [{ metric, value: [nowSeconds(), '50'] }] } };
  }
  const values = Array.from({ length: to - from + 1 }, (_, i) => [from + i, valueAt(from + i)]);
  return { status: 'success', data: { resultType: 'matrix', result: [{ metric, values }] } };
}

function writeSettings(): string {
  const address = source.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  mkdirSync(join(folder, 'jobs'));
  writeFileSync(
    join(folder, 'aiops.yaml'),
    [
      'server: { listen: 127.0.0.1:0 }',
      `store: sqlite:${join(folder, 'aiops.db')}`,
      `sources: [{ name: main, url: 'http://127.0.0.1:${port}', delay: 0s }]`,
      'limits: { workers: 1 }',
      'telemetry: { logLevel: error }',
    ].join('\n')
  );
  writeFileSync(
    join(folder, 'jobs', 'load.yaml'),
    'jobs: [{ name: load, query: load, step: 1s, training: 10m, retrain: 1h, horizon: 30m, models: [naive] }]\n'
  );
  return join(folder, 'aiops.yaml');
}

async function start(config: string): Promise<ServedBackend> {
  const backend = await serveBackend(config);
  running.push(backend);
  return backend;
}

async function until(done: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  while (!done()) {
    if (Date.now() > deadlineMs) {
      throw new Error(`not within ${withinMs / 1_000} s; the source was asked ${JSON.stringify(asked.slice(-5))}`);
    }
    await delay(10);
  }
}

/** The store after the program is gone. */
async function stored() {
  const database = await openDatabase({ file: join(folder, 'aiops.db') });
  try {
    const [cursor] = await database.selectFrom('scoring').select(['scored_to_ms']).execute();
    const anomalies = await database.selectFrom('anomalies').select(['id', 'started_at_ms', 'ended_at_ms']).execute();
    return { scoredTo: (cursor?.scored_to_ms ?? 0) / 1_000, anomalies };
  } finally {
    await database.destroy();
  }
}

test('killed in the middle of a tick it scores on from the step after the last one that was written, and keeps its anomaly', async () => {
  const config = writeSettings();
  const first = await start(config);
  await until(() => asked.length >= 2);
  oddFrom = nowSeconds() + 2;
  await until(() => (asked.at(-1)?.to ?? 0) >= oddFrom + 4);
  const gate = Promise.withResolvers<undefined>();
  held = gate.promise;
  const before = asked.length;
  await until(() => asked.length > before);
  await first.crash();
  gate.resolve(undefined);
  held = undefined;

  const left = await stored();
  expect(left.anomalies).toHaveLength(1);
  const cut = asked.length;
  const second = await start(config);
  await until(() => asked.length >= cut + 3);
  expect(asked[cut]?.from).toBe(left.scoredTo + 1);
  await second.crash();
  const after = await stored();
  expect(after.anomalies).toEqual(left.anomalies);
  expect(after.scoredTo).toBeGreaterThan(left.scoredTo);
  // no step is left out and none that was written is asked again; one that failed is
  const next = asked.slice(cut + 1);
  const begins = asked.slice(cut, -1).map(({ from, to }) => [from, to + 1]);
  expect(next.every(({ from }, i) => begins[i]?.includes(from))).toBe(true);
});
