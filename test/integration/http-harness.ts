import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import { z } from 'zod';
import { Auth } from '../../backend/src/http/auth.ts';
import { EventStream } from '../../backend/src/http/event-stream.ts';
import { listen } from '../../backend/src/http/listener.ts';
import { openApiDocument } from '../../backend/src/http/openapi.ts';
import { defaultRateLimits, type RateLimits } from '../../backend/src/http/rate-limit.ts';
import type { RemediationApi } from '../../backend/src/http/remediation-api.ts';
import { createHttp } from '../../backend/src/http/server.ts';
import { createLogger } from '../../backend/src/observability/logger.ts';
import { createMetrics } from '../../backend/src/observability/metrics.ts';
import type { ConnectionReport } from '../../backend/src/contract/index.ts';
import { AppError } from '../../backend/src/errors.ts';
import { memoryInsights } from './http-insights.ts';
import { memoryJobs } from './http-jobs.ts';
import { noRemediation } from './http-remediation.ts';
import { nowMs, publicUrl } from './http-grafana.ts';

/** Made once: it takes a tenth of a second. */
const openApi = openApiDocument('0.0.0-test');

export const token = 'canary-backend-token';
export const jobBody = { name: 'checkout-latency', query: 'sum(rate(http_requests_total[5m]))' };

export interface HarnessOptions {
  /** null: none, loopback mode. */
  readonly token?: string | null;
  readonly grafanaUrl?: string;
  readonly rateLimits?: RateLimits;
  readonly trustedProxies?: readonly string[];
  readonly heartbeatMs?: number;
  readonly maxEventClients?: number;
  readonly ready?: boolean;
  readonly remediation?: RemediationApi;
  /** Whether the backend has no token of Grafana. */
  readonly withoutOverlays?: boolean;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body, or undefined when it is not JSON. */
  readonly json: Record<string, unknown>;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is instead of `body`. */
  readonly rawBody?: string;
}

/** The real HTTP side on a free port, over jobs in memory. */
export async function startHarness(options: HarnessOptions = {}) {
  const jobs = memoryJobs();
  const insights = memoryInsights();
  const logLines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logLines.push(chunk.toString());
      done();
    },
  });
  const clock = { time: nowMs, nowMs: () => clock.time, sleep: async () => {} };
  const events = new EventStream({
    subscribe: jobs.subscribe,
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
    ...(options.maxEventClients === undefined ? {} : { maxClients: options.maxEventClients }),
  });
  const grafana =
    options.grafanaUrl === undefined
      ? undefined
      : {
          url: options.grafanaUrl,
          publicUrl: publicUrl.replace(/\/$/, ''),
          orgs: [1, 7],
          tokenFile: undefined,
          changeTags: [],
        };
  const expected = options.token === null ? undefined : (options.token ?? token);
  const stopping = new AbortController();
  const metrics = createMetrics();
  const app = createHttp({
    api: {
      ...insights.api,
      remediation: options.remediation ?? noRemediation(),
      ...(options.withoutOverlays === true ? { overlays: undefined } : {}),
      jobs,
      sources: memorySources(),
      training: { load: () => ({ running: 0, queued: 0, workers: 1 }) },
      events,
      clock,
      version: '0.0.0-test',
      startedAtMs: nowMs,
      warnings: [],
      openApi,
    },
    auth: new Auth({ token: expected, grafana, clock }),
    facade: (request, response) => void response.json({ status: 'success', data: request.url }),
    metrics,
    logger: createLogger({ destination: sink, level: 'debug' }),
    webhooks: (_request, _response, next) => {
      next();
    },
    readiness: () => ({ store: true, jobs: options.ready ?? true }),
    trustedProxies: options.trustedProxies ?? [],
    rateLimits: options.rateLimits ?? defaultRateLimits,
    stopping: stopping.signal,
  });
  const listener = await listen(app, { host: '127.0.0.1', port: 0 });
  return {
    url: listener.url,
    jobs,
    insights,
    clock,
    events,
    logText: () => logLines.join(''),
    /** Sends the path as it is, without the tidying that fetch does. */
    ask: (path: string, ask: Ask = {}) => send(listener.url, path, ask),
    /** With the token. */
    get: (path: string) => send(listener.url, path, { headers: bearer() }),
    listener,
    stopping,
    async stop() {
      events.stop();
      stopping.abort();
      await listener.close(200);
      metrics.registry.clear();
    },
  };
}

export type Harness = Awaited<ReturnType<typeof startHarness>>;

export const bearer = (secret = token) => ({ Authorization: `Bearer ${secret}` });

/** What a plugin-proxy route adds to a change: token, grant and the user's identity. */
export const changeHeaders = (idToken: string) => ({
  ...bearer(),
  'X-Aiops-Grant': 'models:write',
  'X-Grafana-Id': idToken,
});

function memorySources() {
  const report: ConnectionReport = { ok: true, steps: [{ step: 'dns', ok: true, detail: 'ok' }], message: 'reachable' };
  return {
    list: () => [
      {
        name: 'main',
        kind: 'prometheus' as const,
        url: 'http://p:9090',
        reachable: true,
        message: null,
        checkedAtMs: 1,
      },
    ],
    async check(name: string) {
      if (name !== 'main') {
        throw new AppError('not_found', `There is no source "${name}". There are: main.`);
      }
      return report;
    },
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export function send(baseUrl: string, path: string, ask: Ask): Promise<Answered> {
  const { hostname, port } = new URL(baseUrl);
  const payload = ask.rawBody ?? (ask.body === undefined ? undefined : JSON.stringify(ask.body));
  const headers = {
    ...(payload === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': `${Buffer.byteLength(payload)}` }),
    ...ask.headers,
  };
  return new Promise((resolve, reject) => {
    const call = httpRequest(
      { hostname, port, path, method: ask.method ?? 'GET', headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) });
        });
        response.on('error', reject);
      }
    );
    call.on('error', reject);
    call.end(payload);
  });
}

/** Waits for a condition that other code of the same process brings about. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    if (turn > 5_000) {
      throw new Error('the condition never came true');
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The event stream as a client reads it. */
export async function openStream(baseUrl: string, headers: Record<string, string> = {}) {
  const leave = new AbortController();
  const response = await fetch(`${baseUrl}/api/v1/events`, {
    headers: { ...bearer(), ...headers },
    signal: leave.signal,
  });
  const reader = z
    .instanceof(ReadableStream<Uint8Array>)
    .parse(response.body)
    .getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    headers: response.headers,
    close: () => leave.abort(),
    async until(part: string) {
      while (!text.includes(part)) {
        const { value, done } = await reader.read();
        if (done) {
          throw new Error(`the stream ended before ${part}`);
        }
        text += decoder.decode(value, { stream: true });
      }
      return text;
    },
    async ended() {
      while (!(await reader.read()).done) {
        // reads on until the server ends the stream
      }
    },
  };
}
