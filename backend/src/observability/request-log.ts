import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { pinoHttp, type HttpLogger } from 'pino-http';
import { AppError } from '../errors.ts';

const acceptedId = /^[\w-]{8,64}$/;
/** Asked every few seconds by machines: silence is the good news. */
const quietPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** The path alone: a query may hold what a user typed. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}

function requestId(request: IncomingMessage, response: ServerResponse): string {
  const sent = request.headers['x-request-id'];
  const id = typeof sent === 'string' && acceptedId.test(sent) ? sent : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}

function levelOf(response: ServerResponse, error: Error | undefined): 'info' | 'warn' | 'error' {
  if (response.statusCode < 400) {
    return 'info';
  }
  const foreseen = error instanceof AppError && error.code !== 'internal';
  return response.statusCode === 500 && !foreseen ? 'error' : 'warn';
}

/** Gives each request an id (the caller's, when it looks like one) and logs it once, when it is answered. */
export function logRequests(logger: Logger): HttpLogger {
  return pinoHttp({
    logger,
    genReqId: requestId,
    autoLogging: { ignore: (request) => quietPaths.has(pathOf(request)) },
    customLogLevel: (_request, response, error) => levelOf(response, error ?? response.err),
    customSuccessMessage: () => 'request answered',
    customErrorMessage: () => 'request failed',
    wrapSerializers: false,
    serializers: {
      req: (request: IncomingMessage) => ({
        id: request.id,
        method: request.method,
        path: pathOf(request),
        remoteAddress: request.socket.remoteAddress,
      }),
      res: (response: ServerResponse) => ({ statusCode: response.statusCode }),
      err: describeError,
    },
  });
}

/** Code and text of what was foreseen; a stack only for what was not. */
function describeError(error: Error): Record<string, unknown> {
  if (!(error instanceof AppError)) {
    return { message: error.message };
  }
  const cause = error.cause instanceof Error ? error.cause : undefined;
  return {
    code: error.code,
    message: error.message,
    ...(cause === undefined ? {} : { cause: cause.message }),
    ...(error.code === 'internal' ? { stack: cause?.stack ?? error.stack } : {}),
  };
}
