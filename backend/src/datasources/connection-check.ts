import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { z } from 'zod';
import { AppError, type ErrorCode, messageOf } from '../errors.ts';
import type { HttpSource, SourceReply } from './http-source.ts';
import { flavours } from './metrics/flavours.ts';
import type { ConnectionCause, ConnectionReport, ConnectionStep } from './metrics/metric-store.ts';
import { readReply } from './metrics/prometheus-reply.ts';
import { errorCodeOf, networkError } from './source-errors.ts';
import type { SourceSettings } from './source-settings.ts';

const closedCodes: readonly string[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

interface CheckedSource {
  readonly http: HttpSource;
  readonly settings: SourceSettings;
}

const causes: Readonly<Partial<Record<ErrorCode, ConnectionCause>>> = {
  source_dns: 'dns',
  source_refused: 'refused',
  source_tls: 'tls',
  source_unauthorized: 'unauthorized',
  config_invalid: 'unauthorized',
  source_not_found: 'not-found',
  source_not_prometheus: 'not-prometheus',
  source_timeout: 'timeout',
};

/** The step at which an error that came with the first answers belongs. */
const stepOfCause: Readonly<Record<ConnectionCause, ConnectionStep['step']>> = {
  dns: 'dns',
  refused: 'tcp',
  tls: 'tls',
  unauthorized: 'auth',
  'not-found': 'product',
  'not-prometheus': 'product',
  timeout: 'http',
  unavailable: 'http',
};

const BuildInfo = z.object({ application: z.string().optional(), version: z.string().optional() });

/** Waits for a socket's event, its error or the signal, and closes the socket. */
function firstEvent(socket: ReturnType<typeof connect>, event: string, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.once('error', reject);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  }).finally(() => socket.destroy());
}

/** What a socket is opened to. */
function addressOf(settings: SourceSettings): { host: string; port: number; isTls: boolean } {
  const url = new URL(settings.url);
  const isTls = url.protocol === 'https:';
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (isTls ? 443 : 80), isTls };
}

type Step = readonly [ConnectionStep['step'], (signal: AbortSignal) => Promise<string>];

function networkSteps({ http, settings }: CheckedSource): Step[] {
  const { host, port, isTls } = addressOf(settings);
  const dns: Step = [
    'dns',
    async (signal) => {
      if (isIP(host) !== 0) {
        return `${host} is an address, no name to look up`;
      }
      const found = await Promise.race([lookup(host), rejectWhenAborted(signal)]);
      return `${host} is ${found.address}`;
    },
  ];
  const tcp: Step = [
    'tcp',
    async (signal) => {
      await firstEvent(connect({ host, port }), 'connect', signal);
      return `port ${port} accepts connections`;
    },
  ];
  const tls: Step = [
    'tls',
    async (signal) => {
      const material = (await http.credentials.tls()) ?? {};
      const servername = isIP(host) === 0 ? host : '';
      const socket = connectTls({ host, port, servername, ...material });
      await firstEvent(socket, 'secureConnect', signal);
      return settings.tls?.insecureSkipVerify === true
        ? 'encrypted, but the certificate is not checked (insecureSkipVerify)'
        : 'the certificate is trusted';
    },
  ];
  return isTls ? [dns, tcp, tls] : [dns, tcp];
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Product and version from buildinfo; Mimir says its name, Prometheus and Thanos do not, and proxies may hide it. */
function readProduct(reply: SourceReply, { http, settings }: CheckedSource): { product: string; version?: string } {
  const flavour = flavours[settings.kind];
  if (reply.status === 404) {
    return { product: flavour.product };
  }
  const info = BuildInfo.safeParse(readReply(reply, http, flavour).data).data;
  const product = info?.application ?? flavour.product;
  return { product, ...(info?.version !== undefined && { version: info.version }) };
}

function describeProduct(
  { product, version }: { product: string; version?: string },
  settings: SourceSettings
): string {
  const name = `${product} ${version ?? '(it does not say its version)'}`;
  const isMimir = product.includes('Mimir');
  return isMimir && settings.kind !== 'mimir'
    ? `${name}, though the source says kind: ${settings.kind}; set kind: mimir so that a tenant can be named`
    : name;
}

/** HTTP, access, product and a first query: two requests, told as four steps. */
async function apiSteps(source: CheckedSource, steps: ConnectionStep[], signal: AbortSignal) {
  const { http, settings } = source;
  const info = await http.ask({ method: 'GET', path: '/api/v1/status/buildinfo' }, signal);
  steps.push({ step: 'http', ok: true, detail: `it answers HTTP (${info.status})` });
  const product = readProduct(info, source);
  const flavour =
    settings.kind === 'prometheus' && product.product.includes('Mimir') ? flavours.mimir : flavours[settings.kind];
  const form = { query: '1+1', time: String(Math.floor(Date.now() / 1_000)), ...flavour.queryParameters };
  const question = { path: '/api/v1/query', form };
  const posted = await http.ask({ ...question, method: 'POST' }, signal);
  const reply = posted.status === 405 ? await http.ask({ ...question, method: 'GET' }, signal) : posted;
  const { warnings } = readReply(reply, http, flavour);
  steps.push({ step: 'auth', ok: true, detail: 'access is allowed' });
  steps.push({ step: 'product', ok: true, detail: describeProduct(product, settings) });
  const warned = warnings.length === 0 ? '' : `, with a warning: ${warnings.join('; ')}`;
  steps.push({ step: 'query', ok: true, detail: `1+1 was answered${warned}` });
  return product;
}

function failure(error: unknown, { http, settings }: CheckedSource, deadline: AbortSignal): AppError {
  if (deadline.aborted && !(error instanceof AppError)) {
    const message = `${http.where}: no answer within ${settings.timeoutMs / 1_000} s; check the address and the firewall`;
    return new AppError('source_timeout', message, { cause: error });
  }
  // In TLS 1.3 a server says that it wants a client certificate only after the handshake, by closing the connection.
  const closed = error instanceof AppError && closedCodes.includes(errorCodeOf(error.cause) ?? '');
  if (closed && addressOf(settings).isTls && settings.tls?.certFile === undefined) {
    const message = `${http.where}: it closed the connection right after the TLS handshake; it may ask for a client certificate (tls.cert and tls.key)`;
    return new AppError('source_tls', message, { cause: error });
  }
  return networkError(error, http.where);
}

/**
 * Tries a source step by step, and names the first thing that is wrong and what to do.
 * Rejects only with the caller's own abort.
 */
export async function checkConnection(source: CheckedSource, signal: AbortSignal): Promise<ConnectionReport> {
  const deadline = AbortSignal.timeout(source.settings.timeoutMs);
  const both = AbortSignal.any([signal, deadline]);
  const steps: ConnectionStep[] = [];
  let current: ConnectionStep['step'] | undefined;
  try {
    for (const [step, run] of networkSteps(source)) {
      current = step;
      steps.push({ step, ok: true, detail: await run(both) });
    }
    current = undefined;
    const product = await apiSteps(source, steps, both);
    const name = describeProduct(product, source.settings);
    return { ok: true, steps, message: `${source.http.where}: works, ${name}`, ...product };
  } catch (error) {
    signal.throwIfAborted();
    const failed = failure(error, source, deadline);
    const cause =
      current === 'tls' && failed.code === 'config_invalid' ? 'tls' : (causes[failed.code] ?? 'unavailable');
    const rejected = failed.code === 'source_query_rejected';
    steps.push({ step: current ?? (rejected ? 'query' : stepOfCause[cause]), ok: false, detail: messageOf(failed) });
    return { ok: false, steps, cause, message: failed.message };
  }
}
