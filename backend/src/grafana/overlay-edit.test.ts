import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startFakeGrafana, type FakeGrafana } from '../../../test/support/fake-grafana/fake-grafana.ts';
import { GrafanaClient } from './grafana-client.ts';
import { createOverlayEditor, type OverlayEditor } from './overlay-edit.ts';

const never = new AbortController().signal;
let folder = '';
let grafana: FakeGrafana;
let client: GrafanaClient;
let editor: OverlayEditor;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-overlay-'));
  await writeFile(join(folder, 'token'), 'editor');
  grafana = await startFakeGrafana({ tokens: { editor: 'Editor', viewer: 'Viewer' } });
  grafana.dashboards.put({ uid: 'probe', model: recordedDashboard() });
  grafana.dashboards.put({ uid: 'new', schema: 'v2beta1', model: v2Dashboard('GridLayout') });
  client = new GrafanaClient({ url: grafana.url, tokenFile: join(folder, 'token'), timeoutMs: 2_000 });
  editor = createOverlayEditor(client, 'https://grafana.example/');
});

afterEach(async () => {
  await client.stop();
  await grafana.close();
  await rm(folder, { recursive: true });
});

function recordedDashboard(): Record<string, unknown> {
  const file = new URL('../../../test/fixtures/grafana-12.3.0/api/dashboard-v1-get.json', import.meta.url);
  const { answer } = JSON.parse(readFileSync(file, 'utf8')) as { answer: { dashboard: Record<string, unknown> } };
  return answer.dashboard;
}

function v2Dashboard(layout: string): Record<string, unknown> {
  const query = {
    kind: 'DataQuery',
    group: 'prometheus',
    version: 'v0',
    datasource: { name: 'main' },
    spec: { expr: 'x' },
  };
  const queries = [{ kind: 'PanelQuery', spec: { refId: 'A', hidden: false, query } }];
  const data = { kind: 'QueryGroup', spec: { queries, transformations: [], queryOptions: {} } };
  const vizConfig = (group: string) => ({
    kind: 'VizConfig',
    group,
    version: '',
    spec: { options: {}, fieldConfig: { defaults: {}, overrides: [] } },
  });
  const panel = (id: number, group: string) => ({
    kind: 'Panel',
    spec: { id, title: 'x', data, vizConfig: vizConfig(group) },
  });
  const library = { kind: 'LibraryPanel', spec: { id: 7, title: 'x', libraryPanel: { uid: 'l', name: 'l' } } };
  const elements = { 'panel-5': panel(5, 'timeseries'), 'panel-6': panel(6, 'stat'), 'panel-7': library };
  return { title: 'New', elements, layout: { kind: layout, spec: { items: [] } } };
}

const ask = (dashboardUid: string, panelId: number, job = 'checkout') => ({ dashboardUid, panelId, job });
const add = (uid: string, panelId: number, job?: string) => editor.add(ask(uid, panelId, job), 'Ada', never);
const remove = (uid: string, panelId: number, job?: string) => editor.remove(ask(uid, panelId, job), 'Ada', never);
const modelOf = (uid: string) => grafana.dashboards.find(uid)?.model;

async function refusal(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'no error',
    (error: { code?: string; message: string }) => `${error.code ?? ''}: ${error.message}`
  );
}

describe.each([
  ['a classic dashboard', 'probe', 1],
  ['a dashboard of schema v2', 'new', 5],
])('on %s', (_, uid, panelId) => {
  test('an overlay is one save with a message, and the rest of the dashboard stays', async () => {
    expect(await add(uid, panelId)).toMatchObject({ dashboardUid: uid, panelId, state: 'added', version: 2 });
    expect(grafana.dashboards.messages).toEqual([`AIOps: show the forecast of checkout on panel ${panelId} (Ada)`]);
    expect(JSON.stringify(modelOf(uid))).toContain('yhat_lower{for=\\"checkout\\"}');
  });

  test('it is taken away again, and the dashboard is as it was', async () => {
    const before = JSON.stringify({ ...modelOf(uid), version: 0 });
    await add(uid, panelId);
    expect(await remove(uid, panelId)).toMatchObject({ state: 'removed', version: 3 });
    const uidOfModel = (modelOf(uid) as { uid?: string }).uid;
    const after = { ...modelOf(uid), ...(uidOfModel !== undefined && { uid: 'probe-api' }), version: 0 };
    expect(JSON.parse(JSON.stringify(after))).toEqual({
      ...JSON.parse(before),
      ...(uidOfModel !== undefined && { uid: 'probe-api' }),
    });
  });

  test('adding it twice, or taking away what is not there, saves nothing', async () => {
    expect((await remove(uid, panelId)).state).toBe('unchanged');
    await add(uid, panelId);
    expect([(await add(uid, panelId)).state, (await remove(uid, panelId, 'other')).state]).toEqual([
      'unchanged',
      'unchanged',
    ]);
    expect(grafana.dashboards.messages).toHaveLength(1);
  });

  test("another job's overlay gives way", async () => {
    await add(uid, panelId, 'first');
    expect((await add(uid, panelId, 'second')).state).toBe('added');
    const text = JSON.stringify(modelOf(uid));
    expect([text.includes('for=\\"first\\"'), text.includes('for=\\"second\\"')]).toEqual([false, true]);
  });

  test('a save of somebody else at the same moment is named, and nothing is lost', async () => {
    const start = uid === 'probe' ? 'POST /api/dashboards/db' : 'PUT /apis/';
    grafana.failNext(start, {
      status: uid === 'probe' ? 412 : 409,
      body: '{"status":"version-mismatch","message":"x"}',
    });
    expect(await refusal(add(uid, panelId))).toMatch(/^conflict: Somebody else saved the dashboard/);
    expect(grafana.dashboards.messages).toEqual([]);
  });

  test('a panel that is gone is named', async () => {
    expect(await refusal(add(uid, 99))).toMatch(/^not_found: .* has no panel 99/);
  });

  test('a dashboard that something else makes is left alone', async () => {
    const found = grafana.dashboards.find(uid);
    grafana.dashboards.put({ uid, provisioned: true, schema: found?.schema ?? 'v1', model: found?.model ?? {} });
    expect(await refusal(add(uid, panelId))).toMatch(/^read_only: .*annotations without an edit/);
    expect(grafana.requests.filter((line) => /^(POST|PUT)/.test(line))).toEqual([]);
  });
});

describe('an overlay is refused with the reason', () => {
  test.each([
    ['on a panel without lines', 'probe', 6, 'of the kind table'],
    ['on a panel that shows the data of another one', 'probe', 10, 'the data of another panel'],
    ['on a library panel', 'probe', 11, 'is a library panel'],
    ['on a panel of schema v2 without lines', 'new', 6, 'of the kind stat'],
    ['on a library panel of schema v2', 'new', 7, 'is a library panel'],
  ])('%s', async (_, uid, panelId, reason) => {
    expect(await refusal(add(uid, panelId))).toMatch(new RegExp(`^read_only: .*${reason}`));
  });

  test('on a layout that is not known', async () => {
    grafana.dashboards.put({ uid: 'odd', schema: 'v2beta1', model: v2Dashboard('SpiralLayout') });
    expect(await refusal(add('odd', 5))).toMatch(/^read_only: .*SpiralLayout/);
  });

  test('without the right to save', async () => {
    await writeFile(join(folder, 'token'), 'viewer');
    expect(await refusal(add('probe', 1))).toMatch(/^source_unauthorized: .*may not save the dashboard/);
  });

  test('on a dashboard that does not exist', async () => {
    expect(await refusal(add('nosuch', 1))).toMatch(/^source_not_found: .*no dashboard nosuch/);
  });

  test('when Grafana finds out by itself that a file makes it', async () => {
    grafana.failNext('POST /api/dashboards/db', {
      status: 400,
      body: '{"message":"Cannot save provisioned dashboard"}',
    });
    expect(await refusal(add('probe', 1))).toMatch(/^read_only: .*because a file makes it/);
  });
});

test('the panel in a folded row is found', async () => {
  const row = { id: 9, type: 'row', panels: [{ id: 3, type: 'timeseries', targets: [] }] };
  grafana.dashboards.put({ uid: 'rows', model: { title: 'Rows', panels: [row] } });
  expect((await add('rows', 3)).state).toBe('added');
});
