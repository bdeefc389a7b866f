import { from, lastValueFrom, Observable, type Subscriber } from 'rxjs';
import {
  DataSourceApi,
  LoadingState,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceInstanceSettings,
  type DataSourceRef,
  type PanelData,
  type ScopedVars,
} from '@grafana/data';
import {
  config,
  getDataSourceSrv,
  getTemplateSrv,
  type DataSourceSrv,
  type GetDataSourceListFilters,
} from '@grafana/runtime';
import type { DataQuery } from '@grafana/schema';
import { PrometheusDataSource } from './prometheus.ts';

type Reference = DataSourceRef | string | null | undefined;

const mixedUid = '-- Mixed --';
const mixedSettings = {
  id: -200,
  uid: mixedUid,
  name: mixedUid,
  type: 'mixed',
  access: 'proxy',
  jsonData: {},
  readOnly: true,
  meta: { id: 'mixed', name: mixedUid, mixed: true },
} as unknown as DataSourceInstanceSettings;

/** Runs each query of a mixed panel at its own data source and joins the answers. */
class MixedDataSource extends DataSourceApi {
  query(request: DataQueryRequest): Observable<DataQueryResponse> {
    return from(this.#queryAll(request));
  }

  async #queryAll(request: DataQueryRequest): Promise<DataQueryResponse> {
    const groups = Object.groupBy(request.targets, (target) => uidOf(target.datasource, request.scopedVars) ?? '');
    const answers = await Promise.all(
      Object.entries(groups).map(async ([uid, targets]) => {
        const source = await getDataSourceSrv().get(uid, request.scopedVars);
        return await queryOnce(source, { ...request, targets: targets ?? [] });
      })
    );
    return { data: answers.flatMap((answer) => answer.data) };
  }

  testDatasource(): Promise<{ status: string; message: string }> {
    return Promise.resolve({ status: 'success', message: '' });
  }
}

async function queryOnce(source: DataSourceApi, request: DataQueryRequest): Promise<DataQueryResponse> {
  const answer = source.query(request);
  return answer instanceof Observable ? await lastValueFrom(answer) : await answer;
}

function uidOf(reference: Reference, scopedVars?: ScopedVars): string | undefined {
  const id = typeof reference === 'string' ? reference : reference?.uid;
  return id === undefined ? undefined : getTemplateSrv().replace(id, scopedVars);
}

const all = (): DataSourceInstanceSettings[] => Object.values(config.datasources);

function settingsFor(reference: Reference, scopedVars?: ScopedVars): DataSourceInstanceSettings | undefined {
  const id = uidOf(reference, scopedVars);
  if (id === mixedUid) {
    return mixedSettings;
  }
  const type = typeof reference === 'object' ? reference?.type : undefined;
  if ((id === undefined || id === '' || id === 'default') && type === undefined) {
    return config.datasources[config.defaultDatasource];
  }
  return (
    all().find((d) => d.uid === id || d.name === id) ??
    (id === undefined ? all().find((d) => d.type === type) : undefined)
  );
}

function create(settings: DataSourceInstanceSettings): DataSourceApi {
  const source = settings.uid === mixedUid ? new MixedDataSource(settings) : new PrometheusDataSource(settings);
  source.meta = settings.meta;
  return source as DataSourceApi;
}

/** `getDataSourceSrv()` over the data sources that the server names. */
export function createDataSourceSrv(): DataSourceSrv {
  const instances = new Map<string, DataSourceApi>();
  return {
    get: (reference, scopedVars) => {
      const settings = settingsFor(reference, scopedVars);
      if (settings === undefined) {
        return Promise.reject(new Error(`Datasource ${uidOf(reference, scopedVars) ?? ''} was not found`));
      }
      const source = instances.get(settings.uid) ?? create(settings);
      instances.set(settings.uid, source);
      return Promise.resolve(source);
    },
    getList: (filters?: GetDataSourceListFilters) =>
      all().filter((d) => filters?.type === undefined || filters.type === d.type || filters.type.includes(d.type)),
    getInstanceSettings: settingsFor,
    reload: () => undefined,
    registerRuntimeDataSource: () => undefined,
  } as DataSourceSrv;
}

function failure(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Runs a request the way core does: a loading state at once, then data or the error that a panel shows. */
export function runRequest(source: DataSourceApi, request: DataQueryRequest): Observable<PanelData> {
  return new Observable((subscriber: Subscriber<PanelData>) => {
    const base = { timeRange: request.range, request, annotations: [] };
    subscriber.next({ ...base, state: LoadingState.Loading, series: [] });
    queryOnce(source, request as DataQueryRequest<DataQuery>)
      .then((answer) => ({ ...base, state: LoadingState.Done, series: answer.data as PanelData['series'] }))
      .catch((cause: unknown) => {
        const error = { message: failure(cause) };
        return { ...base, state: LoadingState.Error, series: [], error, errors: [error] };
      })
      .then((data) => {
        subscriber.next(data);
        subscriber.complete();
      })
      .catch((cause: unknown) => subscriber.error(cause));
  });
}
