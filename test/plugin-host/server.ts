import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readJson, sendFile, sendJson, sendText } from './server/answers.ts';
import { forward } from './server/forward.ts';
import { GrafanaApi, type GrafanaApiOptions } from './server/grafana-api.ts';
import { createTokenSigner, isHostRole, userOf, type HostRole, type TokenSigner } from './server/identity.ts';
import { renderPage, type DataSourceEntry, type HostSession } from './server/page.ts';
import { describePlugin, readPlugins, type InstalledPlugin, type PluginSettings } from './server/plugin-files.ts';
import { proxyPluginCall } from './server/plugin-proxy.ts';

export type { DataSourceEntry };

export interface HostServerOptions {
  /** The built plugin: a folder with plugin.json and module.js. */
  readonly distDir: string;
  /** What `buildHost()` answered. */
  readonly hostDist: string;
  /** Folders with dashboard JSON files. */
  readonly dashboardDirs: readonly string[];
  /** Folders with dashboards that can be saved; their files stay as they are. */
  readonly editableDashboardDirs?: readonly string[];
  /** Roles of service accounts by token: who may write annotations without a browser. */
  readonly serviceTokens?: GrafanaApiOptions['serviceTokens'];
  readonly datasources: readonly DataSourceEntry[];
  /** Where plugin.json's routes lead: `jsonData.apiUrl` and `secureJsonData.backendToken` of the app. */
  readonly backend: { readonly url: string; readonly token: string };
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Role of a browser that has not chosen one with `?role=`. */
  readonly role?: HostRole;
  /** `/grafana` to serve everything below it; absent: at the root. */
  readonly subPath?: string;
  /** Grafana's `root_url`, the issuer of its tokens; absent: where the host listens. */
  readonly publicUrl?: string;
  /** A signer to share with a backend that was started before the host; absent: a key of its own. */
  readonly signer?: TokenSigner;
}

export interface HostServer {
  /** Without a trailing slash, the sub-path included. */
  readonly url: string;
  /** Ends the server and every open connection; may be called twice. */
  close(): Promise<void>;
}

interface Host {
  readonly options: HostServerOptions;
  readonly subPath: string;
  readonly signer: TokenSigner;
  readonly plugins: ReadonlyMap<string, InstalledPlugin>;
  readonly settings: Map<string, PluginSettings>;
  readonly grafanaVersion: string;
  readonly api: GrafanaApi;
  url: string;
}

interface Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly session: HostSession;
  /** Still encoded, without the sub-path and the query. */
  readonly path: string;
  readonly search: string;
}

type Handler = (host: Host, call: Call, rest: string) => Promise<void> | void;

function readSession(req: IncomingMessage, params: URLSearchParams, fallback: HostRole): HostSession {
  const cookies = new Map(
    (req.headers.cookie ?? '').split(';').map((pair) => {
      const [name = '', value = ''] = pair.trim().split('=');
      return [name, value] as const;
    })
  );
  const chosen = (name: string): string | undefined => params.get(name) ?? cookies.get(`host_${name}`);
  const role = chosen('role');
  return {
    role: isHostRole(role) ? role : fallback,
    theme: chosen('theme') === 'light' ? 'light' : 'dark',
    language: chosen('lang')?.startsWith('ko') === true ? 'ko-KR' : 'en-US',
  };
}

const issuerOf = (host: Host): string => `${(host.options.publicUrl ?? host.url).replace(/\/$/, '')}/`;

const settingsOf = (host: Host, id: string): PluginSettings =>
  host.settings.get(id) ?? { enabled: true, jsonData: {}, secureJsonData: {} };

const allSettings = (host: Host): Array<Record<string, unknown>> =>
  [...host.plugins.values()].map((plugin) => describePlugin(plugin, settingsOf(host, plugin.manifest.id)));

async function pluginSettings(host: Host, call: Call, rest: string): Promise<void> {
  const id = /^([^/]+)\/settings$/.exec(rest)?.[1] ?? '';
  const plugin = host.plugins.get(id);
  if (plugin === undefined) {
    sendJson(call.res, 404, { message: 'Plugin not found' });
    return;
  }
  if (call.req.method === 'POST') {
    await writeSettings(host, call, id);
    return;
  }
  sendJson(call.res, 200, describePlugin(plugin, settingsOf(host, id)));
}

async function writeSettings(host: Host, call: Call, id: string): Promise<void> {
  if (call.session.role !== 'Admin') {
    sendJson(call.res, 403, { message: "You'll need additional permissions to perform this action." });
    return;
  }
  const body = await readJson(call.req);
  if (typeof body !== 'object' || body === null) {
    sendJson(call.res, 400, { message: 'bad request data' });
    return;
  }
  const given = body as Partial<PluginSettings>;
  const before = settingsOf(host, id);
  host.settings.set(id, {
    enabled: given.enabled ?? before.enabled,
    jsonData: given.jsonData ?? before.jsonData,
    secureJsonData: { ...before.secureJsonData, ...given.secureJsonData },
  });
  sendJson(call.res, 200, { message: 'Plugin settings updated' });
}

async function pluginProxy(host: Host, call: Call, rest: string): Promise<void> {
  const [, id = '', rawPath = ''] = /^([^/]*)(.*)$/.exec(rest) ?? [];
  const plugin = host.plugins.get(id);
  const settings = settingsOf(host, id);
  await proxyPluginCall(call.req, call.res, {
    plugin: plugin && {
      type: plugin.manifest.type,
      enabled: settings.enabled,
      routes: plugin.manifest.routes ?? [],
      roles: plugin.manifest.roles ?? [],
      values: { JsonData: settings.jsonData, SecureJsonData: settings.secureJsonData },
    },
    user: userOf(call.session.role),
    signer: host.signer,
    issuer: issuerOf(host),
    rawPath,
    search: call.search,
  });
}

async function dataSourceProxy(host: Host, call: Call, rest: string): Promise<void> {
  const [, uid = '', upstreamPath = ''] = /^([^/]*)(.*)$/.exec(rest) ?? [];
  const entry = host.options.datasources.find((d) => d.uid === uid);
  if (entry === undefined) {
    sendJson(call.res, 404, { message: 'Unable to find datasource' });
    return;
  }
  const url = new URL(entry.url);
  forward(call.req, call.res, {
    origin: url.origin,
    path: `${url.pathname.replace(/\/$/, '')}${upstreamPath}${call.search}`,
    headers: {
      'x-datasource-uid': uid,
      'x-grafana-org-id': '1',
      'x-grafana-id': await host.signer.sign(userOf(call.session.role), issuerOf(host)),
      ...entry.headers,
    },
  });
}

/** Alert rules as the alert list asks for them: those of the default data source, which have the same shape. */
function alertRules(host: Host, call: Call): void {
  const [first] = host.options.datasources;
  if (first === undefined) {
    sendJson(call.res, 200, { status: 'success', data: { groups: [] } });
    return;
  }
  const url = new URL(first.url);
  const path = `${url.pathname.replace(/\/$/, '')}/api/v1/rules?type=alert`;
  forward(call.req, call.res, { origin: url.origin, path, headers: { ...first.headers } });
}

async function grafanaApi(host: Host, call: Call): Promise<void> {
  const { req, path: asked, search, session } = call;
  const { status, body } = await host.api.answer({ req, path: asked, search, role: session.role });
  sendJson(call.res, status, body);
}

async function pluginFile(host: Host, call: Call, rest: string): Promise<void> {
  const [, id = '', file = ''] = /^([^/]+)\/(.*)$/.exec(decodeURIComponent(rest)) ?? [];
  const plugin = host.plugins.get(id);
  if (plugin === undefined) {
    sendText(call.res, 404, 'not found');
    return;
  }
  await sendFile(call.res, plugin.folder, file, call.search.includes('_cache='));
}

/** Longest prefix first; what stands behind the prefix is handed on, still encoded. */
const handlers: ReadonlyArray<readonly [prefix: string, handler: Handler]> = [
  ['/api/plugin-proxy/', pluginProxy],
  ['/api/datasources/proxy/uid/', dataSourceProxy],
  ['/api/annotations', grafanaApi],
  ['/api/dashboards/', grafanaApi],
  ['/api/library-elements/', grafanaApi],
  ['/api/search', grafanaApi],
  ['/api/user', grafanaApi],
  ['/apis/', grafanaApi],
  ['/api/alertmanager/grafana/api/v2/alerts', (_host, call) => sendJson(call.res, 200, [])],
  ['/api/prometheus/grafana/api/v1/rules', alertRules],
  ['/api/plugins/', pluginSettings],
  ['/api/plugins', (host, call) => sendJson(call.res, 200, allSettings(host))],
  ['/api/signing-keys/keys', (host, call) => sendJson(call.res, 200, host.signer.jwks)],
  [
    '/api/health',
    (host, call) => sendJson(call.res, 200, { database: 'ok', version: host.grafanaVersion, commit: '' }),
  ],
  ['/api/', (_host, call) => sendJson(call.res, 404, { message: 'Not found' })],
  ['/public/plugins/', pluginFile],
  ['/public/build/img/', (host, call, rest) => sendFile(call.res, path.join(host.options.hostDist, 'img'), rest)],
  ['/public/fonts/', (host, call, rest) => sendFile(call.res, path.join(host.options.hostDist, 'fonts'), rest)],
  ['/public/', (_host, call) => sendText(call.res, 404, 'not found')],
  ['/host/', (host, call, rest) => sendFile(call.res, host.options.hostDist, rest, rest.startsWith('chunks/'))],
];

function page(host: Host, call: Call): void {
  const { role, theme, language } = call.session;
  const cookiePath = `Path=${host.subPath}/; SameSite=Lax`;
  call.res.setHeader('set-cookie', [
    `host_role=${role}; ${cookiePath}`,
    `host_theme=${theme}; ${cookiePath}`,
    `host_lang=${language}; ${cookiePath}`,
  ]);
  const html = renderPage({
    session: call.session,
    subPath: host.subPath,
    appUrl: `${host.url}/`,
    grafanaVersion: host.grafanaVersion,
    datasources: host.options.datasources,
    plugins: allSettings(host),
    roles: [...host.plugins.values()].flatMap((plugin) => plugin.manifest.roles ?? []),
  });
  sendText(call.res, 200, html, 'text/html');
}

async function handle(host: Host, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const [rawPath = '/', ...query] = (req.url ?? '/').split('?');
  const search = query.length === 0 ? '' : `?${query.join('?')}`;
  const below = host.subPath !== '' && rawPath.startsWith(`${host.subPath}/`);
  const session = readSession(req, new URLSearchParams(search), host.options.role ?? 'Admin');
  const call: Call = { req, res, session, path: below ? rawPath.slice(host.subPath.length) : rawPath, search };
  const { origin } = req.headers;
  if (origin !== undefined && origin !== new URL(host.url).origin) {
    sendText(res, 403, 'origin not allowed\n');
    return;
  }
  // As with `serve_from_sub_path`: the API answers on both, files and pages send the browser below the sub-path.
  if (host.subPath !== '' && !below && !rawPath.startsWith('/api/')) {
    res.writeHead(rawPath.startsWith('/public/') ? 301 : 302, { location: `${host.subPath}${req.url ?? '/'}` });
    res.end();
    return;
  }
  const found = handlers.find(([prefix]) => call.path.startsWith(prefix));
  await (found === undefined ? page(host, call) : found[1](host, call, call.path.slice(found[0].length)));
}

async function listen(server: http.Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function appSettings(
  options: HostServerOptions,
  plugins: ReadonlyMap<string, InstalledPlugin>
): Array<[string, PluginSettings]> {
  const apps = [...plugins.values()].filter((plugin) => plugin.manifest.type === 'app');
  return apps.map((app) => [
    app.manifest.id,
    {
      enabled: true,
      jsonData: { apiUrl: options.backend.url },
      secureJsonData: { backendToken: options.backend.token },
    },
  ]);
}

/**
 * Serves the browser host on the loopback interface: its page, the plugin's files, and the parts of Grafana's HTTP API
 * that the plugin uses, with the plugin proxy behaving as recorded from Grafana 12.3.0.
 * Fails when the port is taken, `distDir` holds no app plugin or `hostDist` was not built.
 */
export async function startHostServer(options: HostServerOptions): Promise<HostServer> {
  const plugins = await readPlugins(options.distDir);
  const info = JSON.parse(await readFile(path.join(options.hostDist, 'host.json'), 'utf8')) as { grafana: string };
  const api = new GrafanaApi({
    dashboardDirs: options.dashboardDirs,
    editableDashboardDirs: options.editableDashboardDirs ?? [],
    serviceTokens: options.serviceTokens ?? {},
  });
  await api.start();
  const host: Host = {
    options,
    api,
    subPath: options.subPath ?? '',
    signer: options.signer ?? (await createTokenSigner()),
    plugins,
    settings: new Map(appSettings(options, plugins)),
    grafanaVersion: info.grafana,
    url: '',
  };
  const server = http.createServer((req, res) => {
    handle(host, req, res).catch((error: unknown) => {
      if (res.headersSent) {
        res.destroy();
      } else {
        sendJson(res, 500, { message: error instanceof Error ? error.message : String(error) });
      }
    });
  });
  const port = await listen(server, options.port ?? 0);
  host.url = `http://127.0.0.1:${port}${host.subPath}`;
  return {
    url: host.url,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
