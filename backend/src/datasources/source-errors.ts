import { AppError, type ErrorCode, messageOf } from '../errors.ts';

interface Cause {
  readonly code: ErrorCode;
  /** What was seen and what to do; the source's name and address are put before it. */
  readonly text: string;
}

const certificateCauses: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; name it as tls.ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain ends in an unknown root; name your CA as tls.ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown CA; name your CA as tls.ca',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an unknown CA; name your CA as tls.ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown CA; name your CA as tls.ca',
  CERT_HAS_EXPIRED: 'its certificate has expired; renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clocks of both machines',
  CERT_SIGNATURE_FAILURE: 'its certificate does not match tls.ca',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name; use the name in the certificate or set tls.serverName',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on this port; use http:// in the url',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS on this port; use http:// in the url',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a client certificate; set tls.cert and tls.key',
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': 'the handshake failed; it may ask for a client certificate (tls.cert)',
};

const networkCauses: Readonly<Record<string, Cause>> = {
  ENOTFOUND: { code: 'source_dns', text: 'its name is not known to DNS; check the host in the url' },
  EAI_AGAIN: { code: 'source_dns', text: 'DNS does not answer for its name; check the host and the resolver' },
  ECONNREFUSED: {
    code: 'source_refused',
    text: 'nothing listens there (connection refused); check the port and that it runs',
  },
  ECONNRESET: { code: 'source_unavailable', text: 'it closed the connection before it answered' },
  EPIPE: { code: 'source_unavailable', text: 'it closed the connection before it answered' },
  UND_ERR_SOCKET: { code: 'source_unavailable', text: 'it closed the connection before it answered in full' },
  EHOSTUNREACH: { code: 'source_unavailable', text: 'there is no route to its host; check network and firewall' },
  ENETUNREACH: { code: 'source_unavailable', text: 'there is no route to its network; check network and firewall' },
  ETIMEDOUT: { code: 'source_timeout', text: 'its host does not answer; check the address and the firewall' },
  UND_ERR_CONNECT_TIMEOUT: {
    code: 'source_timeout',
    text: 'its host does not answer; check the address and the firewall',
  },
  UND_ERR_HEADERS_TIMEOUT: {
    code: 'source_timeout',
    text: 'it did not answer in time; narrow the query or raise timeout',
  },
  UND_ERR_BODY_TIMEOUT: { code: 'source_timeout', text: 'it stopped in the middle of its answer; try again' },
};

function hasField<T extends string>(value: unknown, field: T): value is Record<T, unknown> {
  return typeof value === 'object' && value !== null && field in value;
}

/** The `code` of a system, TLS or HTTP client error, looking through the causes it wraps (at most 5 deep). */
export function errorCodeOf(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < 5; depth += 1) {
    if (hasField(current, 'code') && typeof current.code === 'string') {
      return current.code;
    }
    current = hasField(current, 'cause') ? current.cause : undefined;
  }
  return undefined;
}

function causeOf(error: unknown): Cause {
  const code = errorCodeOf(error) ?? '';
  const network = networkCauses[code];
  if (network !== undefined) {
    return network;
  }
  const certificate = certificateCauses[code];
  if (certificate !== undefined) {
    return { code: 'source_tls', text: certificate };
  }
  if (/^(ERR_SSL|ERR_TLS|ERR_OSSL|CERT_|EPROTO)/.test(code)) {
    return { code: 'source_tls', text: `the TLS handshake failed (${code}); check the certificates under tls` };
  }
  if (code.startsWith('HPE_')) {
    return { code: 'source_not_prometheus', text: `it does not speak HTTP there (${code}); check port and scheme` };
  }
  return { code: 'source_unavailable', text: `the request failed (${code === '' ? messageOf(error) : code})` };
}

/** The typed error for what the network or TLS threw. `where` names source and address, never credentials. */
export function networkError(error: unknown, where: string): AppError {
  if (error instanceof AppError) {
    return error;
  }
  const { code, text } = causeOf(error);
  return new AppError(code, `${where}: ${text}`, { cause: error });
}
