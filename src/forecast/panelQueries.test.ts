import { aFrame, nowMs } from '../test/builders.ts';
import { fakeGrafana } from '../test/grafana.ts';
import { runPanelQueries, type PanelQueries } from './panelQueries.ts';

const prometheus = { type: 'prometheus', uid: 'prom' };
const weekMs = 7 * 86_400_000;
const base: PanelQueries = {
  targets: [{ refId: 'A', datasource: prometheus }],
  scopedVars: {},
  timeZone: 'browser',
  fromMs: nowMs - weekMs,
  toMs: nowMs,
  stepMs: 60_000,
};
const run = (queries: Partial<PanelQueries>) => runPanelQueries({ ...base, ...queries }, AbortSignal.timeout(5_000));

test('the request has an absolute range, the step and its variables, and at most 11,000 points', async () => {
  const grafana = fakeGrafana({ frames: { prom: [aFrame()] } });
  const answer = await run({ scopedVars: { service_r: { text: 'api', value: 'api' } } });
  const [request] = grafana.queries;
  expect(answer.frames).toHaveLength(1);
  expect(request?.range.from.valueOf()).toBe(nowMs - weekMs);
  expect(request?.range.raw.to.valueOf()).toBe(nowMs);
  expect(request?.maxDataPoints).toBe(10_081);
  expect(request?.scopedVars).toMatchObject({
    service_r: { value: 'api' },
    __interval: { value: '1m' },
    __interval_ms: { value: 60_000 },
  });
});

test('queries go to their own data source in one request each, variables replaced', async () => {
  const grafana = fakeGrafana({ variables: { ds: 'prom' }, frames: { prom: [aFrame()], other: [aFrame()] } });
  const targets = [
    { refId: 'A', datasource: { type: 'prometheus', uid: '${ds}' } },
    { refId: 'B', datasource: prometheus },
    { refId: 'C', datasource: { type: 'loki', uid: 'other' } },
  ];
  const answer = await run({ targets });
  expect(grafana.queries.map((query) => query.targets.map(({ refId }) => refId))).toEqual([['A', 'B'], ['C']]);
  expect(answer.frames).toHaveLength(2);
});

test('targets reach the data source as the user wrote them, and hidden ones not at all', async () => {
  const grafana = fakeGrafana({ variables: { service: 'api' }, frames: { prom: [aFrame()] } });
  const shown = { refId: 'A', datasource: prometheus, expr: 'up{service="$service"}' };
  await run({ targets: [shown, { refId: 'B', datasource: prometheus, hide: true }] });
  expect(grafana.queries[0]?.targets).toEqual([shown]);
});

test('an expression is sent together with the queries that it refers to, hidden ones included', async () => {
  const grafana = fakeGrafana({ frames: { prom: [aFrame()] } });
  const targets = [
    { refId: 'A', datasource: prometheus, hide: true },
    { refId: 'B', datasource: { type: '__expr__', uid: '__expr__' } },
  ];
  await run({ targets });
  expect(grafana.queries.map((query) => query.targets.length)).toEqual([2]);
});

test.each([
  ['the dashboard itself', { frames: {} }, '-- Dashboard --', 'dashboard-source'],
  ['a data source that is gone', { frames: {} }, 'gone', 'no-such-source'],
  ['a failing query', { frames: { bad: new Error('parse error at char 3') } }, 'bad', 'failed'],
])('%s is told and does not hide the answer of the others', async (_name, { frames }, uid, kind) => {
  fakeGrafana({ frames: { ...frames, prom: [aFrame()] } });
  const answer = await run({ targets: [...base.targets, { refId: 'B', datasource: { type: 'x', uid } }] });
  expect(answer.frames).toHaveLength(1);
  expect(answer.faults).toMatchObject([{ kind, source: uid }]);
});

test('an aborted run throws the reason and asks nothing more', async () => {
  const grafana = fakeGrafana({ frames: { prom: [aFrame()] } });
  await expect(runPanelQueries(base, AbortSignal.abort(new Error('closed')))).rejects.toThrow('closed');
  expect(grafana.queries).toEqual([]);
});
