import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { type CredentialSettings, SourceCredentials } from '../datasources/source-credentials.ts';
import { networkError } from '../datasources/source-errors.ts';
import { AppError } from '../errors.ts';

/** A server that results are sent to. */
export interface TargetSettings extends CredentialSettings {
  /** What messages call it, such as `writer main`. */
  readonly name: string;
  readonly url: string;
  /** Deadline of one request with its answer. */
  readonly timeoutMs: number;
  /** Looks names up instead of the system, so that it can refuse addresses. */
  readonly lookup?: LookupFunction;
}

export interface TargetRequest {
  /** Appended to the target's url; empty or beginning with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export interface TargetReply {
  readonly status: number;
  readonly contentType: string;
  /** Header Retry-After as it came; empty when there was none. */
  readonly retryAfter: string;
  /** Where a 3xx answer points to, without its query string; empty otherwise. */
  readonly location: string;
  /** The beginning of the answer, without our secrets. */
  readonly text: string;
}

// Refusals are a sentence or a page; more of it would only fill the memory.
const readBytes = 16_384;
const connectTimeoutMs = 10_000;
const connections = 2;

/**
 * Posts to one server over kept connections, with its credentials and a deadline. Answers of any status are handed on;
 * nothing is repeated and no redirect is followed: the caller knows what may be sent twice.
 */
export class HttpTarget {
  /** Name and address for messages. */
  readonly where: string;
  readonly #settings: TargetSettings;
  readonly #credentials: SourceCredentials;
  #agent: { readonly key: string; readonly agent: Agent } | undefined;
  #stopped = false;

  constructor(settings: TargetSettings) {
    this.#settings = settings;
    this.#credentials = new SourceCredentials(settings);
    this.where = `${settings.name} (${new URL(settings.url).origin})`;
  }

  /**
   * @throws AppError `source_…` for a server that can't be reached or does not answer in full, `config_invalid` for
   * unreadable credentials; the signal's reason when aborted
   */
  async post(request: TargetRequest, signal: AbortSignal): Promise<TargetReply> {
    const { timeoutMs } = this.#settings;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      return await this.#attempt(request, AbortSignal.any([signal, deadline]));
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) {
        const message = `${this.where}: no full answer within ${timeoutMs / 1_000} s; check that it keeps up, or raise timeout`;
        throw new AppError('source_timeout', message, { cause: error });
      }
      throw networkError(error, this.where);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#agent?.agent.destroy();
    this.#agent = undefined;
  }

  async #attempt({ path, headers, body }: TargetRequest, signal: AbortSignal): Promise<TargetReply> {
    const url = new URL(this.#settings.url);
    const credentials = await this.#credentials.headers();
    const agent = await this.#dispatcher();
    const answer = await agent.request({
      origin: url.origin,
      path: `${url.pathname.replace(/\/$/, '')}${path}${url.search}`,
      method: 'POST',
      headers: { 'user-agent': 'selfheal-aiops', ...headers, ...credentials },
      body,
      signal,
    });
    return await this.#read(answer);
  }

  async #read(answer: Dispatcher.ResponseData): Promise<TargetReply> {
    const header = (name: string) => {
      const value = answer.headers[name];
      return (Array.isArray(value) ? value[0] : value) ?? '';
    };
    const parts: Buffer[] = [];
    let bytes = 0;
    // An answer that breaks off is no answer: whether it was taken is then unknown.
    for await (const part of answer.body as AsyncIterable<Buffer>) {
      if (bytes < readBytes) {
        parts.push(part);
      }
      bytes += part.length;
      if (bytes > 64 * readBytes) {
        break;
      }
    }
    const text = Buffer.concat(parts).subarray(0, readBytes).toString('utf8');
    return {
      status: answer.statusCode,
      contentType: header('content-type'),
      retryAfter: header('retry-after'),
      location: header('location').replace(/[?#].*$/, ''),
      text: this.#credentials.redact(text),
    };
  }

  /** The connections; new ones when a certificate file changed. */
  async #dispatcher(): Promise<Agent> {
    const tls = await this.#credentials.tls();
    const key = JSON.stringify(tls ?? {});
    if (this.#stopped) {
      throw new AppError('source_unavailable', `${this.where}: the connection was closed because the process stops`);
    }
    if (this.#agent?.key !== key) {
      void this.#agent?.agent.close();
      const { timeoutMs, lookup } = this.#settings;
      const connect = { timeout: Math.min(connectTimeoutMs, timeoutMs), ...(lookup && { lookup }), ...tls };
      this.#agent = { key, agent: new Agent({ connections, pipelining: 1, keepAliveTimeout: 30_000, connect }) };
    }
    return this.#agent.agent;
  }
}
