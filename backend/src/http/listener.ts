import { createServer, type Server } from 'node:http';
import type { Express } from 'express';
import { z } from 'zod';
import { AppError, messageOf } from '../errors.ts';

export interface Listener {
  /** With the real port, also when 0 was asked for. */
  readonly url: string;
  /** Takes no more requests, waits for those that run at most `drainMs`, then cuts them. Safe to call twice. */
  close(drainMs: number): Promise<void>;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

// A slow sender must not hold a connection for ever; idle ones live longer than those of proxies in front.
const timeouts = { headersTimeout: 20_000, requestTimeout: 120_000, keepAliveTimeout: 65_000 } as const;
const maxConnections = 2_000;

const SystemError = z.object({ code: z.string() });

function listenFault(error: unknown, { host, port }: ListenAddress): AppError {
  const code = SystemError.safeParse(error).data?.code;
  const at = `${host}:${port}`;
  if (code === 'EADDRINUSE') {
    const text = `Another program listens on ${at} already. Stop it, or set server.listen to another port.`;
    return new AppError('port_in_use', text, { cause: error });
  }
  const reasons: Record<string, string> = {
    EACCES: 'this user may not open that port; take one above 1023',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'the name does not resolve',
  };
  const reason = reasons[code ?? ''] ?? messageOf(error);
  return new AppError('config_invalid', `Can't listen on ${at}: ${reason}. Change server.listen.`, { cause: error });
}

/** @throws AppError `port_in_use`, `config_invalid` when the address can't be had */
export async function listen(app: Express, address: ListenAddress): Promise<Listener> {
  const server = createServer(timeouts, app);
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFault(error, address)));
    server.listen(address.port, address.host, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    close: (drainMs) => (closed ??= drain(server, drainMs)),
  };
}

async function drain(server: Server, drainMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await done;
  clearTimeout(timer);
}
