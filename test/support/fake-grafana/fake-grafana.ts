import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AnnotationStore } from './annotation-store.ts';
import { answered, lacking, type ApiAnswer, type ApiCall, type Caller, type Role } from './answer.ts';
import { DashboardStore } from './dashboard-store.ts';

export interface FakeGrafana {
  /** With a slash at the end. */
  readonly url: string;
  readonly annotations: AnnotationStore;
  readonly dashboards: DashboardStore;
  /** What `api/alertmanager/grafana/api/v2/alerts` answers. */
  alerts: unknown;
  /** What `api/prometheus/grafana/api/v1/rules` answers. */
  rules: unknown;
  /** `POST /api/annotations` and so on, in the order they came, failed ones included. */
  readonly requests: string[];
  /** Replaces the next answers to requests that begin with `start`, such as `POST /api/annotations`. */
  failNext(start: string, failure: Failure, times?: number): void;
  /** Every request is answered like that until it is set to undefined: Grafana is away. */
  broken: Failure | undefined;
  close(): Promise<void>;
}

/** How an injected failure answers. `after` handles the request first: the answer is what gets lost. */
export interface Failure {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly hangUp?: boolean;
  readonly after?: boolean;
}

export interface FakeGrafanaOptions {
  /** Roles by token. */
  readonly tokens: Readonly<Record<string, Role>>;
  readonly nowMs?: () => number;
}

interface Planned {
  readonly start: string;
  readonly failure: Failure;
  left: number;
}

/** A Grafana of annotations, dashboards and alerts on the loopback interface, answering as 12.3.0 was recorded. */
export async function startFakeGrafana(options: FakeGrafanaOptions): Promise<FakeGrafana> {
  const dashboards = new DashboardStore();
  const annotations = new AnnotationStore((uid) => dashboards.find(uid) !== undefined, options.nowMs);
  const planned: Planned[] = [];
  const fake: FakeGrafana = {
    url: '',
    annotations,
    dashboards,
    alerts: [],
    rules: { status: 'success', data: { groups: [] } },
    requests: [],
    broken: undefined,
    failNext: (start, failure, times = 1) => planned.push({ start, failure, left: times }),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  const server = http.createServer((req, res) => void handle(fake, options, planned, { req, res }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

async function handle(
  fake: FakeGrafana,
  { tokens }: FakeGrafanaOptions,
  planned: Planned[],
  { req, res }: Exchange
): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://grafana');
  const line = `${req.method ?? ''} ${url.pathname}`;
  fake.requests.push(line);
  const body = await readBody(req);
  const plan = planned.find(({ start, left }) => left > 0 && line.startsWith(start));
  const failure = fake.broken ?? plan?.failure;
  if (plan !== undefined && fake.broken === undefined) {
    plan.left -= 1;
  }
  if (failure !== undefined && failure.after !== true) {
    sendFailure(res, failure);
    return;
  }
  const role = tokens[(req.headers.authorization ?? '').replace(/^Bearer /, '')];
  const answer =
    role === undefined && url.pathname !== '/api/health'
      ? answered(401, { message: 'Unauthorized' })
      : await route(fake, {
          method: req.method ?? 'GET',
          path: decodeURIComponent(url.pathname),
          query: url.searchParams,
          body,
          caller: { role: role ?? 'None', login: `sa-1-${(role ?? 'none').toLowerCase()}` },
        });
  if (failure === undefined) {
    res.writeHead(answer.status, { 'content-type': 'application/json; charset=UTF-8' });
    res.end(JSON.stringify(answer.body));
  } else {
    sendFailure(res, failure);
  }
}

function sendFailure(res: ServerResponse, failure: Failure): void {
  if (failure.hangUp === true) {
    res.destroy();
    return;
  }
  res.writeHead(failure.status ?? 503, { 'content-type': 'text/plain', ...failure.headers });
  res.end(failure.body ?? '');
}

async function readBody(req: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of req as AsyncIterable<Buffer>) {
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

async function route(fake: FakeGrafana, call: ApiCall): Promise<ApiAnswer> {
  if (call.path.startsWith('/apis/')) {
    return fake.dashboards.answerApis({ ...call, path: call.path.slice('/apis/'.length) });
  }
  const path = call.path.slice('/api/'.length);
  switch (path) {
    case 'health':
      return answered(200, { database: 'ok', version: '12.3.0', commit: 'local' });
    case 'user':
      return answered(200, userOf(call.caller));
    case 'alertmanager/grafana/api/v2/alerts':
      return call.caller.role === 'None' ? lacking('alert.instances:read') : answered(200, fake.alerts);
    case 'prometheus/grafana/api/v1/rules':
      return call.caller.role === 'None' ? lacking('alert.rules:read') : answered(200, fake.rules);
    default:
      return path.startsWith('annotations')
        ? await fake.annotations.answer({ ...call, path })
        : fake.dashboards.answer({ ...call, path });
  }
}

function userOf({ role, login }: Caller): Record<string, unknown> {
  return { id: 0, uid: 'service-account:6', login, name: `sa-${role}`, orgId: 1 };
}
