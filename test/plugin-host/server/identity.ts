import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import type { OrgRole } from './plugin-routes.ts';

export type HostRole = 'Viewer' | 'Editor' | 'Admin' | 'Anonymous' | 'None';

export interface HostUser {
  readonly id: number;
  readonly uid: string;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly orgRole: OrgRole;
  readonly anonymous: boolean;
}

const people: Readonly<Record<HostRole, HostUser>> = {
  Admin: person(4, 'admin', 'Ada Admin', 'Admin'),
  Editor: person(3, 'editor', 'Eun Editor', 'Editor'),
  Viewer: person(2, 'viewer', 'Vik Viewer', 'Viewer'),
  None: person(8, 'nobody', 'Noor None', 'None'),
  Anonymous: { id: 0, uid: '', login: '', name: '', email: '', orgRole: 'Viewer', anonymous: true },
};

function person(id: number, login: string, name: string, orgRole: OrgRole): HostUser {
  return { id, uid: `host-${login}`, login, name, email: `${login}@example.org`, orgRole, anonymous: false };
}

export function isHostRole(text: string | undefined): text is HostRole {
  return text !== undefined && Object.hasOwn(people, text);
}

export const userOf = (role: HostRole): HostUser => people[role];

/** The unsigned `X-Grafana-Context` text that Grafana sends beside the token. */
export function grafanaContext(user: HostUser): string {
  return JSON.stringify({
    UserID: user.id,
    UserUID: user.uid,
    OrgID: 1,
    OrgName: 'Main Org.',
    OrgRole: user.orgRole,
    Login: user.login,
    Name: user.name,
    Email: user.email,
    EmailVerified: false,
    AuthID: '',
    AuthenticatedBy: '',
    Namespace: 'default',
    ApiKeyID: 0,
    IsServiceAccount: false,
    IsGrafanaAdmin: false,
    IsAnonymous: user.anonymous,
    IsDisabled: false,
    HelpFlags1: 0,
    LastSeenAt: user.anonymous ? '0001-01-01T00:00:00Z' : new Date().toISOString(),
    Teams: user.anonymous ? null : [],
    FallbackType: user.anonymous ? 'anonymous' : 'user',
  });
}

function claimsOf(user: HostUser): Record<string, string> {
  const base = { identifier: user.uid, namespace: 'default', role: user.orgRole };
  return user.anonymous
    ? { ...base, type: 'anonymous' }
    : {
        ...base,
        type: 'user',
        authenticatedBy: 'password',
        email: user.email,
        name: user.name,
        username: user.login,
      };
}

/** Signs `X-Grafana-Id` tokens with a key of its own, as a Grafana with ID forwarding does. */
export interface TokenSigner {
  /** What `GET /api/signing-keys/keys` answers. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** A token of ten minutes; `issuer` is the public root URL with its trailing slash. */
  sign(user: HostUser, issuer: string): Promise<string>;
}

export async function createTokenSigner(now: Date = new Date()): Promise<TokenSigner> {
  const kid = `id-${now.toISOString().slice(0, 7)}-es256`;
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    jwks: { keys: [{ ...jwk, use: 'sig', kid, alg: 'ES256' }] },
    sign: async (user, issuer) =>
      await new SignJWT(claimsOf(user))
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'jwt' })
        .setIssuer(issuer)
        .setAudience('org:1')
        .setSubject(user.anonymous ? 'anonymous:0' : `user:${user.id}`)
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(privateKey),
  };
}
