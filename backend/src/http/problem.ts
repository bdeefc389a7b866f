import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express';
import { z } from 'zod';
import type { Problem } from '../contract/index.ts';
import { AppError, messageOf, type ErrorCode } from '../errors.ts';

const retryAfterSeconds = 5;
/** What express and its body parser throw. */
const HttpError = z.object({ status: z.number().int(), type: z.string().optional(), limit: z.number().optional() });
const Issues = z.array(z.object({ path: z.string(), message: z.string() }));

/** `not_found` → `Not found`. */
function titleOf(code: ErrorCode): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function fromHttpError(error: unknown): AppError | undefined {
  const parsed = HttpError.safeParse(error);
  if (!parsed.success || parsed.data.status >= 500) {
    return undefined;
  }
  const { status, type, limit } = parsed.data;
  const options = { cause: error };
  if (status === 413) {
    return new AppError('body_too_large', `The body is larger than ${limit ?? 0} bytes. Send less at once.`, options);
  }
  if (status === 415) {
    return new AppError('unsupported_media_type', `${messageOf(error)}. Send JSON in UTF-8.`, options);
  }
  if (type === 'entity.parse.failed') {
    return new AppError('invalid_request', `The body is not JSON: ${messageOf(error)}`, options);
  }
  return new AppError('invalid_request', `The request can't be read: ${messageOf(error)}`, options);
}

/** Any thrown value as an error with a code; what nobody foresaw becomes `internal` and keeps its cause for the log. */
function toAppError(error: unknown): AppError {
  if (error instanceof AppError) {
    return error;
  }
  return (
    fromHttpError(error) ??
    new AppError('internal', 'An unexpected error. The log of the backend has it under the request id.', {
      cause: error,
    })
  );
}

/** RFC 9457 problem details of an error. */
function problemOf(error: AppError, requestId: string): Problem {
  const issues = Issues.safeParse(error.context['issues']);
  return {
    type: `urn:selfheal-aiops:problem:${error.code}`,
    title: titleOf(error.code),
    status: error.httpStatus,
    code: error.code,
    detail: error.message,
    ...(issues.success ? { issues: issues.data } : {}),
    requestId,
  };
}

/** What Prometheus clients show: its own error shape with the fitting errorType. */
function prometheusErrorOf(error: AppError) {
  const types: Record<number, string> = { 401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 503: 'unavailable' };
  const fallback = error.httpStatus < 500 ? 'bad_data' : 'internal';
  return { status: 'error', errorType: types[error.httpStatus] ?? fallback, error: error.message };
}

/** The last middleware: every error becomes problem+json, or Prometheus' own shape under `/prometheus`. */
export function answerErrors(): ErrorRequestHandler {
  return (thrown: unknown, request: Request, response: Response, next: NextFunction): void => {
    const error = toAppError(thrown);
    // pino-http logs it once, with the request.
    response.err = error;
    if (response.destroyed) {
      return;
    }
    if (response.headersSent) {
      next(thrown);
      return;
    }
    if (error.code === 'busy' && !response.hasHeader('Retry-After')) {
      response.setHeader('Retry-After', retryAfterSeconds);
    }
    response.status(error.httpStatus).setHeader('Cache-Control', 'no-store');
    if (request.originalUrl.startsWith('/prometheus/')) {
      response.json(prometheusErrorOf(error));
      return;
    }
    response.type('application/problem+json').send(JSON.stringify(problemOf(error, String(request.id))));
  };
}

/** For whatever no route took. */
export function answerNotFound(request: Request, _response: Response, next: NextFunction): void {
  next(new AppError('not_found', `There is nothing at ${request.path}. The API is under /api/v1 and /prometheus.`));
}
