/** What the browser host reads of a plugin.json: the fields that Grafana's plugin proxy acts on. */
export interface PluginRoute {
  readonly path: string;
  readonly method?: string;
  readonly url: string;
  readonly reqRole?: OrgRole;
  readonly reqAction?: string;
  readonly headers?: ReadonlyArray<{ readonly name: string; readonly content: string }>;
  readonly body?: unknown;
}
export interface PluginRole {
  readonly role: { readonly name: string; readonly permissions: ReadonlyArray<{ readonly action: string }> };
  readonly grants: readonly string[];
}
export type OrgRole = 'Viewer' | 'Editor' | 'Admin' | 'None';

/** Values that templates in routes may name. */
export interface TemplateValues {
  readonly JsonData: Readonly<Record<string, unknown>>;
  readonly SecureJsonData: Readonly<Record<string, string>>;
}

export type RouteMatch =
  | { readonly kind: 'bad-path' }
  | { readonly kind: 'none' }
  | { readonly kind: 'route'; readonly route: PluginRoute; readonly rest: string };

const rank: Readonly<Record<OrgRole, number>> = { None: 0, Viewer: 1, Editor: 2, Admin: 3 };

function decodePath(rawPath: string): string | undefined {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return undefined;
  }
}

function restOf(route: PluginRoute, path: string): string | undefined {
  if (!route.path.endsWith('*')) {
    return route.path === path ? '' : undefined;
  }
  const prefix = route.path.slice(0, -1);
  return path.startsWith(prefix) ? path.slice(prefix.length).replace(/^\//, '') : undefined;
}

/**
 * The first route that fits, as Grafana 12.3 chooses it: the path is percent-decoded first and loses its trailing
 * slash, `*` takes the rest (dot segments included), a method is one exact verb or absent, letter case counts.
 * @param rawPath what stands behind `/api/plugin-proxy/<id>`, still encoded, without the query
 */
export function matchRoute(routes: readonly PluginRoute[], method: string, rawPath: string): RouteMatch {
  const decoded = decodePath(rawPath);
  if (decoded === undefined) {
    return { kind: 'bad-path' };
  }
  const path = decoded.replace(/^\/{1,2}/, '').replace(/\/$/, '');
  for (const route of routes) {
    const verb = route.method ?? '*';
    const rest = verb === '*' || verb === method ? restOf(route, path) : undefined;
    if (rest !== undefined) {
      return { kind: 'route', route, rest };
    }
  }
  return { kind: 'none' };
}

/** The actions that plugin.json's `roles[]` grant to a role; a grant to a lower role holds for the higher ones too. */
export function actionsOf(roles: readonly PluginRole[], role: OrgRole): ReadonlySet<string> {
  const holds = (grant: string): boolean =>
    (grant === 'Viewer' || grant === 'Editor' || grant === 'Admin') && rank[role] >= rank[grant];
  const granted = roles.filter((r) => r.grants.some(holds)).flatMap((r) => r.role.permissions.map((p) => p.action));
  return new Set(role === 'None' ? granted : [...granted, 'plugins.app:access']);
}

/** Whether a route lets the caller through; `reqAction` decides alone when both are given. */
export function mayUse(route: PluginRoute, roles: readonly PluginRole[], role: OrgRole): boolean {
  if (route.reqAction !== undefined) {
    return actionsOf(roles, role).has(route.reqAction);
  }
  return route.reqRole === undefined || rank[role] >= rank[route.reqRole];
}

/** Renders Go templates as far as routes use them: `{{ .JsonData.x }}`, `{{ .SecureJsonData.x }}`, `| orEmpty`. */
export function renderTemplate(text: string, values: TemplateValues): string {
  const pattern = /\{\{\s*\.(JsonData|SecureJsonData)\.(\w+)\s*(\|\s*orEmpty\s*)?\}\}/g;
  return text.replace(pattern, (_all, area: keyof TemplateValues, key: string, orEmpty: string | undefined) => {
    const value = values[area][key];
    return value === undefined ? (orEmpty === undefined ? '<no value>' : '') : String(value);
  });
}

/** Encodes a decoded path the way Go's `url.URL` prints it. */
function encodePath(path: string): string {
  return encodeURIComponent(path)
    .replace(/%(24|26|2B|2C|2F|3A|3B|3D|40)/g, (hex) => decodeURIComponent(hex))
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The upstream address: the route's own (its query is lost) plus the rest and the caller's query; undefined without a host. */
export function upstreamUrl(
  route: PluginRoute,
  rest: string,
  search: string,
  values: TemplateValues
): { readonly origin: string; readonly path: string } | undefined {
  const rendered = /^(https?:\/\/[^/\s<>]+)([^?]*)/.exec(renderTemplate(route.url, values));
  if (rendered === null) {
    return undefined;
  }
  const base = (rendered[2] ?? '').replace(/\/$/, '');
  return { origin: rendered[1] ?? '', path: `${encodePath(rest === '' ? base : `${base}/${rest}`)}${search}` };
}
