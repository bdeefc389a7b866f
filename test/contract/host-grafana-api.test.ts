import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHostServer, type HostServer } from '../plugin-host/server.ts';

let folder = '';
let host: HostServer;
const region = { dashboardUID: 'shop', panelId: 4, time: 1_000, timeEnd: 2_000, text: 'high', tags: ['aiops'] };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'host-api-'));
  const folders = ['dist', 'host', 'files', 'editable'].map((name) => path.join(folder, name));
  await Promise.all(folders.map((one) => mkdir(one)));
  const info = { version: '1.0.0', logos: { small: 'a.svg', large: 'a.svg' } };
  const manifest = { id: 'test-host-app', type: 'app', name: 'T', info };
  await writeFile(path.join(folder, 'dist/plugin.json'), JSON.stringify(manifest));
  await writeFile(path.join(folder, 'host/host.json'), JSON.stringify({ grafana: '12.4.10', inputs: '' }));
  await writeFile(path.join(folder, 'files/shop.json'), JSON.stringify({ uid: 'shop', title: 'Shop', panels: [] }));
  await writeFile(path.join(folder, 'editable/mine.json'), JSON.stringify({ uid: 'mine', title: 'Mine', panels: [] }));
  host = await startHostServer({
    distDir: path.join(folder, 'dist'),
    hostDist: path.join(folder, 'host'),
    dashboardDirs: [path.join(folder, 'files')],
    editableDashboardDirs: [path.join(folder, 'editable')],
    serviceTokens: { 'editor-token': 'Editor', 'viewer-token': 'Viewer' },
    datasources: [],
    backend: { url: 'http://127.0.0.1:9', token: 'unused' },
    role: 'Viewer',
  });
});

afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(method: string, address: string, options: { token?: string; body?: unknown } = {}) {
  const headers = { ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }) };
  const body = options.body === undefined ? null : JSON.stringify(options.body);
  const answer = await fetch(`${host.url}${address}`, { method, headers, body });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe('the browser host', () => {
  test("shows a viewer's browser the annotation that a service account wrote on a dashboard of a file", async () => {
    expect((await ask('POST', '/api/annotations', { token: 'editor-token', body: region })).status).toBe(200);
    const { body } = await ask('GET', '/api/annotations?dashboardUID=shop&from=500&to=1500&limit=100');
    expect(body).toMatchObject([{ panelId: 4, time: 1_000, timeEnd: 2_000, text: 'high' }]);
  });

  test.each([
    ['a viewer in a browser', {}, 403],
    ["a viewer's service account", { token: 'viewer-token' }, 403],
    ['a token of nobody', { token: 'toString' }, 401],
  ])('lets %s write nothing', async (_, who, status) => {
    expect((await ask('POST', '/api/annotations', { ...who, body: region })).status).toBe(status);
  });

  test('knows its service accounts by name', async () => {
    expect((await ask('GET', '/api/user', { token: 'editor-token' })).body['uid']).toMatch(/^service-account:/);
  });

  test('refuses to save the dashboard of a file and saves another once a version', async () => {
    const save = async (uid: string, version: number) =>
      (await ask('POST', '/api/dashboards/db', { token: 'editor-token', body: { dashboard: { uid, version } } }))
        .status;
    expect([await save('shop', 1), await save('mine', 1), await save('mine', 1)]).toEqual([400, 200, 412]);
  });

  test('lists the dashboards of both', async () => {
    expect((await ask('GET', '/api/search')).body).toMatchObject([
      { uid: 'mine' },
      { uid: 'shop', url: '/d/shop/shop' },
    ]);
  });

  test('answers an unknown part of the API with 404 as JSON', async () => {
    expect((await ask('GET', '/apis/other/v1')).status).toBe(404);
  });
});
