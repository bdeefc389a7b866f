import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { claims, readRecording, startKeyServer, type KeyServer } from './http-grafana.ts';
import { bearer, changeHeaders, startHarness, token, type Harness } from './http-harness.ts';

const paths = z.array(z.object({ backendSaw: z.string() })).parse(readRecording('paths.json'));
const traversal = z
  .array(z.object({ request: z.string(), backendSaw: z.string().optional() }))
  .parse(readRecording('path-traversal.json'));

let grafana: KeyServer;
let editor: Record<string, string>;
let api: Harness;

beforeAll(async () => {
  grafana = await startKeyServer();
  editor = changeHeaders(await grafana.sign(claims()));
});
afterAll(() => grafana.stop());
afterEach(() => api.stop());

const start = async (options = {}) => {
  api = await startHarness({ grafanaUrl: grafana.url, ...options });
  return api;
};

describe('paths', () => {
  const sendRaw = async (path: string, method = 'POST') => {
    await start();
    return api.ask(path, { method, headers: { ...bearer(), 'X-Aiops-Grant': 'insights:read' } });
  };

  test.each(traversal.flatMap(({ request, backendSaw }) => (backendSaw === undefined ? [] : [[request, backendSaw]])))(
    'what Grafana made of "%s" is refused before routing',
    async (_asked, seen) => {
      const answer = await sendRaw(seen.replace('/sink/', '/api/v1/'));
      expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_path' } });
    }
  );

  test.each(traversal.map((line) => line.request.replace('POST ', '')).filter((path) => /\.\.|%2e/i.test(path)))(
    '%s as a client sends it is refused too',
    async (path) => {
      expect((await sendRaw(`/api/v1${path}`)).json['code']).toBe('invalid_path');
    }
  );

  test.each([
    '/api/v1/../v1/jobs',
    '/api/v1/./jobs',
    '/api/v1/%2E%2E/jobs',
    '/api/v1/.%2e/jobs',
    '/api/v1//jobs',
    '//api/v1/jobs',
    '/api/v1/jobs\\..\\x',
    '/api/v1/jobs%5c..',
    '/api/v1/jobs%2fx',
    '/api/v1/jobs%2Fx/retrain',
    '/api/v1/jobs/a%00',
    '/api/v1/jobs/a%0d%0aX',
    '/api/v1/jobs/%',
    '/api/v1/jobs/%zz',
    '/prometheus/../api/v1/jobs',
    '/healthz/..',
    'http://evil.example/api/v1/jobs',
  ])('%s is refused', async (path) => {
    const answer = await sendRaw(path, 'GET');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('is refused');
  });

  test.each(paths.map((line) => line.backendSaw))('%s reaches a handler only if it hides nothing', async (seen) => {
    const hides = /\/\.{1,2}(\/|$)|\/\/|%00|%5C/i.test(seen);
    const answer = await sendRaw(seen, 'GET');
    expect(answer.status).toBe(hides ? 400 : 404);
  });

  test('dots in a query or inside a name hide nothing', async () => {
    await start();
    expect((await api.get('/api/v1/jobs?search=../..//%2f')).status).toBe(200);
    expect((await api.get('/api/v1/jobs/a..b')).status).toBe(400);
    expect((await api.get('/api/v1/jobs/a..b')).json['code']).toBe('invalid_request');
  });

  test.each(['/', '/api/v1', '/api/v1/nothing', '/API/v1/jobs', '/api/v1/jobs/', '/api/v2/jobs'])(
    '%s answers 404',
    async (path) => {
      await start();
      expect(await api.get(path)).toMatchObject({ status: 404, json: { code: 'not_found' } });
    }
  );

  test.each([
    ['PATCH', '/api/v1/jobs/a', 'GET, HEAD, PUT, DELETE'],
    ['DELETE', '/api/v1/jobs', 'GET, HEAD, POST'],
    ['POST', '/api/v1/status', 'GET, HEAD'],
    ['GET', '/api/v1/forecasts/preview', 'POST'],
  ])('%s %s answers 405 with what is possible', async (method, path, allow) => {
    await start();
    const answer = await api.ask(path, { method, headers: bearer() });
    expect(answer).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } });
    expect(answer.headers.allow).toBe(allow);
  });

  test('HEAD answers as GET without a body, OPTIONS with what is possible', async () => {
    await start();
    expect(await api.ask('/api/v1/jobs', { method: 'HEAD', headers: bearer() })).toMatchObject({
      status: 200,
      text: '',
    });
    const options = await api.ask('/api/v1/jobs', { method: 'OPTIONS', headers: bearer() });
    expect(options.status).toBe(204);
    expect(options.headers.allow).toBe('GET, HEAD, POST');
  });
});

describe('rate limits', () => {
  const rateLimits = { readsPerMinute: 2, changesPerMinute: 1 };

  test('a caller beyond the limit gets 429 with the time to wait', async () => {
    await start({ rateLimits });
    await api.get('/api/v1/jobs');
    await api.get('/api/v1/jobs');
    const answer = await api.get('/api/v1/jobs');
    expect(answer).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('users behind one Grafana are counted apart, changes apart from reads', async () => {
    await start({ rateLimits });
    const asUser = async (sub: string) => ({ ...editor, 'X-Grafana-Id': await grafana.sign(claims({ sub })) });
    const remove = async (sub: string) =>
      (await api.ask('/api/v1/jobs/a', { method: 'DELETE', headers: await asUser(sub) })).status;
    expect(await remove('user:1')).toBe(404);
    expect(await remove('user:1')).toBe(429);
    expect(await remove('user:2')).toBe(404);
    expect((await api.get('/api/v1/jobs')).status).toBe(200);
  });

  test('who has no token cannot pretend to be many', async () => {
    await start({ rateLimits });
    const guess = async (sub: string) =>
      (await api.ask('/api/v1/jobs', { headers: { 'X-Grafana-Id': grafana.unsigned(claims({ sub })) } })).status;
    expect([await guess('user:1'), await guess('user:2'), await guess('user:3')]).toEqual([401, 401, 429]);
  });

  test.each([
    ['believed from a trusted proxy', ['127.0.0.0/8'], 401],
    ['ignored from anybody else', [], 429],
  ])('X-Forwarded-For is %s', async (_name, trustedProxies, third) => {
    await start({ rateLimits, trustedProxies });
    const from = async (address: string) =>
      (await api.ask('/api/v1/jobs', { headers: { 'X-Forwarded-For': address } })).status;
    await from('192.0.2.1');
    await from('192.0.2.1');
    expect(await from('192.0.2.2')).toBe(third);
  });

  test('health is never limited', async () => {
    await start({ rateLimits });
    const statuses = [];
    for (let i = 0; i < 4; i += 1) {
      statuses.push((await api.ask('/healthz')).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200]);
  });
});

describe('what others see', () => {
  test('no secret of a request gets into the log, not even in what fails', async () => {
    await start();
    const idToken = editor['X-Grafana-Id'] ?? '';
    const headers = { ...editor, Cookie: 'grafana_session=canary-cookie', 'X-DS-Authorization': 'Bearer canary-ds' };
    await api.ask('/api/v1/jobs?apikey=canary-query', { method: 'POST', headers, body: { name: 'canary-body' } });
    await api.ask('/api/v1/jobs', { headers: { ...headers, Authorization: 'Bearer canary-wrong' } });
    api.jobs.failWith(new Error('broken'));
    await api.ask('/api/v1/jobs', { headers: { ...bearer(), Cookie: 'canary-cookie' } });
    const log = api.logText();
    expect(log.split('\n').length).toBeGreaterThan(3);
    for (const secret of [token, idToken, idToken.split('.')[1] ?? '', 'canary']) {
      expect(log).not.toContain(secret);
    }
  });

  test('metrics count requests by route pattern, never by path', async () => {
    await start();
    await api.get('/api/v1/jobs/some-name');
    await api.get('/api/v1/unknown-path');
    const text = (await api.get('/metrics')).text;
    expect(text).toContain('route="/api/v1/jobs/:name",status="404"');
    expect(text).toContain('aiops_nodejs_eventloop_lag_seconds');
    expect(text).not.toMatch(/some-name|unknown-path/);
  });

  test('answers tell browsers to run nothing and keep nothing', async () => {
    await start();
    const { headers } = await api.get('/api/v1/status');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-powered-by']).toBeUndefined();
  });

  test("a caller's request id is kept when it looks like one", async () => {
    await start();
    const ask = async (id: string) =>
      (await api.ask('/healthz', { headers: { 'X-Request-Id': id } })).headers['x-request-id'];
    expect(await ask('0af7651916cd43dd')).toBe('0af7651916cd43dd');
    expect(await ask('<script>')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
