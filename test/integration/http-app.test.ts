import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../backend/src/app.ts';
import type { Config } from '../../backend/src/config.ts';
import type { MetricStore, RangeQuery } from '../../backend/src/datasources/metrics/metric-store.ts';
import { createLogger } from '../../backend/src/observability/logger.ts';
import { claims, publicUrl, startKeyServer, type KeyServer } from './http-grafana.ts';
import { bearer, changeHeaders, openStream, send, token, type Ask } from './http-harness.ts';

const quiet = createLogger({ level: 'silent' });
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const job = {
  name: 'daily-wave',
  query: 'wave',
  step: '1h',
  training: '14d',
  horizon: '24h',
  models: ['seasonal-naive'],
};

let folder: string;
let grafana: KeyServer;
let running: App[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-app-'));
  grafana = await startKeyServer();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((app) => app.stop()));
  await grafana.stop();
  await rm(folder, { recursive: true });
});

/** A wave of one day for any query: what Prometheus would answer, without its clock. */
function waveStore(): MetricStore {
  return {
    name: 'main',
    kind: 'prometheus',
    async queryRange({ startMs, endMs, stepMs }: RangeQuery) {
      const count = Math.floor((endMs - startMs) / stepMs) + 1;
      const values = Float64Array.from({ length: count }, (_, i) => {
        const atMs = startMs + i * stepMs;
        return 10 + 5 * Math.sin((2 * Math.PI * atMs) / dayMs) + ((atMs / hourMs) % 7) / 100;
      });
      return { series: [{ labels: { __name__: 'wave', service: 'shop' }, startMs, stepMs, values }], warnings: [] };
    },
    queryInstant: async (_promql, atMs) => ({
      samples: [{ labels: { __name__: 'wave', service: 'shop' }, timestampMs: atMs, value: 10 }],
      warnings: [],
    }),
    checkConnection: async () => ({ ok: true, steps: [], message: 'reachable' }),
    stop: async () => {},
  };
}

function config(changes: Partial<Config['server']> = {}): Config {
  return {
    file: join(folder, 'aiops.yaml'),
    server: { host: '127.0.0.1', port: 0, token, trustedProxies: [], ...changes },
    grafana: { url: grafana.url, publicUrl, orgs: [1], tokenFile: undefined, changeTags: [] },
    store: { kind: 'sqlite', file: join(folder, 'aiops.db') },
    writers: [],
    alertmanagers: [],
    webhooks: [],
    engines: [],
    contacts: [],
    calendars: [],
    sources: [
      {
        name: 'main',
        kind: 'prometheus',
        url: 'http://unused.example',
        timeoutMs: 5_000,
        delayMs: 0,
        maxBytes: 1_000_000,
      },
    ],
    limits: { seriesPerJob: 10, workerMemoryBytes: 512_000_000, workers: 1, fitTimeoutMs: 30_000 },
    telemetry: { otlpEndpoint: undefined, logLevel: 'error' },
    remediation: { killRunning: false, limits: { targetsPerHour: 10, atOnce: 5 } },
    policies: [],
    jobs: [],
  };
}

async function start(changes: Partial<Config['server']> = {}) {
  const app = await createApp(config(changes), {
    logger: quiet,
    createMetricStore: waveStore,
    drainMs: 2_000,
  });
  running.push(app);
  const { url } = await app.start();
  return {
    app,
    url,
    ask: (path: string, ask: Ask = {}) => send(url, path, { ...ask, headers: { ...bearer(), ...ask.headers } }),
  };
}

/** Acts, and waits for the event that the training is over. */
async function trained(url: string, act: () => Promise<unknown>): Promise<void> {
  const stream = await openStream(url);
  await act();
  await stream.until('"ended":true');
  stream.close();
}

const realNow = () => {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  return { iat: nowSeconds - 10, exp: nowSeconds + 590 };
};

describe('the whole backend', () => {
  test('trains a job that a user creates and serves its forecast into the future, also after a restart', async () => {
    const first = await start();
    const headers = changeHeaders(await grafana.sign(claims(realNow())));
    await trained(first.url, () => first.ask('/api/v1/jobs', { method: 'POST', headers, body: job }));
    const summary = await first.ask(`/api/v1/jobs/${job.name}`);
    expect(summary.json).toMatchObject({ state: 'fresh', seriesCount: 1, origin: { kind: 'api' } });
    expect((await first.ask('/readyz')).status).toBe(200);
    expect((await first.ask('/metrics')).text).toMatch(/aiops_fits_total\{state="done"\} 1/);
    await first.app.stop();

    const second = await start();
    expect((await second.ask(`/api/v1/jobs/${job.name}`)).json).toMatchObject({ state: 'fresh', seriesCount: 1 });
    const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
    const answer = await second.ask(`/prometheus/api/v1/query?query=yhat_upper&time=${inAnHour}`);
    expect(answer.json).toMatchObject({ status: 'success', data: { result: [{ metric: { service: 'shop' } }] } });
  });

  test('starting and stopping twice is as once, and stopping before starting closes the store', async () => {
    const { app, url } = await start();
    expect((await app.start()).url).toBe(url);
    await Promise.all([app.stop(), app.stop()]);
    await expect(send(url, '/healthz', {})).rejects.toThrow();
    const never = await createApp(config(), { logger: quiet, createMetricStore: waveStore });
    await never.stop();
    await expect(start()).resolves.toMatchObject({ url: expect.stringContaining('http://127.0.0.1:') });
  });

  test('a taken port is one clear error, and the store is free again', async () => {
    const first = await start();
    await first.app.stop();
    const { createServer } = await import('node:http');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(start({ port })).rejects.toMatchObject({ code: 'port_in_use' });
    await Promise.all(running.map((app) => app.stop()));
    await new Promise((resolve) => other.close(resolve));
    await expect(start({ port })).resolves.toMatchObject({ url: `http://127.0.0.1:${port}` });
  });

  test('listening beyond this machine without a token is refused', async () => {
    await expect(createApp(config({ host: '0.0.0.0', token: undefined }))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('server.tokenFile'),
    });
  });
});
