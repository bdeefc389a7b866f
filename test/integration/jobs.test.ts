import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { JobSummary } from '../../backend/src/contract/job.ts';
import { type RealPrometheus, startRealPrometheus } from '../support/real-prometheus.ts';
import { type ServedBackend, serveBackend } from '../support/spawn-aiops.ts';

const hourMs = 3_600_000;
const hours = 15 * 24;
const endMs = Math.floor(Date.now() / hourMs) * hourMs;
const startMs = endMs - (hours - 1) * hourMs;
const trainedWithinMs = 40_000;

/** A daily wave between 40 and 60, and a little that does not repeat. */
const waveAt = (timeMs: number): number =>
  50 + 10 * Math.sin((2 * Math.PI * timeMs) / (24 * hourMs)) + 0.01 * ((timeMs / hourMs) % 7);
const wave = Float64Array.from({ length: hours }, (_, i) => waveAt(startMs + i * hourMs));
const outage = wave.map((value, i) => (i >= 200 && i < 224 ? NaN : value));
const young = wave.map((value, i) => (i < hours - 3 ? NaN : value));

const Vector = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

let folder: string;
let prometheus: RealPrometheus;
let backend: ServedBackend;

beforeAll(async () => {
  const series = Object.entries({ steady: wave, outage, young }).map(([shop, values]) => {
    return { labels: { __name__: 'orders', shop }, startMs, stepMs: hourMs, values };
  });
  prometheus = await startRealPrometheus(series, '5m');
  folder = mkdtempSync(join(tmpdir(), 'aiops-jobs-'));
  mkdirSync(join(folder, 'jobs'));
  writeFileSync(
    join(folder, 'aiops.yaml'),
    [
      'server: { listen: 127.0.0.1:0 }',
      `store: sqlite:${join(folder, 'aiops.db')}`,
      `sources: [{ name: main, url: '${prometheus.url}', delay: 0s }]`,
      'telemetry: { logLevel: error }',
    ].join('\n')
  );
  writeFileSync(
    join(folder, 'jobs', 'orders.yaml'),
    'jobs: [{ name: orders, query: "sum by (shop) (orders)", step: 1h, training: 14d, horizon: 24h }]\n'
  );
  backend = await serveBackend(join(folder, 'aiops.yaml'));
  await trained();
});
afterAll(async () => {
  await backend.stop();
  await prometheus.stop();
  rmSync(folder, { recursive: true });
});

const summary = async () => JobSummary.parse(await (await fetch(`${backend.url}/api/v1/jobs/orders`)).json());

async function trained(): Promise<void> {
  const deadlineMs = Date.now() + trainedWithinMs;
  for (let job = await summary(); job.trainedAtMs === null; job = await summary()) {
    if (Date.now() > deadlineMs) {
      throw new Error(`not trained within ${trainedWithinMs / 1_000} s: ${job.state} ${job.stateReason ?? ''}`);
    }
    await delay(25);
  }
}

/** Values by shop, as Grafana would ask for them. */
async function ask(query: string, timeMs: number): Promise<Record<string, number>> {
  const form = new URLSearchParams({ query, time: String(timeMs / 1_000) });
  const answer = await fetch(`${backend.url}/prometheus/api/v1/query?${form.toString()}`);
  const { result } = Vector.parse(await answer.json()).data;
  return Object.fromEntries(result.map(({ metric, value }) => [metric['shop'] ?? '', Number(value[1])]));
}

describe('a job over a real Prometheus, trained by the real workers', () => {
  test('has all series of its query, those that began just now too', async () => {
    expect(await summary()).toMatchObject({ state: 'fresh', seriesCount: 3, stateReason: null });
  });

  test('foretells each hour of the next day, whether there was an outage or not', async () => {
    const aheadMs = Array.from({ length: 24 }, (_, i) => endMs + (i + 1) * hourMs);
    const told = await Promise.all(aheadMs.map((timeMs) => ask('yhat{for="orders"}', timeMs)));
    const errors = (shop: string) => told.map((shops, i) => Math.abs((shops[shop] ?? NaN) - waveAt(aheadMs[i] ?? NaN)));
    expect(Math.max(...errors('steady'))).toBeLessThan(1);
    expect(Math.max(...errors('outage'))).toBeLessThan(1);
  });

  test('lends a series that began just now the shape of its siblings, in a band that is wider than theirs', async () => {
    const timeMs = endMs + 6 * hourMs;
    const [lower, middle, upper] = await Promise.all(
      ['yhat_lower', 'yhat', 'yhat_upper'].map((name) => ask(`${name}{for="orders"}`, timeMs))
    );
    const width = (shop: string) => (upper?.[shop] ?? NaN) - (lower?.[shop] ?? NaN);
    expect(Math.abs((middle?.['young'] ?? NaN) - waveAt(timeMs))).toBeLessThan(2);
    expect(width('young')).toBeGreaterThan(width('steady'));
  });

  test('lays its band around the forecast', async () => {
    const timeMs = endMs + 6 * hourMs;
    const [lower, middle, upper] = await Promise.all(
      ['yhat_lower', 'yhat', 'yhat_upper'].map((name) => ask(`${name}{for="orders"}`, timeMs))
    );
    expect(lower?.['steady']).toBeLessThanOrEqual(middle?.['steady'] ?? NaN);
    expect(upper?.['steady']).toBeGreaterThanOrEqual(middle?.['steady'] ?? NaN);
  });

  test('hands on what Prometheus observed, to the hour and to the digit, and nothing for the outage', async () => {
    const [before, during] = await Promise.all([199, 210].map((i) => ask('y{for="orders"}', startMs + i * hourMs)));
    expect(before).toEqual({ outage: wave[199], steady: wave[199] });
    expect(during).toEqual({ steady: wave[210] });
  });
});
