import {
  EventBusSrv,
  LoadingState,
  type DataFrame,
  type DataQueryRequest,
  type ScopedVars,
  type CurrentUserDTO,
} from '@grafana/data';
import {
  setAppEvents,
  setBackendSrv,
  setCurrentUser,
  setDataSourceSrv,
  setRunRequest,
  setTemplateSrv,
  type BackendSrv,
  type BackendSrvRequest,
  type DataSourceSrv,
  type FetchError,
  type TemplateSrv,
} from '@grafana/runtime';
import { defer, of, throwError } from 'rxjs';
import { planAction, pluginId, readAction, runAction, writeAction } from '../pluginId.ts';
import { nowMs } from './builders.ts';

// Grafana takes the user once, when it starts.
const user: { permissions: Record<string, boolean> } = { permissions: {} };
setCurrentUser(user as unknown as CurrentUserDTO);

/** What a fake service answers: data, or a failure as Grafana's proxy or the backend gives it. */
export type Answer = { readonly data: unknown } | { readonly status: number; readonly body: unknown };
export type Routes = Readonly<Record<string, (request: BackendSrvRequest) => Answer>>;

export interface FakeGrafana {
  /** Requests so far, as `POST api/v1/jobs`. */
  readonly calls: string[];
  readonly requests: BackendSrvRequest[];
  readonly queries: DataQueryRequest[];
}

export const ok = (data: unknown) => (): Answer => ({ data });
export const fail = (status: number, body: unknown) => (): Answer => ({ status, body });

/** problem+json as the backend writes it. */
export const problem = (status: number, code: string, detail: string, issues?: unknown) =>
  fail(status, { type: 'about:blank', title: code, status, code, detail, ...(issues === undefined ? {} : { issues }) });

export type FakeRole = 'Viewer' | 'Editor' | 'Admin';

/** As plugin.json grants them, which a test of the manifest proves. */
const actions: Readonly<Record<FakeRole, readonly string[]>> = {
  Viewer: [readAction],
  Editor: [readAction, writeAction, planAction],
  Admin: [readAction, writeAction, planAction, runAction],
};

interface FakeOptions {
  readonly routes?: Routes;
  readonly role?: FakeRole;
  /** Frames that each data source uid answers; an Error fails the query, null knows no such data source. */
  readonly frames?: Readonly<Record<string, readonly DataFrame[] | Error | null>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** What Grafana knows as data sources, for those who choose one. */
  readonly dataSources?: ReadonlyArray<{
    readonly uid: string;
    readonly name: string;
    readonly type: string;
    readonly isDefault?: boolean;
  }>;
}

function keyOf({ method = 'GET', url }: BackendSrvRequest): string {
  return `${method} ${url.replace(`api/plugin-proxy/${pluginId}/`, '')}`;
}

function fakeBackend(routes: Routes, seen: FakeGrafana): BackendSrv {
  const fetch = (request: BackendSrvRequest) =>
    defer(() => {
      seen.calls.push(keyOf(request));
      seen.requests.push(request);
      const answer = routes[keyOf(request)]?.(request) ?? { status: 404, body: { message: 'no such route' } };
      if ('data' in answer) {
        return of({ data: answer.data, status: 200, ok: true });
      }
      const error: FetchError = { status: answer.status, data: answer.body, config: request };
      return throwError(() => error);
    });
  return { fetch } as unknown as BackendSrv;
}

function fakeTemplates(variables: Readonly<Record<string, string>>): TemplateSrv {
  const replace = (text = '', scoped: ScopedVars = {}) =>
    text.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => String(scoped[name]?.value ?? variables[name] ?? whole));
  return { replace, getVariables: () => [], containsTemplate: () => false } as unknown as TemplateSrv;
}

/** Puts fakes in the place of Grafana's services; nothing else of Grafana is faked. */
export function fakeGrafana({
  routes = {},
  role = 'Editor',
  frames = {},
  variables = {},
  dataSources = [{ uid: 'prom', name: 'Prometheus', type: 'prometheus', isDefault: true }],
}: FakeOptions = {}): FakeGrafana {
  const seen: FakeGrafana = { calls: [], requests: [], queries: [] };
  setBackendSrv(fakeBackend(routes, seen));
  setTemplateSrv(fakeTemplates(variables));
  setAppEvents(new EventBusSrv());
  setDataSourceSrv({
    get: async (ref: { uid: string } | string) => {
      const raw = typeof ref === 'string' ? ref : ref.uid;
      const uid = fakeTemplates(variables).replace(raw);
      if (frames[uid] === null || frames[uid] === undefined) {
        throw new Error(`Datasource ${uid} was not found`);
      }
      return { uid, name: uid };
    },
    getList: ({ type }: { type?: string } = {}) => dataSources.filter((one) => type === undefined || one.type === type),
  } as unknown as DataSourceSrv);
  setRunRequest((source, request) => {
    seen.queries.push(request);
    const answer = frames[source.uid] ?? [];
    const timeRange = request.range;
    return answer instanceof Error
      ? of({ state: LoadingState.Error, series: [], timeRange, errors: [{ message: answer.message }] })
      : of(
          { state: LoadingState.Loading, series: [], timeRange },
          { state: LoadingState.Done, series: [...answer], timeRange }
        );
  });
  user.permissions = Object.fromEntries(actions[role].map((action) => [action, true]));
  jest.spyOn(Date, 'now').mockReturnValue(nowMs);
  return seen;
}
