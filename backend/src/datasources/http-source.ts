import { createGunzip, createInflate } from 'node:zlib';
import type { Readable } from 'node:stream';
import { bulkhead, BulkheadRejectedError, ExponentialBackoff, handleWhen, retry, wrap } from 'cockatiel';
import { Agent, type Dispatcher } from 'undici';
import { AppError } from '../errors.ts';
import { SourceCredentials } from './source-credentials.ts';
import { networkError } from './source-errors.ts';
import type { SourceSettings } from './source-settings.ts';

export interface SourceQuestion {
  readonly method: 'GET' | 'POST';
  /** Appended to the source's url, beginning with a slash. */
  readonly path: string;
  /** Sent as a form (POST) or as a query string (GET). */
  readonly form?: Readonly<Record<string, string>>;
}

export interface SourceReply {
  readonly status: number;
  readonly contentType: string;
  /** Where a 3xx answer points to, without its query string; empty otherwise. */
  readonly location: string;
  readonly body: string;
}

// Four questions at once keep one source busy without starving its other users; the rest wait in a bounded line.
const concurrentQuestions = 4;
const waitingQuestions = 1_000;
const attemptsAfterFirst = 2;
const connectTimeoutMs = 10_000;

/**
 * One HTTP server that answers questions: keep-alive connections, own credentials, one deadline for a question with
 * its retries, and a limit on the decompressed answer. Redirects are not followed: credentials stay with the host
 * they were given for. Questions must be safe to repeat, since a lost answer is asked for again.
 */
export class HttpSource {
  readonly credentials: SourceCredentials;
  /** Name and address for messages. */
  readonly where: string;
  readonly #settings: SourceSettings;
  readonly #extraHeaders: Readonly<Record<string, string>>;
  readonly #policy = wrap(
    bulkhead(concurrentQuestions, waitingQuestions),
    retry(
      handleWhen((error) => error instanceof AppError && error.retryable && error.code !== 'source_timeout'),
      { maxAttempts: attemptsAfterFirst, backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 }) }
    )
  );
  #agent: { readonly key: string; readonly agent: Agent } | undefined;
  #stopped = false;

  constructor(settings: SourceSettings, extraHeaders: Readonly<Record<string, string>> = {}) {
    this.#settings = settings;
    this.#extraHeaders = extraHeaders;
    this.credentials = new SourceCredentials(settings);
    this.where = `source ${settings.name} (${new URL(settings.url).origin})`;
  }

  /**
   * @returns any answer below 500 and errors that are JSON: the caller judges them
   * @throws AppError `source_…`, `busy`; the signal's reason when aborted
   */
  async ask(question: SourceQuestion, signal: AbortSignal): Promise<SourceReply> {
    const deadline = AbortSignal.timeout(this.#settings.timeoutMs);
    const both = AbortSignal.any([signal, deadline]);
    try {
      return await this.#policy.execute(() => this.#attempt(question, both), both);
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) {
        const seconds = this.#settings.timeoutMs / 1_000;
        const message = `${this.where}: no full answer within ${seconds} s; narrow the query or raise timeout`;
        throw new AppError('source_timeout', message, { cause: error });
      }
      if (error instanceof BulkheadRejectedError) {
        throw new AppError('busy', `${this.where}: ${waitingQuestions} questions wait already; try again later`);
      }
      throw networkError(error, this.where);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#agent?.agent.destroy();
    this.#agent = undefined;
  }

  async #attempt(question: SourceQuestion, signal: AbortSignal): Promise<SourceReply> {
    signal.throwIfAborted();
    const request = this.#request(question, await this.credentials.headers());
    try {
      const answer = await (await this.#dispatcher()).request({ ...request, signal });
      return await this.#read(answer);
    } catch (error) {
      signal.throwIfAborted();
      throw networkError(error, this.where);
    }
  }

  #request({ method, path, form }: SourceQuestion, credentials: Record<string, string>): Dispatcher.RequestOptions {
    const url = new URL(this.#settings.url);
    const text = new URLSearchParams(form ?? {}).toString();
    const isForm = method === 'POST';
    return {
      origin: url.origin,
      path: `${url.pathname.replace(/\/$/, '')}${path}${isForm || text === '' ? '' : `?${text}`}`,
      method,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'user-agent': 'selfheal-aiops',
        ...(isForm && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...this.#extraHeaders,
        ...credentials,
      },
      ...(isForm && { body: text }),
    };
  }

  /** The connections; new ones when a certificate file changed. */
  async #dispatcher(): Promise<Agent> {
    const tls = await this.credentials.tls();
    const key = JSON.stringify(tls ?? {});
    if (this.#stopped) {
      throw new AppError('source_unavailable', `${this.where}: the connection was closed because the process stops`);
    }
    if (this.#agent?.key !== key) {
      void this.#agent?.agent.close();
      const timeoutMs = this.#settings.timeoutMs;
      const agent = new Agent({
        connections: concurrentQuestions,
        pipelining: 1,
        keepAliveTimeout: 30_000,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        connect: { timeout: Math.min(connectTimeoutMs, timeoutMs), ...tls },
      });
      this.#agent = { key, agent };
    }
    return this.#agent.agent;
  }

  async #read(answer: Dispatcher.ResponseData): Promise<SourceReply> {
    const header = (name: string) => {
      const value = answer.headers[name];
      return (Array.isArray(value) ? value[0] : value) ?? '';
    };
    const body = await this.#readBody(answer.body, header('content-encoding'));
    const contentType = header('content-type');
    const isJson = contentType.includes('json');
    if ((answer.statusCode >= 500 || answer.statusCode === 429) && !isJson) {
      const said = this.credentials.redact(body.slice(0, 200).replace(/\s+/g, ' ').trim());
      const message = `${this.where}: it answered ${answer.statusCode}${said === '' ? '' : ` "${said}"`}; try again later`;
      throw new AppError('source_unavailable', message);
    }
    return { status: answer.statusCode, contentType, location: header('location').replace(/[?#].*$/, ''), body };
  }

  async #readBody(raw: Readable, encoding: string): Promise<string> {
    const unpacker = encoding === 'gzip' ? createGunzip() : encoding === 'deflate' ? createInflate() : undefined;
    // pipe() does not hand errors on: a connection lost half way must end the unpacked stream too.
    raw.once('error', (error) => unpacker?.destroy(error));
    const plain = unpacker === undefined ? raw : raw.pipe(unpacker);
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of plain as AsyncIterable<Buffer>) {
        bytes += part.length;
        if (bytes > this.#settings.maxBytes) {
          throw this.#tooLarge();
        }
        parts.push(part);
      }
    } finally {
      raw.destroy();
    }
    return Buffer.concat(parts).toString('utf8');
  }

  #tooLarge(): AppError {
    const size = `${Math.round(this.#settings.maxBytes / 1_048_576)} MiB`;
    const message = `${this.where}: the answer is larger than ${size}; aggregate the query, use a longer step, or raise limits.answerSize`;
    return new AppError('source_too_large', message);
  }
}
