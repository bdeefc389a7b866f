import { config, getBackendSrv, isFetchError } from '@grafana/runtime';
import { lastValueFrom, takeUntil, throwIfEmpty, timeout, Observable, TimeoutError } from 'rxjs';
import type { z } from 'zod';
import { pluginId } from '../pluginId.ts';
import { ApiError, fromFetchError } from './api-error.ts';
import type { ApiRequest } from './endpoints.ts';

/** A preview over 11,000 points takes about a second; a job preview also waits for its source. */
const deadlineMs = 60_000;
const proxy = `api/plugin-proxy/${pluginId}`;

/**
 * Sends one request through Grafana's plugin proxy and parses the answer.
 * @throws ApiError with a kind for each thing a person would do differently
 */
export async function send<T extends z.ZodType>(
  request: ApiRequest,
  schema: T,
  signal: AbortSignal
): Promise<z.output<T>> {
  const data = await fetchData(request, signal);
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    throw new ApiError('protocol', { detail: parsed.error.issues[0]?.path.join('.') ?? '', cause: parsed.error });
  }
  return parsed.data;
}

/** Like send, for answers without a body. */
export async function sendForNothing(request: ApiRequest, signal: AbortSignal): Promise<void> {
  await fetchData(request, signal);
}

/** Like send, for files: the answer as it stands. */
export async function sendForText(request: ApiRequest, signal: AbortSignal): Promise<string> {
  const data = await fetchData(request, signal, 'text');
  if (typeof data !== 'string') {
    throw new ApiError('protocol', { detail: request.path });
  }
  return data;
}

/** The address of a request for the browser's own fetch; Grafana may be served under a sub-path. */
export function proxyUrl(request: ApiRequest): string {
  return `${config.appSubUrl}/${proxy}/${request.path}`;
}

async function fetchData(request: ApiRequest, signal: AbortSignal, responseType?: 'text'): Promise<unknown> {
  const aborted = new Observable<void>((subscriber) => {
    const stop = () => subscriber.next();
    signal.addEventListener('abort', stop, { once: true });
    return () => signal.removeEventListener('abort', stop);
  });
  if (signal.aborted) {
    throw new ApiError('cancelled');
  }
  const answer = getBackendSrv().fetch<unknown>({
    method: request.method,
    url: `${proxy}/${request.path}`,
    showErrorAlert: false,
    showSuccessAlert: false,
    ...(request.params === undefined ? {} : { params: { ...request.params } }),
    ...(request.body === undefined ? {} : { data: request.body }),
    ...(responseType === undefined ? {} : { responseType }),
  });
  try {
    const { data } = await lastValueFrom(
      answer.pipe(
        timeout(deadlineMs),
        takeUntil(aborted),
        throwIfEmpty(() => new ApiError('cancelled'))
      )
    );
    return data;
  } catch (error) {
    throw asApiError(error);
  }
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) {
    return error;
  }
  if (error instanceof TimeoutError) {
    return new ApiError('timeout', { cause: error });
  }
  return isFetchError(error) ? fromFetchError(error) : new ApiError('unreachable', { cause: error });
}
