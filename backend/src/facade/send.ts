import { once } from 'node:events';
import type { Response } from 'express';
import { AppError } from '../errors.ts';
import type { Pacer } from '../pacer.ts';
import { PromqlError, type PromqlErrorType } from './promql/promql-error.ts';

const pieceLength = 64 * 1024;

const statusOf: Readonly<Record<PromqlErrorType, number>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  unavailable: 503,
  not_found: 404,
  internal: 500,
};

/** Writes an answer in pieces of about 64 kB, no faster than the client reads and without holding the event loop. */
export async function sendAnswer(response: Response, pieces: Iterable<string>, pacer: Pacer): Promise<void> {
  response.status(200).type('application/json');
  let waiting = '';
  for (const piece of pieces) {
    waiting += piece;
    if (waiting.length >= pieceLength) {
      const ready = response.write(waiting);
      waiting = '';
      if (!ready) {
        await once(response, 'drain', { signal: pacer.signal });
      }
    }
    if (pacer.due()) {
      await pacer.pause();
    }
  }
  response.end(waiting);
}

/** Answers an error in Prometheus' shape; what no caller can act on is told to `onDefect` and hidden. */
export function sendError(response: Response, error: unknown, onDefect?: (error: unknown) => void): void {
  if (response.headersSent) {
    // Half an answer must not look like a whole one.
    response.destroy();
    return;
  }
  const known = asPromqlError(error);
  if (known.errorType === 'internal') {
    onDefect?.(error);
  }
  response
    .status(statusOf[known.errorType])
    .json({ status: 'error', errorType: known.errorType, error: known.message });
}

function asPromqlError(error: unknown): PromqlError {
  if (error instanceof PromqlError) {
    return error;
  }
  if (error instanceof AppError && error.code !== 'internal') {
    return new PromqlError(error.httpStatus < 500 ? 'execution' : 'unavailable', error.message);
  }
  return new PromqlError('internal', 'the backend failed to answer; its log says why');
}
