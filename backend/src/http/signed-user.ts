import { errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { GrafanaConfig } from '../config.ts';
import { AppError, messageOf } from '../errors.ts';
import { SigningKeys } from './signing-keys.ts';

/** Clocks of two machines differ. */
const toleranceSeconds = 30;

export type Role = 'Viewer' | 'Editor' | 'Admin' | 'None';

/** Who Grafana says is calling, proven by its signature. */
export interface SignedUser {
  readonly kind: 'user' | 'service-account' | 'anonymous';
  /** The uid, the same in all organizations; empty for anonymous. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly orgId: number;
}

/** Grafana 12.3's claims; service accounts and anonymous have no name, username or email. */
const Claims = z.object({
  type: z.enum(['user', 'service-account', 'anonymous']),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  identifier: z.string().default(''),
  name: z.string().optional(),
  username: z.string().optional(),
  role: z.enum(['Viewer', 'Editor', 'Admin', 'None']).catch('None').default('None'),
});

const refuse = (reason: string, cause?: unknown) =>
  new AppError('signed_user_required', reason, cause === undefined ? {} : { cause });

function claimReason(error: errors.JWTClaimValidationFailed, grafana: GrafanaConfig): string {
  if (error.claim === 'iss') {
    return (
      `The identity token comes from ${JSON.stringify(error.payload.iss)}, but grafana.publicUrl is ` +
      `${grafana.publicUrl}. Set it to Grafana's root_url.`
    );
  }
  if (error.claim === 'aud') {
    return (
      `The identity token is for ${JSON.stringify(error.payload.aud)}, but grafana.orgs has ` +
      `${grafana.orgs.join(', ')}. Add the organization there to let its users change things.`
    );
  }
  return `The identity token's claim ${error.claim} is wrong: ${error.message}.`;
}

function reasonOf(error: unknown, grafana: GrafanaConfig): string {
  if (error instanceof errors.JWTExpired) {
    return 'The identity token has expired. Try again; if it stays so, compare the clocks of Grafana and the backend.';
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return claimReason(error, grafana);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return 'The identity token is not signed with ES256, as those of Grafana are.';
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return `The identity token is signed with a key that ${grafana.url} does not publish. See that grafana.url is this Grafana.`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "The identity token's signature is wrong.";
  }
  return `The identity token can't be read: ${messageOf(error)}.`;
}

function orgOf(aud: string | readonly string[], orgs: readonly number[]): number {
  const all = typeof aud === 'string' ? [aud] : aud;
  const found = orgs.filter((org) => all.includes(`org:${org}`));
  if (found.length !== 1 || found[0] === undefined) {
    throw refuse('The identity token does not name exactly one of the organizations in grafana.orgs.');
  }
  return found[0];
}

function userOf(payload: JWTPayload, orgs: readonly number[]): SignedUser {
  const parsed = Claims.safeParse(payload);
  if (!parsed.success || !parsed.data.sub.startsWith(`${parsed.data.type}:`)) {
    throw refuse('The identity token has no type and subject of a user or a service account.');
  }
  const { type, sub, aud, identifier, name, username, role } = parsed.data;
  // Older tokens of service accounts carry no identifier; the subject names them as well.
  const id = identifier === '' && type !== 'anonymous' ? sub : identifier;
  const displayName = [name, username].find((text) => text !== undefined && text !== '') ?? sub;
  return { kind: type, id, name: displayName, role, orgId: orgOf(aud, orgs) };
}

export interface SignedUserCheckDeps {
  readonly grafana: GrafanaConfig;
  readonly clock: Clock;
}

/** Checks `X-Grafana-Id` tokens (RFC 7519) of one Grafana. */
export class SignedUserCheck {
  readonly #grafana: GrafanaConfig;
  readonly #clock: Clock;
  readonly #keys: SigningKeys;

  constructor(deps: SignedUserCheckDeps) {
    const publicUrl = deps.grafana.publicUrl.replace(/\/*$/, '/');
    this.#grafana = { ...deps.grafana, publicUrl };
    this.#clock = deps.clock;
    this.#keys = new SigningKeys({ grafanaUrl: deps.grafana.url.replace(/\/*$/, '/'), clock: deps.clock });
  }

  /** @throws AppError `signed_user_required` whose text is the precise reason */
  async verify(token: string): Promise<SignedUser> {
    const { publicUrl, orgs } = this.#grafana;
    try {
      const { payload } = await jwtVerify(token, (header, jws) => this.#keys.find(header, jws), {
        algorithms: ['ES256'],
        issuer: publicUrl,
        audience: orgs.map((org) => `org:${org}`),
        clockTolerance: toleranceSeconds,
        currentDate: new Date(this.#clock.nowMs()),
        requiredClaims: ['exp', 'sub', 'type'],
      });
      return userOf(payload, orgs);
    } catch (error) {
      throw error instanceof AppError ? error : refuse(reasonOf(error, this.#grafana), error);
    }
  }
}
