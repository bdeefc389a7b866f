import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { AppError } from '../errors.ts';

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopbackHost(host: string): boolean {
  return loopbackNames.has(host.toLowerCase()) || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(header ?? '');
  return match?.[1] ?? match?.[2];
}

/**
 * Without a token whoever reaches the port may read. A page in a browser of this machine reaches it through a name of
 * its own that it lets point to 127.0.0.1 (DNS rebinding); such a request carries that name in its Host header.
 */
export function guardHost(): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const name = hostName(request.headers.host);
    if (name !== undefined && isLoopbackHost(name)) {
      next();
      return;
    }
    next(
      new AppError(
        'forbidden',
        'Without server.tokenFile only requests to localhost, 127.0.0.1 or [::1] are answered. ' +
          'Use one of these names, or set a token.'
      )
    );
  };
}
