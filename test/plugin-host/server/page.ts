import { userOf, type HostRole } from './identity.ts';
import { actionsOf, type PluginRole } from './plugin-routes.ts';

/** A data source of the host; the first one is the default. */
export interface DataSourceEntry {
  readonly uid: string;
  readonly name: string;
  /** Only `prometheus` is drawn by the host. */
  readonly type: string;
  readonly url: string;
  /** Set on every request to the data source, such as basic auth. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly jsonData?: Readonly<Record<string, unknown>>;
}

/** What a browser has chosen with `?role=`, `?theme=` and `?lang=`; kept in cookies. */
export interface HostSession {
  readonly role: HostRole;
  readonly theme: 'dark' | 'light';
  readonly language: 'en-US' | 'ko-KR';
}

interface PageInput {
  readonly session: HostSession;
  /** `/grafana`, or an empty text at the root. */
  readonly subPath: string;
  readonly appUrl: string;
  readonly grafanaVersion: string;
  readonly datasources: readonly DataSourceEntry[];
  readonly plugins: ReadonlyArray<Record<string, unknown>>;
  readonly roles: readonly PluginRole[];
}

function describeDataSource(entry: DataSourceEntry, id: number): Record<string, unknown> {
  const { uid, name, type, jsonData } = entry;
  return {
    id,
    uid,
    name,
    type,
    access: 'proxy',
    url: `/api/datasources/proxy/uid/${uid}`,
    jsonData: { httpMethod: 'POST', timeInterval: '15s', ...jsonData },
    readOnly: true,
    isDefault: id === 1,
  };
}

function bootUser(input: PageInput): Record<string, unknown> {
  const { role, language, theme } = input.session;
  const user = userOf(role);
  return {
    ...user,
    isSignedIn: !user.anonymous,
    isGrafanaAdmin: false,
    orgId: 1,
    orgName: 'Main Org.',
    orgCount: 1,
    timezone: 'browser',
    weekStart: 'browser',
    language,
    locale: language,
    regionalFormat: language,
    theme,
    lightTheme: theme === 'light',
    permissions: Object.fromEntries([...actionsOf(input.roles, user.orgRole)].map((action) => [action, true])),
  };
}

/** What Grafana's index page hands to its scripts as `window.grafanaBootData`, as far as the host and plugins read it. */
function bootData(input: PageInput): Record<string, unknown> {
  return {
    user: bootUser(input),
    navTree: [],
    settings: {
      appSubUrl: input.subPath,
      appUrl: input.appUrl,
      defaultDatasource: input.datasources[0]?.name ?? '',
      buildInfo: { version: input.grafanaVersion, edition: 'Open Source', env: 'production', commit: '' },
      featureToggles: {},
      datasources: Object.fromEntries(input.datasources.map((d, i) => [d.name, describeDataSource(d, i + 1)])),
      panels: {},
      apps: {},
      licenseInfo: {},
      namespace: 'default',
      theme: input.session.theme,
      hostPlugins: input.plugins,
    },
  };
}

/** The host's one HTML page, for every address that is not an API or a file. */
export function renderPage(input: PageInput): string {
  const json = JSON.stringify(bootData(input)).replaceAll('<', '\\u003c');
  const theme = `theme-${input.session.theme}`;
  return `<!doctype html>
<html lang="${input.session.language}" class="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<base href="${input.subPath}/">
<title>Grafana host</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${input.subPath}/host/fonts.css">
<link rel="stylesheet" href="${input.subPath}/host/host.css">
</head>
<body class="${theme} app-grafana" style="margin: 0">
<div id="reactRoot"></div>
<script>window.__grafana_public_path__ = ${JSON.stringify(`${input.subPath}/public/`)}; window.grafanaBootData = ${json};</script>
<script type="module" src="${input.subPath}/host/host.js"></script>
</body>
</html>`;
}
