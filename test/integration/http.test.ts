import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { Problem, Status } from '../../backend/src/contract/index.ts';
import { AppError } from '../../backend/src/errors.ts';
import { claims, startKeyServer, type KeyServer } from './http-grafana.ts';
import { bearer, changeHeaders, jobBody, startHarness, until, type Ask, type Harness } from './http-harness.ts';

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
const change = (method: string, path: string, body?: unknown) => api.ask(path, { method, headers: editor, body });
const post = (path: string, ask: Ask) =>
  api.ask(path, { method: 'POST', ...ask, headers: { ...bearer(), ...ask.headers } });
const previewBody = { series: { timestampsMs: [1_000, 2_000], values: [1, null] } };

describe('jobs over the API', () => {
  test('are created with 201 and an address, read with 200, changed with 200 and deleted with 204', async () => {
    await start();
    const created = await change('POST', '/api/v1/jobs', jobBody);
    expect(created.status).toBe(201);
    expect(created.headers.location).toBe('/api/v1/jobs/checkout-latency');
    expect(created.json).toMatchObject({ spec: { name: 'checkout-latency', step: '1m', levels: [80, 95] } });
    expect((await api.get('/api/v1/jobs/checkout-latency')).status).toBe(200);
    const updated = await change('PUT', '/api/v1/jobs/checkout-latency', { ...jobBody, step: '5m' });
    expect(updated.json).toMatchObject({ spec: { step: '5m' } });
    expect((await change('POST', '/api/v1/jobs/checkout-latency/retrain')).status).toBe(202);
    expect((await api.get('/api/v1/jobs/checkout-latency/series')).json).toEqual({
      items: [],
      nextCursor: null,
      total: 0,
    });
    expect((await api.get('/api/v1/jobs/checkout-latency/fits')).status).toBe(200);
    const deleted = await change('DELETE', '/api/v1/jobs/checkout-latency');
    expect(deleted).toMatchObject({ status: 204, text: '' });
    expect((await api.get('/api/v1/jobs/checkout-latency')).json['code']).toBe('not_found');
  });

  test('a name that is taken answers 409 conflict, a job of a file 409 read_only', async () => {
    await start();
    await change('POST', '/api/v1/jobs', jobBody);
    expect(await change('POST', '/api/v1/jobs', jobBody)).toMatchObject({ status: 409, json: { code: 'conflict' } });
    const { spec } = await api.jobs.get('checkout-latency');
    api.jobs.addProvisioned({ ...spec, name: 'from-file' });
    for (const answer of [
      await change('PUT', '/api/v1/jobs/from-file', { ...jobBody, name: 'from-file' }),
      await change('DELETE', '/api/v1/jobs/from-file'),
    ]) {
      expect(answer).toMatchObject({ status: 409, json: { code: 'read_only' } });
    }
  });

  test('a page hands out a cursor that leads on to the next one', async () => {
    await start();
    for (const name of ['a', 'b', 'c']) {
      await change('POST', '/api/v1/jobs', { ...jobBody, name });
    }
    const first = await api.get('/api/v1/jobs?limit=2');
    expect(first.json).toMatchObject({ total: 3, items: [{ spec: { name: 'a' } }, { spec: { name: 'b' } }] });
    const second = await api.get(`/api/v1/jobs?limit=2&cursor=${String(first.json['nextCursor'])}`);
    expect(second.json).toMatchObject({ items: [{ spec: { name: 'c' } }], nextCursor: null });
  });

  test('all faults of a body come back at once, each with its place', async () => {
    await start();
    const answer = await change('POST', '/api/v1/jobs', { name: 'Bad Name', step: 'soon', sensitvity: 1 });
    expect(answer.status).toBe(400);
    const problem = Problem.parse(answer.json);
    expect(problem.issues?.map((issue) => issue.path)).toEqual(
      expect.arrayContaining(['body.name', 'body.query', 'body.step', 'body'])
    );
    expect(problem.detail).toContain('sensitvity');
  });

  test.each([
    ['PUT', '/api/v1/jobs/another', 'body.name'],
    ['PUT', '/api/v1/jobs/UPPER', 'path.name'],
  ])('%s %s with a job of another name answers 400', async (method, path, place) => {
    await start();
    const answer = await change(method, path, jobBody);
    expect(answer.status).toBe(400);
    expect(Problem.parse(answer.json).issues?.map((issue) => issue.path)).toContain(place);
  });

  test.each([
    ['?limit=0', 'query.limit'],
    ['?limit=501', 'query.limit'],
    ['?limit=1&limit=2', 'query.limit'],
    ['?state=sleepy', 'query.state'],
  ])('a list with %s answers 400', async (query, place) => {
    await start();
    const answer = await api.get(`/api/v1/jobs${query}`);
    expect(answer.status).toBe(400);
    expect(Problem.parse(answer.json).issues?.[0]?.path).toBe(place);
  });

  test.each([
    ['without a range', ''],
    ['with from after to', '?from=2&to=1'],
    ['with texts', '?from=now&to=later'],
    ['over two years', '?from=0&to=63072000000'],
  ])('a forecast %s answers 400', async (_name, query) => {
    await start();
    expect((await api.get(`/api/v1/jobs/a/series/s1/forecast${query}`)).status).toBe(400);
  });

  test('a forecast of an unknown job answers 404', async () => {
    await start();
    expect((await api.get('/api/v1/jobs/a/series/s1/forecast?from=1&to=2')).status).toBe(404);
  });
});

describe('previews and sources', () => {
  test('a preview answers 200 to a reader without an identity', async () => {
    await start();
    const answer = await post('/api/v1/forecasts/preview', { body: previewBody });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ history: { values: [1, null] }, state: 'warming-up' });
  });

  test('a preview of a job without series answers 422', async () => {
    await start();
    const answer = await post('/api/v1/jobs/preview', { body: { job: jobBody } });
    expect(answer).toMatchObject({ status: 422, json: { code: 'no_series' } });
  });

  test('sources are listed with the number of their jobs and tested by name', async () => {
    await start();
    await change('POST', '/api/v1/jobs', jobBody);
    expect((await api.get('/api/v1/sources')).json).toMatchObject({ items: [{ name: 'main', jobs: 1 }], total: 1 });
    expect((await post('/api/v1/sources/main/check', {})).json).toMatchObject({ ok: true });
    const unknown = await post('/api/v1/sources/other/check', {});
    expect(unknown).toMatchObject({ status: 404, json: { detail: expect.stringContaining('There are: main.') } });
  });

  test('status adds up jobs, series and coverage', async () => {
    await start();
    await change('POST', '/api/v1/jobs', jobBody);
    const status = Status.parse((await api.get('/api/v1/status')).json);
    expect(status.jobs).toMatchObject({ total: 1, series: 2, byState: { fresh: 1, failing: 0 } });
    expect(status.coverage).toEqual([{ levelPercent: 95, measuredRatio: 0.94 }]);
  });

  test('the description of the API is served', async () => {
    await start();
    expect((await api.get('/api/v1/openapi.json')).json).toMatchObject({ openapi: '3.1.0' });
  });
});

describe('bodies', () => {
  const preview = '/api/v1/forecasts/preview';

  test.each([
    ['text/plain', '{}'],
    ['application/x-www-form-urlencoded', 'a=1'],
    ['application/jsonx', '{}'],
    ['application/json; charset=latin1', '{}'],
  ])('of type %s answer 415', async (type, rawBody) => {
    await start();
    const answer = await post(preview, { rawBody, headers: { 'Content-Type': type } });
    expect(answer).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } });
  });

  test('that are missing answer 415', async () => {
    await start();
    expect((await post(preview, {})).status).toBe(415);
  });

  test.each(['{', 'nothing', '{"series":'])('that are not JSON (%s) answer 400', async (rawBody) => {
    await start();
    const answer = await post(preview, { rawBody });
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
  });

  test('over 1 MB of a job answer 413, and 2 MB of a preview do not', async () => {
    await start();
    const megabytes = (count: number) => ' '.repeat(count * 1_048_576);
    const large = await api.ask('/api/v1/jobs', { method: 'POST', headers: editor, rawBody: `${megabytes(1)}{}` });
    expect(large).toMatchObject({ status: 413, json: { code: 'body_too_large' } });
    expect((await post(preview, { rawBody: megabytes(2) + JSON.stringify(previewBody) })).status).toBe(200);
    expect((await post(preview, { rawBody: `${megabytes(20)}{}` })).status).toBe(413);
  });

  test('of a caller without the token are not even read', async () => {
    await start();
    const answer = await api.ask(preview, { method: 'POST', rawBody: 'nonsense' });
    expect(answer.status).toBe(401);
  });
});

describe('failures behind the API', () => {
  test.each([
    ['source_unavailable', 502],
    ['source_timeout', 504],
    ['busy', 503],
    ['too_many_series', 422],
    ['source_query_rejected', 422],
  ] as const)('%s answers %i with its code and sentence', async (code, status) => {
    await start();
    api.jobs.failWith(new AppError(code, 'What happened and what to do.'));
    const answer = await change('POST', '/api/v1/jobs', jobBody);
    expect(answer).toMatchObject({ status, json: { code, detail: 'What happened and what to do.' } });
    expect(answer.json['requestId']).toBe(answer.headers['x-request-id']);
  });

  test('busy says when to come back', async () => {
    await start();
    api.jobs.failWith(new AppError('busy', 'The queue is full.'));
    expect((await api.get('/api/v1/jobs')).headers['retry-after']).toBe('5');
  });

  test('what nobody foresaw answers 500 without its text, which the log has under the id', async () => {
    await start();
    api.jobs.failWith(new TypeError('secret internals at /etc/thing'));
    const answer = await api.get('/api/v1/jobs');
    expect(answer).toMatchObject({ status: 500, json: { code: 'internal' } });
    expect(answer.text).not.toContain('internals');
    expect(api.logText()).toContain('secret internals at /etc/thing');
    expect(api.logText()).toContain(String(answer.json['requestId']));
  });

  test('a client that leaves ends the work it asked for', async () => {
    await start();
    const signals = api.jobs.hang();
    const { hostname, port } = new URL(api.url);
    const body = JSON.stringify(previewBody);
    const headers = { ...bearer(), 'Content-Type': 'application/json', 'Content-Length': body.length };
    const call = httpRequest({ hostname, port, path: '/api/v1/forecasts/preview', method: 'POST', headers });
    call.on('error', () => {});
    call.end(body);
    await until(() => signals.length === 1);
    call.destroy();
    await until(() => signals[0]?.aborted === true);
    expect(signals[0]?.reason).toMatchObject({ message: 'The client left.' });
  });
});
