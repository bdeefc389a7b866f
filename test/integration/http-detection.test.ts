import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import {
  AlertRows,
  AnomalyRecord,
  CalendarSummary,
  CapacityRow,
  ChangeRecord,
  JobForecast,
  JudgedAnomaly,
  OverlayEdit,
  OverlayTargets,
  Problem,
  Status,
  VerdictPreview,
  pageOf,
} from '../../backend/src/contract/index.ts';
import { AppError } from '../../backend/src/errors.ts';
import { claims, startKeyServer, type KeyServer } from './http-grafana.ts';
import { bearer, changeHeaders, jobBody, startHarness, type Harness, type HarnessOptions } from './http-harness.ts';

let grafana: KeyServer;
let editor: Record<string, string>;
let viewer: Record<string, string>;
let api: Harness;

beforeAll(async () => {
  grafana = await startKeyServer();
  editor = changeHeaders(await grafana.sign(claims()));
  viewer = changeHeaders(await grafana.sign(claims({ role: 'Viewer' })));
});
afterAll(() => grafana.stop());
afterEach(() => api.stop());

const start = async (options: HarnessOptions = {}) => {
  api = await startHarness({ grafanaUrl: grafana.url, ...options });
};
const get = (path: string) => api.get(`/api/v1${path}`);
const change = (method: string, path: string, body?: unknown, headers = editor) =>
  api.ask(`/api/v1${path}`, { method, headers, body });
const read = (method: string, path: string, body?: unknown) =>
  api.ask(`/api/v1${path}`, { method, headers: bearer(), body });

const calendar = { name: 'kr', periods: [{ name: 'Chuseok', from: '2026-09-24', to: '2026-09-27' }] };
const deploy = { title: 'checkout 1.4', labels: { service: 'checkout' } };
const panel = { dashboardUid: 'shop', panelId: 4, job: 'checkout-latency' };

describe('what is read answers 200 in the shape of the contract', () => {
  test.each<[string, z.ZodType]>([
    ['/anomalies', pageOf(AnomalyRecord)],
    ['/anomalies/a1', AnomalyRecord],
    ['/anomalies/a1/chart', JobForecast],
    ['/capacity', pageOf(CapacityRow)],
    ['/calendars', pageOf(CalendarSummary)],
    ['/changes', pageOf(ChangeRecord)],
    ['/alerts', AlertRows],
    ['/jobs/checkout-latency/overlay-targets', OverlayTargets],
  ])('GET %s', async (path, schema) => {
    await start();
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(schema.safeParse(answer.json).error).toBeUndefined();
  });

  test.each([
    ['', 'groups:'],
    ['?format=mimir', 'namespace: aiops'],
    ['?format=grafana', 'apiVersion: 1'],
  ])('GET alert-rules%s is a YAML file', async (query, beginning) => {
    await start();
    await change('POST', '/jobs', jobBody);
    const answer = await get(`/jobs/${jobBody.name}/alert-rules${query}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/yaml/);
    expect(answer.text.startsWith(beginning)).toBe(true);
  });

  test('filters of anomalies arrive as they were asked for', async () => {
    await start();
    await get('/anomalies?job=checkout&kind=level-shift&state=open&verdict=none&from=5&to=9&search=pod&limit=7');
    expect(api.insights.asked).toEqual([
      { job: 'checkout', kind: 'level-shift', state: 'open', verdict: 'none', from: 5, to: 9, search: 'pod', limit: 7 },
    ]);
  });

  test('a preview of a verdict needs no identity and applies nothing', async () => {
    await start();
    const answer = await read('POST', '/anomalies/a1/verdict-preview', { verdict: 'false-alarm' });
    expect(answer.status).toBe(200);
    expect(VerdictPreview.safeParse(answer.json).error).toBeUndefined();
    expect(api.insights.actors).toEqual([]);
  });

  test('the status tells how scoring and its receivers are', async () => {
    await start();
    const status = Status.parse((await get('/status')).json);
    expect(status.scoring).toMatchObject({ precision: 0.75, openAnomalies: 2 });
    expect(status.receivers).toMatchObject([{ name: 'main', state: 'working' }]);
  });
});

describe('what is changed answers with what it is now, and records who asked', () => {
  test('a verdict, with and without its change of the setting, and taken back', async () => {
    await start();
    const applied = await change('PUT', '/anomalies/a1/verdict', { verdict: 'false-alarm', apply: true });
    expect(applied.status).toBe(200);
    expect(JudgedAnomaly.safeParse(applied.json).error).toBeUndefined();
    await change('PUT', '/anomalies/a1/verdict', { verdict: 'real' });
    await change('PUT', '/anomalies/a1/verdict', { verdict: null });
    expect(api.insights.asked).toEqual([
      { verdict: 'false-alarm', apply: true },
      { verdict: 'real', apply: false },
      { verdict: null, apply: false },
    ]);
    expect(api.insights.actors.map(({ name }) => name)).toEqual(['P Editor', 'P Editor', 'P Editor']);
  });

  test('a decision about a level', async () => {
    await start();
    const answer = await change('PUT', '/anomalies/a1/level-decision', { decision: 'accepted' });
    expect(answer).toMatchObject({ status: 200, json: { kind: 'level-shift' } });
    expect(api.insights.asked).toEqual(['accepted']);
  });

  test('a calendar is created with 201 and an address, changed with 200 and deleted with 204', async () => {
    await start();
    const created = await change('POST', '/calendars', calendar);
    expect(created.status).toBe(201);
    expect(created.headers.location).toBe('/api/v1/calendars/kr');
    expect(created.json).toMatchObject({ spec: { use: 'maintenance', timeZone: 'UTC', refresh: '6h' } });
    expect((await change('PUT', '/calendars/kr', { ...calendar, use: 'holidays' })).status).toBe(200);
    expect(await change('DELETE', '/calendars/kr')).toMatchObject({ status: 204, text: '' });
  });

  test('a change is recorded with 201', async () => {
    await start();
    const answer = await change('POST', '/changes', deploy);
    expect(answer).toMatchObject({ status: 201, json: { by: 'P Editor', source: 'api' } });
    expect(api.insights.asked).toEqual([{ ...deploy, widenFor: '30m' }]);
  });

  test('an overlay is added and removed with 200', async () => {
    await start();
    const added = await change('POST', '/overlays', panel);
    expect(added.status).toBe(200);
    expect(OverlayEdit.parse(added.json).state).toBe('added');
    expect((await change('POST', '/overlays/remove', panel)).json).toMatchObject({ state: 'removed' });
  });
});

const changes: ReadonlyArray<readonly [string, string, unknown]> = [
  ['PUT', '/anomalies/a1/verdict', { verdict: 'real' }],
  ['PUT', '/anomalies/a1/level-decision', { decision: 'rejected' }],
  ['POST', '/calendars', calendar],
  ['PUT', '/calendars/kr', calendar],
  ['DELETE', '/calendars/kr', undefined],
  ['POST', '/changes', deploy],
  ['POST', '/overlays', panel],
  ['POST', '/overlays/remove', panel],
];

describe('who may not', () => {
  test.each(changes)('%s %s answers 403 to a reader, and to a Viewer who is signed', async (method, path, body) => {
    await start();
    expect(await read(method, path, body)).toMatchObject({ status: 403, json: { code: 'grant_mismatch' } });
    expect(await change(method, path, body, viewer)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(api.insights.actors).toEqual([]);
  });

  test.each(changes)('%s %s answers 401 without the token', async (method, path, body) => {
    await start();
    expect((await api.ask(`/api/v1${path}`, { method, body })).status).toBe(401);
  });
});

describe('faults of a request answer 400 with their place', () => {
  test.each<[string, string, unknown, string]>([
    ['GET', '/anomalies?kind=odd', undefined, 'query.kind'],
    ['GET', '/anomalies?from=yesterday', undefined, 'query.from'],
    ['GET', '/anomalies?limit=501', undefined, 'query.limit'],
    ['GET', '/capacity?before=soon', undefined, 'query.before'],
    ['GET', '/changes?to=-1', undefined, 'query.to'],
    ['GET', '/jobs/UPPER/overlay-targets', undefined, 'path.name'],
    ['GET', '/jobs/checkout/alert-rules?format=nagios', undefined, 'query.format'],
    ['PUT', '/anomalies/a1/verdict', { verdict: 'perhaps' }, 'body.verdict'],
    ['PUT', '/anomalies/a1/level-decision', { decision: 'later' }, 'body.decision'],
    ['POST', '/calendars', { name: 'kr' }, 'body'],
    ['POST', '/calendars', { ...calendar, timeZone: 'Mars/Olympus' }, 'body.timeZone'],
    ['POST', '/calendars', { name: 'kr', ical: 'file:///etc/passwd' }, 'body.ical'],
    [
      'POST',
      '/calendars',
      { name: 'kr', periods: [{ name: 'x', from: '2026-02-01', to: '2026-01-01' }] },
      'body.periods.0.to',
    ],
    ['PUT', '/calendars/kr', { ...calendar, name: 'other' }, 'body.name'],
    ['POST', '/changes', { title: 'x', labels: {} }, 'body.labels'],
    ['POST', '/changes', { ...deploy, url: 'javascript:alert(1)' }, 'body.url'],
    ['POST', '/overlays', { ...panel, panelId: 0 }, 'body.panelId'],
    ['POST', '/overlays/remove', { ...panel, more: 1 }, 'body'],
  ])('%s %s with %j: %s', async (method, path, body, place) => {
    await start();
    const answer = await change(method, path, body, method === 'GET' ? bearer() : editor);
    expect(answer.status).toBe(400);
    expect(Problem.parse(answer.json).issues?.map((issue) => issue.path)).toContain(place);
  });

  test('a verdict of more than 64 kB answers 413', async () => {
    await start();
    const rawBody = `${' '.repeat(65_536)}{}`;
    const answer = await api.ask('/api/v1/anomalies/a1/verdict', { method: 'PUT', headers: editor, rawBody });
    expect(answer.status).toBe(413);
  });
});

describe('what is not there', () => {
  test.each(['/anomalies/other', '/anomalies/other/chart', '/jobs/other/alert-rules'])(
    'GET %s answers 404',
    async (path) => {
      await start();
      expect(await get(path)).toMatchObject({ status: 404, json: { code: 'not_found' } });
    }
  );

  test.each<[string, string, unknown]>([
    ['PUT', '/anomalies/other/verdict', { verdict: 'real' }],
    ['PUT', '/anomalies/other/level-decision', { decision: 'accepted' }],
    ['PUT', '/calendars/kr', calendar],
    ['DELETE', '/calendars/kr', undefined],
  ])('%s %s answers 404', async (method, path, body) => {
    await start();
    expect(await change(method, path, body)).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });

  test('without a token of Grafana, overlays answer 409 and say what to set', async () => {
    await start({ withoutOverlays: true });
    for (const answer of [
      await get('/jobs/checkout-latency/overlay-targets'),
      await change('POST', '/overlays', panel),
      await change('POST', '/overlays/remove', panel),
    ]) {
      expect(answer).toMatchObject({
        status: 409,
        json: { code: 'conflict', detail: expect.stringContaining('grafana.tokenFile') },
      });
    }
  });

  test('a verb that a path does not know answers 405 with those it does', async () => {
    await start();
    const answer = await change('DELETE', '/anomalies/a1/verdict');
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('PUT');
  });
});

describe('failures behind the routes', () => {
  test.each([
    ['conflict', 409],
    ['read_only', 409],
    ['source_unavailable', 502],
    ['source_timeout', 504],
  ] as const)('%s answers %i', async (code, status) => {
    await start();
    api.insights.failWith(new AppError(code, 'What happened and what to do.'));
    expect(await change('POST', '/overlays', panel)).toMatchObject({ status, json: { code } });
    expect(await change('POST', '/calendars', calendar)).toMatchObject({ status, json: { code } });
  });
});
