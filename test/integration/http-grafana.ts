import { createServer, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { readFileSync } from 'node:fs';

const Identity = z.record(z.string(), z.object({ idToken: z.object({ claims: z.looseObject({}) }).optional() }));
const recordedIdentity = Identity.parse(readRecording('identity.json'));

export const publicUrl = 'http://grafana.example/';
export const nowSeconds = 1_795_574_800;
export const nowMs = nowSeconds * 1_000;

const keyId = 'id-2026-11-es256';

/** A Grafana as far as the backend asks it: its signing keys. Signs the tokens its proxy would add. */
export interface KeyServer {
  readonly url: string;
  readonly requests: () => number;
  /** From now on answers this instead of its keys. */
  answer(status: number, body: string): void;
  answerKeys(): void;
  sign(claims: JWTPayload, header?: { alg?: string; kid?: string }): Promise<string>;
  /** HS256 with the public key's text as the secret: the classic confusion of algorithms. */
  signWithPublicKey(claims: JWTPayload): Promise<string>;
  unsigned(claims: JWTPayload): string;
  /** Signed by a key of somebody else under the same id. */
  signWithOtherKey(claims: JWTPayload): Promise<string>;
  /** A new key takes over, as each month. */
  rotate(newKeyId: string): Promise<void>;
  stop(): Promise<void>;
}

/** A file of what a real Grafana 12.3.0 did. */
export function readRecording(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/grafana-12.3.0/${name}`, import.meta.url), 'utf8'));
}

/** Claims of a recorded caller, moved to the test's time and address. */
export function recordedClaims(caller: string): JWTPayload {
  const recorded = recordedIdentity[caller]?.idToken;
  if (recorded === undefined) {
    throw new Error(`${caller} got no token`);
  }
  return { ...recorded.claims, ...goodNow() };
}

/** Claims of an Editor of organization 1 that are good now, changed by `changes`. */
export function claims(changes: JWTPayload = {}): JWTPayload {
  return {
    sub: 'user:3',
    identifier: 'eg5bqlhoenpq8f',
    type: 'user',
    name: 'P Editor',
    username: 'peditor',
    role: 'Editor',
    aud: 'org:1',
    ...goodNow(),
    ...changes,
  };
}

function goodNow() {
  return { iss: publicUrl, iat: nowSeconds - 60, exp: nowSeconds + 540 };
}

export async function startKeyServer(): Promise<KeyServer> {
  let current = { ...(await generateKeyPair('ES256', { extractable: true })), kid: keyId };
  const other = await generateKeyPair('ES256');
  let keys = [await publicJwk(current.publicKey, keyId)];
  let canned: { status: number; body: string } | undefined;
  let requests = 0;
  const server = createServer((request, response: ServerResponse) => {
    requests += 1;
    const found = request.url === '/grafana/api/signing-keys/keys';
    response.writeHead(found ? (canned?.status ?? 200) : 404, { 'Cache-Control': 'no-store' });
    response.end(found ? (canned?.body ?? JSON.stringify({ keys })) : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const signed = (payload: JWTPayload, key: CryptoKey, kid: string) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid, typ: 'jwt' }).sign(key);
  return {
    url: `http://127.0.0.1:${port}/grafana/`,
    requests: () => requests,
    answer: (status, body) => void (canned = { status, body }),
    answerKeys: () => void (canned = undefined),
    sign: (payload, header) => signed(payload, current.privateKey, header?.kid ?? current.kid),
    signWithOtherKey: (payload) => signed(payload, other.privateKey, current.kid),
    async signWithPublicKey(payload) {
      const secret = new TextEncoder().encode(await exportSPKI(current.publicKey));
      return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', kid: current.kid }).sign(secret);
    },
    unsigned: (payload) => new UnsecuredJWT(payload).encode(),
    async rotate(newKeyId) {
      current = { ...(await generateKeyPair('ES256', { extractable: true })), kid: newKeyId };
      keys = [...keys, await publicJwk(current.publicKey, newKeyId)];
    },
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

async function publicJwk(key: CryptoKey, kid: string) {
  return { ...(await exportJWK(key)), kid, alg: 'ES256', use: 'sig' };
}
