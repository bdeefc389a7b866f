import { from, lastValueFrom, type Observable } from 'rxjs';
import { AppEvents, type EventBus } from '@grafana/data';
import type { BackendSrv, BackendSrvRequest, FetchResponse } from '@grafana/runtime';
import { boot } from './boot.ts';

type Options = Partial<BackendSrvRequest>;
type Used = Pick<BackendSrv, 'get' | 'post' | 'put' | 'patch' | 'delete' | 'request' | 'fetch' | 'datasourceRequest'>;

function address(request: BackendSrvRequest): URL {
  const relative = request.url.replace(/^\//, '');
  const absolute = /^https?:/.test(request.url);
  const url = new URL(absolute ? request.url : `${boot.settings.appSubUrl}/${relative}`, location.origin);
  for (const [name, value] of Object.entries((request.params ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null) {
      url.searchParams.set(name, String(value));
    }
  }
  return url;
}

function requestInit(request: BackendSrvRequest): RequestInit {
  const given = request.headers ?? {};
  const isText = typeof request.data === 'string' || request.data instanceof URLSearchParams;
  const body =
    request.data === undefined || isText ? (request.data as string | undefined) : JSON.stringify(request.data);
  const type: Record<string, string> = isText || body === undefined ? {} : { 'content-type': 'application/json' };
  return {
    method: request.method ?? 'GET',
    headers: { ...type, 'x-grafana-org-id': '1', ...(given as Record<string, string>) },
    ...(body === undefined ? {} : { body }),
    ...(request.abortSignal === undefined ? {} : { signal: request.abortSignal }),
  };
}

async function parseBody(answer: Response, request: BackendSrvRequest): Promise<unknown> {
  if (request.responseType === 'blob') {
    return await answer.blob();
  }
  const text = await answer.text();
  if (request.responseType === 'text') {
    return text;
  }
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown);
  } catch {
    return text;
  }
}

/** Grafana throws a plain object, not an Error; plugins read `status` and `data` from it. */
function asFetchError(status: number, data: unknown, config: BackendSrvRequest): object {
  return { status, statusText: '', data, config, isHandled: false };
}

async function send<T>(request: BackendSrvRequest, events: EventBus): Promise<FetchResponse<T>> {
  const url = address(request);
  let answer: Response;
  try {
    answer = await fetch(url, requestInit(request));
  } catch (cause) {
    throw asFetchError(0, { message: cause instanceof Error ? cause.message : String(cause) }, request);
  }
  const data = (await parseBody(answer, request)) as T;
  if (!answer.ok) {
    if (request.showErrorAlert === true) {
      events.publish({ type: AppEvents.alertError.name, payload: [`${answer.status} ${answer.statusText}`] });
    }
    throw asFetchError(answer.status, data, request);
  }
  const { status, statusText, ok, headers, redirected, type } = answer;
  return { data, status, statusText, ok, headers, redirected, type, url: url.href, config: request };
}

/** `getBackendSrv()` over window.fetch: what plugins use of it. */
export function createBackendSrv(events: EventBus): BackendSrv {
  const request = async <T>(r: BackendSrvRequest): Promise<T> => (await send<T>(r, events)).data;
  const verb =
    (method: string) =>
    async <T>(url: string, data?: unknown, options?: Options): Promise<T> =>
      await request<T>({ ...options, method, url, data });
  const service: Used = {
    fetch: <T>(r: BackendSrvRequest): Observable<FetchResponse<T>> => from(send<T>(r, events)),
    datasourceRequest: async (r) => await lastValueFrom(from(send<never>(r, events))),
    request,
    get: async (url, params, _requestId, options) => await request({ ...options, method: 'GET', url, params }),
    post: verb('POST'),
    put: verb('PUT'),
    patch: verb('PATCH'),
    delete: verb('DELETE'),
  };
  return service as BackendSrv;
}
