import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { networkError } from '../datasources/source-errors.ts';
import { AppError, messageOf } from '../errors.ts';

/** What a calendar's address answered; `text` is undefined when it is what it was. */
export interface IcalAnswer {
  readonly text: string | undefined;
  readonly etag: string | undefined;
}

export interface IcalRequest {
  readonly url: string;
  /** Of the answer before; the server may then say that nothing changed. */
  readonly etag: string | undefined;
  /**
   * Whether the address comes from a file of the operator's. One that a user gave must not reach what only this machine
   * may: loopback and link-local addresses, where clouds keep credentials.
   */
  readonly trusted: boolean;
}

const deadlineMs = 15_000;
const maxBytes = 4_194_304;
const maxRedirects = 3;

const own = new BlockList();
own.addSubnet('127.0.0.0', 8, 'ipv4');
own.addSubnet('0.0.0.0', 8, 'ipv4');
own.addSubnet('169.254.0.0', 16, 'ipv4');
own.addAddress('::1', 'ipv6');
own.addAddress('::', 'ipv6');
own.addSubnet('fe80::', 10, 'ipv6');
// the cloud metadata address of AWS in IPv6
own.addAddress('fd00:ec2::254', 'ipv6');

/** Reads iCalendar files over HTTP; follows redirects within the same host only. */
export class IcalReader {
  readonly #trusted = new Agent({ connect: { timeout: deadlineMs }, connections: 2 });
  readonly #guarded = new Agent({ connect: { timeout: deadlineMs, lookup: guardedLookup }, connections: 2 });

  /** @throws AppError `source_…` or `invalid_request`; the signal's reason when aborted */
  async read(request: IcalRequest, signal: AbortSignal): Promise<IcalAnswer> {
    const where = `calendar ${withoutSecrets(request.url)}`;
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
      return await this.#follow(request, where, AbortSignal.any([signal, deadline]));
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) {
        throw new AppError('source_timeout', `${where}: no full answer within ${deadlineMs / 1_000} s`, {
          cause: error,
        });
      }
      throw networkError(error, where);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#trusted.destroy(), this.#guarded.destroy()]);
  }

  async #follow(request: IcalRequest, where: string, signal: AbortSignal): Promise<IcalAnswer> {
    let url = new URL(request.url);
    for (let hop = 0; hop <= maxRedirects; hop++) {
      if (!request.trusted) {
        refuseOwn(url, where);
      }
      const answer = await this.#get(url, request, signal);
      const { location } = answer.headers;
      if (answer.statusCode < 300 || answer.statusCode >= 400 || answer.statusCode === 304 || location === undefined) {
        return await readAnswer(answer, where);
      }
      await answer.body.dump();
      const next = new URL(String(location), url);
      if (next.host !== url.host || !/^https?:$/.test(next.protocol)) {
        const message = `${where}: it sends on to ${next.host}; write that address itself if it is meant`;
        throw new AppError('source_not_found', message);
      }
      url = next;
    }
    throw new AppError('source_not_found', `${where}: it sends on more than ${maxRedirects} times`);
  }

  #get(url: URL, { etag, trusted }: IcalRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    return (trusted ? this.#trusted : this.#guarded).request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: {
        'user-agent': 'selfheal-aiops',
        accept: 'text/calendar, */*;q=0.5',
        ...(url.username === '' ? {} : { authorization: basicOf(url) }),
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
      },
      signal,
    });
  }
}

/** @throws AppError `invalid_request` when the file can't be read or is too large */
export async function readIcalFile(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > maxBytes) {
      throw tooLarge(path);
    }
    return bytes.toString('utf8');
  } catch (cause) {
    throw cause instanceof AppError
      ? cause
      : new AppError('invalid_request', `file: ${path} can't be read: ${messageOf(cause)}`, { cause });
  }
}

async function readAnswer(answer: Dispatcher.ResponseData, where: string): Promise<IcalAnswer> {
  const etag = answer.headers['etag'];
  const known = typeof etag === 'string' && etag.length <= 1_000 ? etag : undefined;
  if (answer.statusCode === 304) {
    await answer.body.dump();
    return { text: undefined, etag: known };
  }
  if (answer.statusCode !== 200) {
    await answer.body.dump();
    const code = answer.statusCode === 401 || answer.statusCode === 403 ? 'source_unauthorized' : 'source_unavailable';
    throw new AppError(code, `${where}: it answered with status ${answer.statusCode}; check the address`);
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer.body as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) {
      throw tooLarge(where);
    }
    parts.push(part);
  }
  return { text: Buffer.concat(parts).toString('utf8'), etag: known };
}

function tooLarge(where: string): AppError {
  return new AppError('source_too_large', `${where}: larger than ${maxBytes / 1_048_576} MiB, the most that is read`);
}

function refuseOwn(url: URL, where: string): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && isOwn(host)) {
    throw ownAddress(where);
  }
}

function isOwn(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return own.check(mapped, isIP(mapped) === 6 ? 'ipv6' : 'ipv4');
}

function ownAddress(where: string): AppError {
  const message = `${where}: it is an address of this machine itself; only calendars of aiops.yaml may have one`;
  return new AppError('invalid_request', message);
}

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** Names are judged by the addresses that are then connected to: no second look-up may answer another one. */
function guardedLookup(host: string, options: LookupOptions, found: Found): void {
  dnsLookup(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      found(error, []);
    } else if (addresses.some(({ address }) => isOwn(address))) {
      found(ownAddress(`calendar ${host}`), []);
    } else if (options.all === true) {
      found(null, addresses);
    } else {
      found(null, addresses[0]?.address ?? '', addresses[0]?.family);
    }
  });
}

function basicOf({ username, password }: URL): string {
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

/** Addresses of private calendars hold their key in path or query. */
function withoutSecrets(text: string): string {
  return new URL(text).origin;
}
