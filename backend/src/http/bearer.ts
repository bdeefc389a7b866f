import { AppError } from '../errors.ts';
import { sameSecret } from '../same-secret.ts';

export type TokenCheck = { readonly ok: true } | { readonly ok: false; readonly reason: string };

function basicPassword(encoded: string): string {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? '' : text.slice(colon + 1);
}

function sentSecret(header: string, basicToo: boolean): string | undefined {
  const [scheme = '', rest = ''] = header.trim().split(/\s+(.*)/s, 2);
  if (scheme.toLowerCase() === 'bearer') {
    return rest.trim();
  }
  return basicToo && scheme.toLowerCase() === 'basic' ? basicPassword(rest) : undefined;
}

/**
 * Judges an Authorization header (RFC 6750; RFC 7617 with the token as password where `basicToo`).
 * @param token the configured one; undefined lets everyone pass (loopback mode)
 */
export function checkToken(header: string | undefined, token: string | undefined, basicToo: boolean): TokenCheck {
  if (token === undefined) {
    return { ok: true };
  }
  if (header === undefined) {
    return { ok: false, reason: 'This needs the header "Authorization: Bearer TOKEN"' };
  }
  const secret = sentSecret(header, basicToo);
  if (secret === undefined) {
    const wanted = basicToo ? 'Bearer, or Basic with the token as password' : 'Bearer';
    return { ok: false, reason: `The Authorization header has another scheme than ${wanted}` };
  }
  if (secret === '' || secret === '<no value>') {
    return { ok: false, reason: 'The token that arrived is empty: in Grafana, the plugin has no backend token yet' };
  }
  if (!sameSecret(secret, token)) {
    return { ok: false, reason: "The token is not the one in the backend's server.tokenFile" };
  }
  return { ok: true };
}

/** @throws AppError `unauthorized` saying what is wrong with the token and where to set it */
export function requireToken(header: string | undefined, token: string | undefined, basicToo: boolean): void {
  const check = checkToken(header, token, basicToo);
  if (!check.ok) {
    throw new AppError(
      'unauthorized',
      `${check.reason}. Set the same token in Grafana's plugin settings and in server.tokenFile.`
    );
  }
}
