import { Agent, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { SourceCredentials } from '../datasources/source-credentials.ts';
import { networkError } from '../datasources/source-errors.ts';
import { parseRetryAfterMs } from '../delivery/back-off.ts';
import { AppError } from '../errors.ts';
import type { GrafanaCall, GrafanaReply } from './grafana-call.ts';
import { notGrafana, refusalOf, tokenRefused } from './grafana-refusal.ts';

export interface GrafanaSettings {
  /** Base of Grafana, its sub-path included, with a slash at the end. */
  readonly url: string;
  /** File with a service account token; read again when it changes. */
  readonly tokenFile: string;
  /** Deadline of one request with its answer; 10 s when left out. */
  readonly timeoutMs?: number;
  /** Largest answer that is read; 16 MiB when left out. */
  readonly maxBytes?: number;
}

const defaultTimeoutMs = 10_000;
const defaultMaxBytes = 16_777_216;
// Grafana serves people first; two connections keep up with what is written and read in the background.
const connections = 2;

/**
 * Grafana's HTTP API with a service account token: a deadline, a limit on the answer, no redirects, nothing repeated.
 * Whatever goes wrong is an AppError that names Grafana's address, the cause and what to do.
 */
export class GrafanaClient {
  /** Name and address for messages. */
  readonly where: string;
  readonly #settings: Required<GrafanaSettings>;
  readonly #credentials: SourceCredentials;
  readonly #agent: Agent;

  constructor(settings: GrafanaSettings) {
    this.#settings = { timeoutMs: defaultTimeoutMs, maxBytes: defaultMaxBytes, ...settings };
    this.#credentials = new SourceCredentials({ bearerTokenFile: settings.tokenFile });
    this.where = `Grafana (${settings.url.replace(/\/+$/, '')})`;
    const { timeoutMs } = this.#settings;
    this.#agent = new Agent({ connections, pipelining: 1, keepAliveTimeout: 30_000, connect: { timeout: timeoutMs } });
  }

  /**
   * Any answer that is JSON, whatever its status, but 401: the caller decides on 404, 409 or 412.
   * @throws AppError `source_…` when Grafana can't be reached, does not answer in full, answers a page, or refuses the
   * token; `config_invalid` for an unreadable token file; the signal's reason when aborted
   */
  async send(call: GrafanaCall, signal: AbortSignal): Promise<GrafanaReply> {
    const { timeoutMs } = this.#settings;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      return await this.#attempt(call, AbortSignal.any([signal, deadline]));
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) {
        const message = `${this.where}: no full answer within ${timeoutMs / 1_000} s; check that it is not overloaded`;
        throw new AppError('source_timeout', message, { cause: error });
      }
      throw networkError(error, this.where);
    }
  }

  /**
   * The answer of a call that must succeed, checked.
   * @throws AppError as `send` does, and for any refusal: `source_unauthorized` names the right that is missing
   */
  async ask<T>(call: GrafanaCall, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const reply = await this.send(call, signal);
    if (reply.status >= 300) {
      throw refusalOf(reply, call, this.where);
    }
    const parsed = schema.safeParse(reply.json);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const part = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
      const message = `${this.where}: ${call.method} /${call.path} answered another shape than Grafana does${part}; check grafana.url`;
      throw new AppError('source_unavailable', message);
    }
    return parsed.data;
  }

  async stop(): Promise<void> {
    await this.#agent.destroy();
  }

  async #attempt(call: GrafanaCall, signal: AbortSignal): Promise<GrafanaReply> {
    const credentials = await this.#credentials.headers();
    const base = new URL(this.#settings.url);
    const query = new URLSearchParams((call.query ?? []).map(([name, value]): [string, string] => [name, value]));
    const answer = await this.#agent.request({
      origin: base.origin,
      path: `${base.pathname.replace(/\/+$/, '')}/${call.path}${query.size === 0 ? '' : `?${query.toString()}`}`,
      method: call.method,
      headers: {
        accept: 'application/json',
        'user-agent': 'selfheal-aiops',
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...credentials,
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      signal,
    });
    return this.#readReply(call, answer, await this.#readBody(answer));
  }

  #readReply(call: GrafanaCall, answer: Dispatcher.ResponseData, text: string): GrafanaReply {
    if (answer.statusCode === 401) {
      throw tokenRefused(this.where, this.#settings.tokenFile);
    }
    const header = (name: string) => [answer.headers[name]].flat()[0] ?? '';
    const json = parseJson(text);
    if (json === undefined && !(text === '' && answer.statusCode < 300)) {
      const said = this.#credentials.redact(text.slice(0, 120).replace(/\s+/g, ' ').trim());
      const location = header('location').replace(/[?#].*$/, '');
      throw notGrafana({ where: this.where, call, status: answer.statusCode, said, location });
    }
    const retryAfterMs = parseRetryAfterMs(header('retry-after'), Date.now());
    return { status: answer.statusCode, json, retryAfterMs };
  }

  async #readBody(answer: Dispatcher.ResponseData): Promise<string> {
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of answer.body as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > this.#settings.maxBytes) {
        const size = `${Math.round(this.#settings.maxBytes / 1_048_576)} MiB`;
        throw new AppError('source_too_large', `${this.where}: the answer is larger than ${size}; it is not read`);
      }
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
