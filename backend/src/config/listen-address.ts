import { isIPv6 } from 'node:net';

export interface ListenAddress {
  /** Name or address without brackets. */
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
}

/** `127.0.0.1:9099`, `[::1]:9099`, `localhost:9099` or `:9099` (all addresses); undefined when it is none of these. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535 || (match[1] !== undefined && !isIPv6(match[1]))) {
    return undefined;
  }
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '0.0.0.0' : host, port };
}

/** Whether only programs on the same machine can call this address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
