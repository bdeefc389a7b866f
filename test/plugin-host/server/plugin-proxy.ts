import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson, sendText } from './answers.ts';
import { forward } from './forward.ts';
import { grafanaContext, type HostUser, type TokenSigner } from './identity.ts';
import {
  matchRoute,
  mayUse,
  renderTemplate,
  upstreamUrl,
  type PluginRole,
  type PluginRoute,
  type TemplateValues,
} from './plugin-routes.ts';

interface ProxiedPlugin {
  readonly type: string;
  readonly enabled: boolean;
  readonly routes: readonly PluginRoute[];
  readonly roles: readonly PluginRole[];
  readonly values: TemplateValues;
}

export interface ProxyCall {
  readonly plugin: ProxiedPlugin | undefined;
  readonly user: HostUser;
  readonly signer: TokenSigner;
  /** Public root URL with its trailing slash. */
  readonly issuer: string;
  /** What stands behind `/api/plugin-proxy/<id>`, still encoded, without the query. */
  readonly rawPath: string;
  /** The query with its `?`, or an empty text. */
  readonly search: string;
}

const accessDenied = {
  accessErrorId: 'ACE0000000000',
  message: "You'll need additional permissions to perform this action. Permissions needed: plugins.app:access",
  title: 'Access denied',
};

/** Answers what Grafana answers before any route is looked at; true when the call may go on. */
function admit(res: ServerResponse, call: ProxyCall): call is ProxyCall & { plugin: ProxiedPlugin } {
  if (call.plugin === undefined) {
    sendJson(res, 404, { message: 'Plugin not found' });
    return false;
  }
  if (call.user.orgRole === 'None') {
    sendJson(res, 403, accessDenied);
    return false;
  }
  if (call.plugin.type !== 'app') {
    sendJson(res, 500, { message: 'Failed to fetch plugin settings', traceID: '' });
    return false;
  }
  if (!call.plugin.enabled) {
    sendJson(res, 404, { message: 'Plugin is not enabled' });
    return false;
  }
  return true;
}

/** Grafana's `/api/plugin-proxy/<id>/…` for one request: routes of plugin.json, templates, identity, streaming. */
export async function proxyPluginCall(req: IncomingMessage, res: ServerResponse, call: ProxyCall): Promise<void> {
  if (!admit(res, call)) {
    return;
  }
  const { plugin, user } = call;
  const match = matchRoute(plugin.routes, req.method ?? 'GET', call.rawPath);
  if (match.kind === 'bad-path') {
    sendText(res, 400, '400 Bad Request');
    return;
  }
  if (match.kind === 'none') {
    sendJson(res, 404, { message: 'plugin route match not found' });
    return;
  }
  const { route, rest } = match;
  if (!mayUse(route, plugin.roles, user.orgRole)) {
    sendJson(res, 403, { message: 'plugin proxy route access denied' });
    return;
  }
  const url = upstreamUrl(route, rest, call.search, plugin.values);
  const own = (route.headers ?? []).map((h) => [h.name.toLowerCase(), renderTemplate(h.content, plugin.values).trim()]);
  const target = {
    // Without a host Grafana answers 502 as well; port 9 (discard) has nobody listening.
    origin: url?.origin ?? 'http://127.0.0.1:9',
    path: url?.path ?? '/',
    headers: {
      'x-grafana-context': grafanaContext(user),
      'x-grafana-id': await call.signer.sign(user, call.issuer),
      ...Object.fromEntries(own),
    },
  };
  const body = route.body === undefined ? {} : { body: renderTemplate(JSON.stringify(route.body), plugin.values) };
  forward(req, res, { ...target, ...body });
}
