import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { startHostServer, type HostServer } from '../plugin-host/server.ts';

const id = 'test-proxy-app';
const action = (name: string): string => `${id}.${name}`;

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let folder: string;
let backend: http.Server;
let backendUrl: string;
let host: HostServer;
const seen: Seen[] = [];
let aborted: Promise<void>;

const token = { name: 'Authorization', content: 'Bearer {{ .SecureJsonData.backendToken }}' };
const route = (rest: object): object => ({ headers: [token, { name: 'X-Grant', content: 'static' }], ...rest });
const verbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The routes of the recording that the answers below come from. */
const routes = [
  route({ path: 'echo', method: 'GET', url: '{{ .JsonData.apiUrl }}/sink/echo-exact' }),
  route({ path: 'echo/*', url: '{{ .JsonData.apiUrl }}/sink/echo' }),
  ...verbs.map((method) =>
    route({
      path: 'insights/*',
      method,
      url: '{{ .JsonData.apiUrl }}/sink/insights',
      reqAction: action('insights:read'),
    })
  ),
  ...verbs.map((method) =>
    route({ path: 'models/*', method, url: '{{ .JsonData.apiUrl }}/sink/models', reqAction: action('models:write') })
  ),
  ...verbs.map((method) =>
    route({ path: 'runs/*', method, url: '{{ .JsonData.apiUrl }}/sink/runs', reqAction: action('runs:execute') })
  ),
  route({ path: 'ungranted/*', url: '{{ .JsonData.apiUrl }}/sink/ungranted', reqAction: action('nobody:has') }),
  route({ path: 'role-editor/*', url: '{{ .JsonData.apiUrl }}/sink/role-editor', reqRole: 'Editor' }),
  route({
    path: 'both/*',
    url: '{{ .JsonData.apiUrl }}/sink/both',
    reqAction: action('insights:read'),
    reqRole: 'Admin',
  }),
  route({ path: 'multi', method: 'GET,POST', url: '{{ .JsonData.apiUrl }}/sink/multi' }),
  route({ path: 'first/*', url: '{{ .JsonData.apiUrl }}/sink/first-a', reqRole: 'Admin' }),
  route({ path: 'first/open', url: '{{ .JsonData.apiUrl }}/sink/first-b' }),
  route({ path: 'qs/*', url: '{{ .JsonData.apiUrl }}/sink/qs?fixed=1' }),
  route({ path: 'missing/*', url: '{{ .JsonData.nope }}/sink/missing' }),
  route({ path: 'missing2/*', url: '{{ .JsonData.apiUrl }}/sink/{{ .JsonData.nope }}/x' }),
  route({ path: 'missing3/*', url: '{{ .JsonData.apiUrl }}/sink/m3{{ .JsonData.nope | orEmpty }}' }),
  {
    path: 'secretless',
    url: '{{ .JsonData.apiUrl }}/sink/s',
    headers: [{ name: 'X-Secret', content: 'v={{ .SecureJsonData.nope }}' }],
  },
  route({
    path: 'body',
    method: 'POST',
    url: '{{ .JsonData.apiUrl }}/sink/body',
    body: { fixed: '{{ .JsonData.apiUrl }}' },
  }),
  route({ path: 'down', url: 'http://127.0.0.1:9/x' }),
  route({ path: 'sse', url: '{{ .JsonData.apiUrl }}/sink/sse' }),
];

const roles = [
  { role: { name: 'reader', permissions: [{ action: action('insights:read') }] }, grants: ['Viewer'] },
  { role: { name: 'writer', permissions: [{ action: action('models:write') }] }, grants: ['Editor'] },
  { role: { name: 'operator', permissions: [{ action: action('runs:execute') }] }, grants: ['Admin'] },
];

async function readAll(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message) {
    text += String(chunk);
  }
  return text;
}

function startBackend(): Promise<http.Server> {
  let tellAborted: () => void = () => undefined;
  aborted = new Promise((resolve) => (tellAborted = resolve));
  const server = http.createServer((req, res) => {
    if (req.url === '/sink/sse') {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: first\n\n');
      res.on('close', tellAborted);
      return;
    }
    readAll(req)
      .then((body) => {
        seen.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body });
        res.writeHead(200, {
          'content-type': 'application/json',
          'set-cookie': 'a=b',
          server: 'probe',
          'strict-transport-security': 'max-age=1',
          etag: '"x"',
          'retry-after': '7',
          via: '1.1 probe',
        });
        res.end('{}');
      })
      .catch(() => res.destroy());
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Sends a request without touching its path; `fetch` would resolve the dot segments. */
function call(role: string, method: string, rawPath: string, headers: Record<string, string> = {}): Promise<Answer> {
  const url = new URL(host.url);
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: url.hostname,
        port: url.port,
        method,
        path: `/api/plugin-proxy/${id}${rawPath}`,
        headers: { cookie: `host_role=${role}`, ...headers },
      },
      (answer) => {
        readAll(answer)
          .then((body) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
          .catch(reject);
      }
    );
    request.on('error', reject);
    request.end();
  });
}

const lastSeen = (): Seen => {
  const last = seen.at(-1);
  if (last === undefined) {
    throw new Error('the backend has seen no request');
  }
  return last;
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'plugin-proxy-'));
  const info = { version: '1.0.0', logos: { small: 'a.svg', large: 'a.svg' } };
  await mkdir(path.join(folder, 'dist/panel'), { recursive: true });
  await mkdir(path.join(folder, 'host'));
  await writeFile(
    path.join(folder, 'dist/plugin.json'),
    JSON.stringify({ id, type: 'app', name: 'T', info, routes, roles })
  );
  const panel = { id: 'test-proxy-panel', type: 'panel', name: 'P', info };
  await writeFile(path.join(folder, 'dist/panel/plugin.json'), JSON.stringify(panel));
  await writeFile(path.join(folder, 'host/host.json'), JSON.stringify({ grafana: '12.3.0', inputs: '' }));
  backend = await startBackend();
  backendUrl = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  host = await startHostServer({
    distDir: path.join(folder, 'dist'),
    hostDist: path.join(folder, 'host'),
    dashboardDirs: [],
    datasources: [],
    backend: { url: backendUrl, token: 'secret-token' },
  });
});

afterAll(async () => {
  await host.close();
  backend.closeAllConnections();
  await new Promise((resolve) => backend.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

describe('who gets through, as recorded from Grafana 12.3.0', () => {
  test.each([
    ['Viewer', 'GET', '/insights/x', 200],
    ['Viewer', 'DELETE', '/insights/x', 200],
    ['Viewer', 'GET', '/models/x', 403],
    ['Viewer', 'POST', '/runs/x', 403],
    ['Editor', 'POST', '/models/x', 200],
    ['Editor', 'POST', '/runs/x', 403],
    ['Admin', 'POST', '/runs/x', 200],
    ['Admin', 'GET', '/ungranted/x', 403],
    ['Viewer', 'GET', '/role-editor/x', 403],
    ['Editor', 'GET', '/role-editor/x', 200],
    ['Viewer', 'GET', '/both/x', 200],
    ['Viewer', 'GET', '/echo/x', 200],
    ['Viewer', 'GET', '/first/open', 403],
    ['Anonymous', 'GET', '/insights/x', 200],
    ['Anonymous', 'POST', '/models/x', 403],
    ['None', 'GET', '/insights/x', 403],
    ['Admin', 'HEAD', '/insights/x', 404],
    ['Admin', 'HEAD', '/echo/x', 200],
    ['Admin', 'POST', '/echo', 404],
    ['Admin', 'GET', '/multi', 404],
    ['Admin', 'GET', '/nosuch', 404],
  ])('%s %s %s is answered %i', async (role, method, rawPath, status) => {
    expect((await call(role, method, rawPath)).status).toBe(status);
  });

  test('a refused route says so in the words that the plugin reads', async () => {
    const answer = await call('Viewer', 'POST', '/models/x');
    expect(JSON.parse(answer.body)).toEqual({ message: 'plugin proxy route access denied' });
  });

  test('a path without a route says so in the words that the plugin reads', async () => {
    const answer = await call('Admin', 'GET', '/nosuch');
    expect(JSON.parse(answer.body)).toEqual({ message: 'plugin route match not found' });
  });

  test('a page of another origin is refused', async () => {
    expect((await call('Admin', 'GET', '/echo/x', { origin: 'http://evil.example' })).status).toBe(403);
  });
});

describe('what the backend sees of a path', () => {
  test.each([
    ['/echo', '/sink/echo-exact'],
    ['/echo/', '/sink/echo-exact'],
    ['/echo/a/', '/sink/echo/a'],
    ['/echo/a/b?x=1&y=%2F', '/sink/echo/a/b?x=1&y=%2F'],
    ['/echo//a', '/sink/echo/a'],
    ['//echo/a', '/sink/echo/a'],
    ['/echo/a//b', '/sink/echo/a//b'],
    ['/echo/a%2Fb', '/sink/echo/a/b'],
    ['/echo/a%252Fb', '/sink/echo/a%252Fb'],
    ['/echo/a%20b', '/sink/echo/a%20b'],
    ['/echo/a+b', '/sink/echo/a+b'],
    ['/echo/%EA%B0%80', '/sink/echo/%EA%B0%80'],
    ['/echo/../insights/x', '/sink/echo/../insights/x'],
    ['/echo/..%2Finsights%2Fx', '/sink/echo/../insights/x'],
    ['/echo/%2e%2e/insights/x', '/sink/echo/../insights/x'],
    ['/echo/a;b=1', '/sink/echo/a;b=1'],
    ['/echo/a%3Fb', '/sink/echo/a%3Fb'],
    ['/echo/a%00b', '/sink/echo/a%00b'],
    ['/echo/a%5Cb', '/sink/echo/a%5Cb'],
    ['/echo/x?', '/sink/echo/x?'],
    ['/qs/a?b=2', '/sink/qs/a?b=2'],
    ['/missing2/x', '/sink/%3Cno%20value%3E/x/x'],
    ['/missing3/x', '/sink/m3/x'],
  ])('%s arrives as %s', async (asked, arrived) => {
    await call('Admin', 'GET', asked);
    expect(lastSeen().url).toBe(arrived);
  });

  test.each([
    ['/Echo/a', 404],
    ['/echox', 404],
    ['/../echo/a', 404],
    ['', 404],
    ['/', 404],
    ['/echo/%', 400],
  ])('%s is answered %i and does not arrive', async (asked, status) => {
    const before = seen.length;
    expect((await call('Admin', 'GET', asked)).status).toBe(status);
    expect(seen).toHaveLength(before);
  });
});

describe('headers and failures', () => {
  test('the browser cannot set what the route, the session or the proxy sets', async () => {
    await call('Viewer', 'GET', '/echo/x', {
      authorization: 'Bearer browser',
      'x-grafana-id': 'forged',
      'x-grafana-user': 'admin',
      'x-grafana-context': '{"OrgRole":"Admin"}',
      'x-grant': 'browser',
      'x-forwarded-host': 'evil',
      'x-forwarded-for': '6.6.6.6',
      'x-custom': 'kept',
    });
    const { headers } = lastSeen();
    expect(headers).toMatchObject({
      authorization: 'Bearer secret-token',
      'x-grant': 'static',
      'x-custom': 'kept',
      'x-grafana-referer': '',
      'x-forwarded-for': '6.6.6.6, 127.0.0.1, 127.0.0.1',
    });
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('x-grafana-user');
    expect(headers).not.toHaveProperty('x-forwarded-host');
    expect(JSON.parse(String(headers['x-grafana-context']))).toMatchObject({ OrgRole: 'Viewer', UserID: 2 });
  });

  test('the signed user verifies against the published keys and carries the recorded claims', async () => {
    await call('Editor', 'GET', '/echo/x');
    const keys = (await (await fetch(`${host.url}/api/signing-keys/keys`)).json()) as JSONWebKeySet;
    const { payload, protectedHeader } = await jwtVerify(
      String(lastSeen().headers['x-grafana-id']),
      createLocalJWKSet(keys)
    );
    expect(protectedHeader).toMatchObject({
      alg: 'ES256',
      typ: 'jwt',
      kid: expect.stringMatching(/^id-\d{4}-\d{2}-es256$/),
    });
    expect(payload).toMatchObject({
      iss: `${host.url}/`,
      aud: 'org:1',
      sub: 'user:3',
      type: 'user',
      role: 'Editor',
      namespace: 'default',
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
  });

  test('an anonymous visitor has a validly signed token that says so', async () => {
    await call('Anonymous', 'GET', '/echo/x');
    const keys = (await (await fetch(`${host.url}/api/signing-keys/keys`)).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(String(lastSeen().headers['x-grafana-id']), createLocalJWKSet(keys));
    expect(payload).toMatchObject({ sub: 'anonymous:0', type: 'anonymous', role: 'Viewer', identifier: '' });
    expect(payload).not.toHaveProperty('username');
  });

  test('an answer loses cookies and server names and gains the headers of Grafana', async () => {
    const { headers } = await call('Admin', 'GET', '/echo/x');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': 'sandbox',
      via: '1.1 grafana, 1.1 probe',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'deny',
      etag: '"x"',
      'retry-after': '7',
    });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('server');
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  test.each(['/down', '/missing/x'])('%s is answered 502 with an empty body', async (rawPath) => {
    const answer = await call('Admin', 'GET', rawPath);
    expect(answer).toMatchObject({ status: 502, body: '' });
  });

  test('a missing secret arrives as text, so that a backend must refuse it', async () => {
    await call('Admin', 'GET', '/secretless');
    expect(lastSeen().headers['x-secret']).toBe('v=<no value>');
  });

  test("a route's body replaces that of the browser", async () => {
    await call('Admin', 'POST', '/body');
    expect(JSON.parse(lastSeen().body)).toEqual({ fixed: backendUrl });
  });

  test('an event arrives while the stream stays open, and leaving ends it at the backend', async () => {
    const leave = new AbortController();
    const answer = await fetch(`${host.url}/api/plugin-proxy/${id}/sse`, { signal: leave.signal });
    const first = await answer.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toBe('data: first\n\n');
    leave.abort();
    await aborted;
  });

  test('an unknown plugin is 404 and a nested panel 500', async () => {
    const statuses = ['unknown-app', 'test-proxy-panel'].map(
      async (plugin) => (await fetch(`${host.url}/api/plugin-proxy/${plugin}/x`)).status
    );
    expect(await Promise.all(statuses)).toEqual([404, 500]);
  });
});

describe('plugin settings', () => {
  const settingsUrl = (): string => `${host.url}/api/plugins/${id}/settings`;

  test('secrets are told as set, never by value', async () => {
    const settings = (await (await fetch(settingsUrl())).json()) as Record<string, unknown>;
    expect(settings).toMatchObject({
      enabled: true,
      jsonData: { apiUrl: backendUrl },
      secureJsonFields: { backendToken: true },
    });
    expect(JSON.stringify(settings)).not.toContain('secret-token');
  });

  test('only an administrator saves them', async () => {
    const save = { method: 'POST', headers: { cookie: 'host_role=Editor' }, body: '{}' };
    expect((await fetch(settingsUrl(), save)).status).toBe(403);
  });
});
