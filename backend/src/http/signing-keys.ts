import { createLocalJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { AppError, messageOf } from '../errors.ts';

/** Grafana says no-store but keeps a key for 30 days after its month: an hour by our clock is safe. */
const maxAgeMs = 3_600_000;
/** A stranger's token with an unknown key must not make us ask Grafana each time. */
const coolDownMs = 10_000;
const fetchTimeoutMs = 5_000;
const maxBodyBytes = 262_144;

/** Grafana Cloud answers `keys: null`. */
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).nullable() });

type Resolve = ReturnType<typeof createLocalJWKSet>;

export interface SigningKeysDeps {
  /** Of Grafana as the backend reaches it, with a slash at the end. */
  readonly grafanaUrl: string;
  readonly clock: Clock;
}

/** The public keys of Grafana's ID tokens (RFC 7517), asked for when needed and kept. */
export class SigningKeys {
  readonly #url: string;
  readonly #clock: Clock;
  #keys: { readonly resolve: Resolve; readonly fetchedAtMs: number } | undefined;
  #failure: { readonly error: AppError; readonly atMs: number } | undefined;
  #pending: Promise<Resolve> | undefined;

  constructor(deps: SigningKeysDeps) {
    this.#url = new URL('api/signing-keys/keys', deps.grafanaUrl).href;
    this.#clock = deps.clock;
  }

  /**
   * The key a token names; a key that is not known is looked for once more at Grafana.
   * @throws AppError `signed_user_required` naming the URL when Grafana's keys can't be had; jose's errors otherwise
   */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const resolve = await this.#current();
    try {
      return await resolve(header, token);
    } catch (error) {
      const justFetched = this.#ageMs() < coolDownMs;
      if (!(error instanceof errors.JWKSNoMatchingKey) || justFetched) {
        throw error;
      }
      return (await this.#fetchOnce())(header, token);
    }
  }

  #ageMs(): number {
    return this.#keys === undefined ? Infinity : this.#clock.nowMs() - this.#keys.fetchedAtMs;
  }

  async #current(): Promise<Resolve> {
    return this.#keys !== undefined && this.#ageMs() < maxAgeMs ? this.#keys.resolve : this.#fetchOnce();
  }

  async #fetchOnce(): Promise<Resolve> {
    if (this.#failure !== undefined && this.#clock.nowMs() - this.#failure.atMs < coolDownMs) {
      throw this.#failure.error;
    }
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetch(): Promise<Resolve> {
    try {
      const response = await fetch(this.#url, { signal: AbortSignal.timeout(fetchTimeoutMs), redirect: 'error' });
      if (!response.ok) {
        throw new Error(`it answers ${response.status}`);
      }
      const resolve = readKeySet(await response.text());
      this.#keys = { resolve, fetchedAtMs: this.#clock.nowMs() };
      this.#failure = undefined;
      return resolve;
    } catch (cause) {
      const error = new AppError(
        'signed_user_required',
        `The signing keys of Grafana can't be read from ${this.#url} (${rootMessage(cause)}), so nobody's identity can ` +
          'be checked. See that grafana.url is right and reachable from the backend.',
        { cause }
      );
      this.#failure = { error, atMs: this.#clock.nowMs() };
      throw error;
    }
  }
}

function readKeySet(text: string): Resolve {
  if (text.length > maxBodyBytes) {
    throw new Error('its answer is too large for a key set');
  }
  const { keys } = KeySet.parse(JSON.parse(text));
  if (keys === null || keys.length === 0) {
    throw new Error('it answers no signing keys; Grafana Cloud does so, only a Grafana of your own can be used');
  }
  return createLocalJWKSet({ keys });
}

/** fetch says "fetch failed" and keeps the reason in its cause. */
function rootMessage(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return inner instanceof z.ZodError || inner instanceof SyntaxError ? 'its answer is not a key set' : messageOf(inner);
}
