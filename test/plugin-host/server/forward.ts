import http, {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import https from 'node:https';
import { securityHeaders } from './answers.ts';

/** What Grafana's proxies take out of a browser's request before it goes on. */
const strippedFromRequest = [
  'authorization',
  'cookie',
  'set-cookie',
  'origin',
  'referer',
  'host',
  'x-access-token',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-grafana-context',
  'x-grafana-device-id',
  'x-grafana-id',
  'x-grafana-user',
];
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'];
const strippedFromAnswer = [...hopByHop, 'set-cookie', 'server', 'alt-svc', 'close', 'strict-transport-security'];

/** The browser's headers as they arrive upstream, before a route or a data source sets its own. */
function forwardedHeaders(req: IncomingMessage): OutgoingHttpHeaders {
  const named = String(req.headers.connection ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const drop = new Set([...strippedFromRequest, ...hopByHop, ...named]);
  const kept = Object.entries(req.headers).filter(([name]) => !drop.has(name));
  const client = (req.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
  const before = req.headers['x-forwarded-for'];
  // Seen with 12.3.0: the client's address stands there twice.
  const chain = [before, client, client].filter((part) => part !== undefined).join(', ');
  return { ...Object.fromEntries(kept), 'x-forwarded-for': chain, 'x-grafana-referer': '' };
}

/** The upstream's headers as a browser gets them from Grafana. */
function answerHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !strippedFromAnswer.includes(name));
  return {
    ...Object.fromEntries(kept),
    ...securityHeaders,
    'content-security-policy': 'sandbox',
    via: headers.via === undefined ? '1.1 grafana' : `1.1 grafana, ${headers.via}`,
  };
}

export interface ForwardTarget {
  readonly origin: string;
  /** Sent as it is: dot segments are not resolved, as Grafana does not resolve them. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Replaces the browser's body. */
  readonly body?: string;
}

function badGateway(res: ServerResponse): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.writeHead(502, { ...securityHeaders, 'content-length': 0 });
  res.end();
}

/**
 * Streams one request to the upstream and its answer back, event streams included. A failing upstream gives 502 with
 * an empty body; a browser that leaves ends the upstream request.
 */
export function forward(req: IncomingMessage, res: ServerResponse, target: ForwardTarget): void {
  const url = new URL(target.origin);
  const client = url.protocol === 'https:' ? https : http;
  const headers = { ...forwardedHeaders(req), ...target.headers };
  if (target.body !== undefined) {
    headers['content-length'] = Buffer.byteLength(target.body);
  }
  const upstream = client.request({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    method: req.method,
    path: target.path,
    headers,
    agent: false,
  });
  upstream.on('response', (answer) => {
    res.writeHead(answer.statusCode ?? 502, answerHeaders(answer.headers));
    res.flushHeaders();
    answer.on('error', () => res.destroy());
    answer.pipe(res);
  });
  upstream.on('error', () => badGateway(res));
  res.on('close', () => upstream.destroy());
  if (target.body === undefined) {
    req.pipe(upstream);
  } else {
    upstream.end(target.body);
  }
}
