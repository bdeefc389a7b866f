import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { WebhookSettings } from '../../config/config-types.ts';
import { isLoopback } from '../../config/listen-address.ts';
import { SecretFile } from '../../datasources/secret-file.ts';
import { AppError } from '../../errors.ts';
import { sameSecret } from '../../same-secret.ts';

/** What a request says of its sender. */
export interface SenderClaims {
  readonly headers: IncomingHttpHeaders;
  /** Address of whoever holds the connection. */
  readonly address: string | undefined;
}

/** A signed time that is further off, in either direction, is refused. */
const skewMs = 5 * 60_000;

/** A secret that was looked at within this time is not looked at again: a storm must not become one of the disk. */
const freshMs = 1_000;

/** Whether the sender of a webhook has to show anything. */
export function isAuthenticated({ bearerTokenFile, basic, hmacSecretFile }: WebhookSettings): boolean {
  return bearerTokenFile !== undefined || basic !== undefined || hmacSecretFile !== undefined;
}

/** Judges who sends to one webhook. Secrets are read again when their files change. */
export class SenderCheck {
  readonly #settings: WebhookSettings;
  /** What the Authorization header must be. */
  readonly #authorization: Secret | undefined;
  readonly #hmacSecret: Secret | undefined;

  constructor(settings: WebhookSettings) {
    this.#settings = settings;
    this.#authorization = expectedAuthorization(settings);
    const { hmacSecretFile, name } = settings;
    this.#hmacSecret =
      hmacSecretFile === undefined ? undefined : secretOf(hmacSecretFile, `HMAC secret file of webhook ${name}`);
  }

  /**
   * What can be judged before the body is read.
   * @throws AppError `unauthorized` saying what is missing; `config_invalid` for an unreadable secret
   */
  async checkHead(claims: SenderClaims): Promise<void> {
    if (!isAuthenticated(this.#settings)) {
      refuseOthers(claims, this.#settings.name);
    }
    if (this.#authorization !== undefined) {
      const sent = claims.headers.authorization;
      if (sent === undefined) {
        throw this.#refuse('needs an Authorization header');
      }
      if (!sameSecret(withPlainScheme(sent), await this.#authorization())) {
        throw this.#refuse('got another secret than its own');
      }
    }
  }

  /**
   * The signature over the raw body.
   * @returns what tells this very message from any other when a signed time is in it; undefined when nothing does
   * @throws AppError `unauthorized`
   */
  async checkBody({ headers }: SenderClaims, body: Uint8Array, nowMs: number): Promise<string | undefined> {
    if (this.#hmacSecret === undefined) {
      return undefined;
    }
    const { signatureHeader, timestampHeader } = this.#settings;
    const signature = single(headers[signatureHeader.toLowerCase()]);
    if (!/^[0-9a-f]{64}$/i.test(signature)) {
      throw this.#refuse(`needs the header ${signatureHeader} with the HMAC-SHA256 of the body in hex digits`);
    }
    const timestamp = timestampHeader === undefined ? undefined : single(headers[timestampHeader.toLowerCase()]);
    if (timestamp !== undefined) {
      this.#checkTime(timestamp, nowMs);
    }
    const hmac = createHmac('sha256', await this.#hmacSecret());
    const expected = hmac.update(timestamp === undefined ? '' : `${timestamp}:`).update(body);
    if (!sameSecret(signature.toLowerCase(), expected.digest('hex'))) {
      const hint = timestampHeader === undefined ? '; a sender that signs a time too needs timestampHeader' : '';
      throw this.#refuse(`got a signature that does not fit the body${hint}`);
    }
    return timestamp === undefined ? undefined : signature.toLowerCase();
  }

  #checkTime(timestamp: string, nowMs: number): void {
    if (!/^\d{1,12}$/.test(timestamp)) {
      throw this.#refuse(`needs the header ${this.#settings.timestampHeader} with a time in seconds`);
    }
    if (Math.abs(Number(timestamp) * 1_000 - nowMs) > skewMs) {
      throw this.#refuse('got a message that was signed more than 5 minutes ago or ahead; compare the clocks');
    }
  }

  #refuse(what: string): AppError {
    return new AppError('unauthorized', `The webhook ${this.#settings.name} ${what}.`);
  }
}

type Secret = () => Promise<string>;

/** Reads a secret that may be rotated; one that can't be read is asked for again at once. */
function secretOf(path: string, what: string): Secret {
  const file = new SecretFile(path, what);
  let known: { readonly text: string; readonly atMs: number } | undefined;
  return async () => {
    const nowMs = performance.now();
    if (known === undefined || nowMs - known.atMs > freshMs) {
      known = { text: await file.secret(), atMs: nowMs };
    }
    return known.text;
  };
}

function expectedAuthorization({ name, bearerTokenFile, basic }: WebhookSettings): Secret | undefined {
  if (bearerTokenFile !== undefined) {
    const secret = secretOf(bearerTokenFile, `bearer token file of webhook ${name}`);
    return async () => `bearer ${await secret()}`;
  }
  if (basic !== undefined) {
    const secret = secretOf(basic.passwordFile, `password file of webhook ${name}`);
    return async () => `basic ${Buffer.from(`${basic.user}:${await secret()}`).toString('base64')}`;
  }
  return undefined;
}

/** The scheme is written in any case (RFC 9110), the secret in its own. */
function withPlainScheme(header: string): string {
  const [scheme = '', rest = ''] = header.trim().split(/\s+(.*)/s, 2);
  return `${scheme.toLowerCase()} ${rest.trim()}`;
}

function single(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}

/**
 * Without a secret only programs on this machine are answered: no proxy in front that lets others in, and no page in a
 * browser that reaches 127.0.0.1 through a name of its own.
 */
function refuseOthers({ headers, address }: SenderClaims, name: string): void {
  const caller = (address ?? '').replace(/^::ffff:/, '');
  const host = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(headers.host ?? '');
  const forwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  if (!isLoopback(caller) || forwarded || !isLoopback(host?.[1] ?? host?.[2] ?? '')) {
    throw new AppError(
      'unauthorized',
      `The webhook ${name} has no secret, so it answers to programs on this machine only. ` +
        'Set bearerTokenFile, basic or hmacSecretFile for it.'
    );
  }
}
