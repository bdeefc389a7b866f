import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startKeyServer, type KeyServer } from './http-grafana.ts';
import { bearer, openStream, startHarness, until, type Ask, type Harness } from './http-harness.ts';

let grafana: KeyServer;
let api: Harness;

beforeAll(async () => {
  grafana = await startKeyServer();
});
afterAll(() => grafana.stop());
afterEach(() => api.stop());

const start = async (options = {}) => {
  api = await startHarness({ grafanaUrl: grafana.url, ...options });
  return api;
};
const post = (path: string, ask: Ask) =>
  api.ask(path, { method: 'POST', ...ask, headers: { ...bearer(), ...ask.headers } });
const previewBody = { series: { timestampsMs: [1_000, 2_000], values: [1, null] } };

describe('events', () => {
  const training = { kind: 'training', job: 'a', fitId: 'f', done: 1, total: 2, failed: 0, ended: false } as const;

  test('arrive in order, named and numbered, with heartbeats between, through no buffer', async () => {
    await start({ heartbeatMs: 20 });
    const stream = await openStream(api.url, { 'Last-Event-ID': '41' });
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.headers.get('x-accel-buffering')).toBe('no');
    expect(stream.headers.get('cache-control')).toBe('no-store');
    await until(() => api.events.clientCount === 1);
    api.jobs.emit(training);
    api.jobs.emit({ kind: 'job', job: 'a', change: 'state' });
    await stream.until(': heartbeat');
    const text = await stream.until('"change":"state"');
    expect(text).toContain(`id: 1\nevent: training\ndata: ${JSON.stringify(training)}\n\nid: 2\nevent: job\n`);
    stream.close();
    await until(() => api.events.clientCount === 0);
  });

  test('more listeners than allowed get 503', async () => {
    await start({ maxEventClients: 1 });
    const first = await openStream(api.url);
    await until(() => api.events.clientCount === 1);
    expect(await api.get('/api/v1/events')).toMatchObject({ status: 503, json: { code: 'busy' } });
    first.close();
  });

  test('end when the backend stops', async () => {
    await start();
    const stream = await openStream(api.url);
    await until(() => api.events.clientCount === 1);
    api.events.stop();
    await stream.ended();
    expect(api.events.clientCount).toBe(0);
  });

  test('HEAD does not stay open', async () => {
    await start();
    expect((await api.ask('/api/v1/events', { method: 'HEAD', headers: bearer() })).status).toBe(200);
    expect(api.events.clientCount).toBe(0);
  });
});

describe('stopping', () => {
  test('waits for what runs up to its deadline, then cuts it; twice is as once', async () => {
    await start();
    const signals = api.jobs.hang();
    const pending = post('/api/v1/forecasts/preview', { body: previewBody }).then(
      (answer) => answer.status,
      () => 'cut'
    );
    await until(() => signals.length === 1);
    const closed = api.listener.close(60_000);
    api.stopping.abort();
    expect(await pending).toBe(503);
    await Promise.all([closed, api.listener.close(0)]);
    await expect(api.get('/healthz')).rejects.toThrow();
  });
});
