import type { Request } from 'express';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { Grant, type Caller } from '../contract/index.ts';
import { AppError, messageOf } from '../errors.ts';
import { checkToken } from './bearer.ts';
import { SignedUserCheck, type Role, type SignedUser } from './signed-user.ts';

const rank: Readonly<Record<Role, number>> = { None: 0, Viewer: 1, Editor: 2, Admin: 3 };
const neededRole = {
  'insights:read': 'None',
  'models:write': 'Editor',
  'remediation:plan': 'Editor',
  'remediation:run': 'Admin',
  'operator:stop': 'None',
} as const satisfies Record<Grant, Role>;
/** Grafana's tokens have some 700 characters. */
const maxTokenChars = 8_192;

const noGrafana =
  "Nothing can be changed over the API, because the backend can't check who asks: set grafana.url and " +
  'grafana.publicUrl, or define jobs in files.';

export interface AuthDeps {
  readonly token: string | undefined;
  readonly grafana: Config['grafana'];
  readonly clock: Clock;
}

/** Who may do what. The bearer token proves Grafana; the signed `X-Grafana-Id` proves the person. */
export class Auth {
  readonly #token: string | undefined;
  readonly #check: SignedUserCheck | undefined;

  constructor(deps: AuthDeps) {
    this.#token = deps.token;
    this.#check =
      deps.grafana === undefined ? undefined : new SignedUserCheck({ grafana: deps.grafana, clock: deps.clock });
  }

  get token(): string | undefined {
    return this.#token;
  }

  /**
   * A text that tells callers apart for rate limits. Only who has the token may name a user: the token proves that
   * Grafana put the header there.
   */
  rateKey(request: Request, addressKey: string): string {
    const trusted = this.#token !== undefined && checkToken(request.headers.authorization, this.#token, true).ok;
    const payload = trusted ? request.get('x-grafana-id')?.split('.')[1] : undefined;
    return payload === undefined ? addressKey : `user ${subjectOf(payload) ?? addressKey}`;
  }

  /**
   * Lets a request pass to a handler, or refuses it.
   * @returns the signed user of a change; undefined for a read
   * @throws AppError `grant_mismatch`, `signed_user_required` with the precise reason, `forbidden` (role too low)
   */
  async authorize(request: Request, needed: Grant): Promise<SignedUser | undefined> {
    if (needed === 'insights:read' || needed === 'operator:stop') {
      this.#checkGrant(request, needed);
      return undefined;
    }
    if (this.#check === undefined) {
      throw new AppError('signed_user_required', noGrafana);
    }
    this.#checkGrant(request, needed);
    return this.#requireUser(request, needed);
  }

  /** Compares the route's own grant header with what the handler needs: a proxy may have matched another route. */
  #checkGrant(request: Request, needed: Grant): void {
    const sent = request.get('x-aiops-grant');
    if (sent === undefined && needed === 'insights:read') {
      return;
    }
    if (sent !== needed) {
      const got = sent === undefined ? 'none' : (Grant.safeParse(sent).data ?? 'another');
      throw new AppError(
        'grant_mismatch',
        `This needs the grant ${needed}, the request came with ${got}. Changes go through the plugin in Grafana, ` +
          "whose route sets it; see that the plugin's version fits the backend's."
      );
    }
  }

  async #requireUser(request: Request, needed: Grant): Promise<SignedUser> {
    const user = await this.#signedUser(request);
    if (user.kind === 'anonymous') {
      throw new AppError(
        'signed_user_required',
        'An anonymous viewer can look and preview, but change nothing. Sign in to Grafana.'
      );
    }
    if (rank[user.role] < rank[neededRole[needed]]) {
      throw new AppError(
        'forbidden',
        `This needs the role ${neededRole[needed]} in Grafana; ${user.name} has the role ${user.role}.`
      );
    }
    return user;
  }

  /** Who calls, for the settings page; never refuses. */
  async describe(request: Request): Promise<Caller> {
    const refused = await this.#requireUser(request, 'models:write').then(
      () => null,
      (error: unknown) => messageOf(error)
    );
    const user = await this.#signedUser(request).catch(() => undefined);
    if (user === undefined) {
      const kind = this.#token === undefined ? 'loopback' : 'token';
      return { kind, name: null, role: null, orgId: null, changesRefused: refused };
    }
    return { kind: user.kind, name: user.name, role: user.role, orgId: user.orgId, changesRefused: refused };
  }

  async #signedUser(request: Request): Promise<SignedUser> {
    if (this.#check === undefined) {
      throw new AppError('signed_user_required', noGrafana);
    }
    const token = request.get('x-grafana-id') ?? '';
    if (token === '' || token.length > maxTokenChars) {
      throw new AppError(
        'signed_user_required',
        'A change needs the identity token that Grafana signs (X-Grafana-Id), and none came. Call through Grafana: ' +
          '/api/plugin-proxy/selfheal-aiops-app/…, as a user or with a service account token.'
      );
    }
    return this.#check.verify(token);
  }
}

function subjectOf(payload: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const subject = typeof claims === 'object' && claims !== null && 'sub' in claims ? claims.sub : undefined;
    return typeof subject === 'string' ? subject.slice(0, 100) : undefined;
  } catch {
    // Not a token: the address tells callers apart.
    return undefined;
  }
}
