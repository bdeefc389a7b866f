import {
  CoreApp,
  dateTime,
  LoadingState,
  rangeUtil,
  type DataFrame,
  type DataQuery,
  type DataQueryRequest,
  type PanelData,
  type ScopedVars,
} from '@grafana/data';
import { getDataSourceSrv, getRunRequest, getTemplateSrv } from '@grafana/runtime';
import { takeWhile, timeout, TimeoutError, type Observable } from 'rxjs';
import { maxPoints } from './training.ts';

export interface PanelQueries {
  readonly targets: readonly DataQuery[];
  readonly scopedVars: ScopedVars;
  readonly timeZone: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** What went wrong with one data source; the others' answers stay. */
export interface QueryFault {
  readonly kind: 'dashboard-source' | 'no-such-source' | 'failed' | 'timeout';
  readonly source: string;
  readonly detail: string;
}

export interface PanelAnswer {
  readonly frames: readonly DataFrame[];
  readonly faults: readonly QueryFault[];
}

const deadlineMs = 60_000;
const dashboardSource = '-- Dashboard --';
const expressionSource = '__expr__';
let requestCount = 0;

/** Queries by the data source they go to; server-side expressions need all queries in one request. */
function groupBySource({ targets, scopedVars }: PanelQueries): ReadonlyMap<string, DataQuery[]> {
  const shown = targets.filter((target) => target.hide !== true);
  const uidOf = (target: DataQuery) => getTemplateSrv().replace(target.datasource?.uid ?? '', scopedVars);
  if (targets.some((target) => target.datasource?.uid === expressionSource)) {
    return new Map([[expressionSource, [...targets]]]);
  }
  const groups = new Map<string, DataQuery[]>();
  for (const target of shown) {
    const uid = uidOf(target);
    groups.set(uid, [...(groups.get(uid) ?? []), target]);
  }
  return groups;
}

function buildRequest(queries: PanelQueries, targets: DataQuery[]): DataQueryRequest {
  const from = dateTime(queries.fromMs);
  const to = dateTime(queries.toMs);
  const interval = rangeUtil.secondsToHms(queries.stepMs / 1_000);
  requestCount += 1;
  return {
    app: CoreApp.PanelViewer,
    requestId: `aiops-${requestCount}`,
    timezone: queries.timeZone,
    range: { from, to, raw: { from, to } },
    interval,
    intervalMs: queries.stepMs,
    maxDataPoints: Math.min(maxPoints, Math.ceil((queries.toMs - queries.fromMs) / queries.stepMs) + 1),
    targets,
    scopedVars: {
      ...queries.scopedVars,
      __interval: { text: interval, value: interval },
      __interval_ms: { text: String(queries.stepMs), value: queries.stepMs },
    },
    startTime: Date.now(),
  };
}

/** The last value of a run, or of what came before `signal` cancelled it; unsubscribing stops the request. */
function settle(run: Observable<PanelData>, signal: AbortSignal): Promise<PanelData> {
  return new Promise((resolve, reject) => {
    const done = run.pipe(
      takeWhile(({ state }) => state === LoadingState.Loading || state === LoadingState.NotStarted, true),
      timeout({ first: deadlineMs, each: deadlineMs })
    );
    let last: PanelData | undefined;
    const subscription = done.subscribe({
      next: (data) => (last = data),
      error: reject,
      complete: () => (last === undefined ? reject(new Error('no answer')) : resolve(last)),
    });
    const stop = () => {
      subscription.unsubscribe();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    subscription.add(() => signal.removeEventListener('abort', stop));
  });
}

async function runGroup(
  uid: string,
  targets: DataQuery[],
  queries: PanelQueries,
  signal: AbortSignal
): Promise<PanelAnswer> {
  const fault = (kind: QueryFault['kind'], detail: string): PanelAnswer => ({
    frames: [],
    faults: [{ kind, source: uid, detail }],
  });
  if (uid === dashboardSource) {
    return fault('dashboard-source', '');
  }
  try {
    const firstReal = targets.find((target) => target.datasource?.uid !== expressionSource)?.datasource;
    const source = await getDataSourceSrv().get(uid === expressionSource ? firstReal : uid, queries.scopedVars);
    const data = await settle(getRunRequest()(source, buildRequest(queries, targets)), signal);
    const error = data.errors?.[0] ?? data.error;
    const faults: QueryFault[] =
      error === undefined ? [] : [{ kind: 'failed', source: source.name, detail: error.message ?? '' }];
    return { frames: data.series, faults };
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof TimeoutError
      ? fault('timeout', '')
      : fault('no-such-source', error instanceof Error ? error.message : String(error));
  }
}

/**
 * Runs a panel's own queries over another range with the viewer's rights: one request for each data source, at once.
 * The data sources replace variables themselves. Waits 60 s at most.
 * @throws the signal's reason when it is aborted; faults of data sources are part of the answer
 */
export async function runPanelQueries(queries: PanelQueries, signal: AbortSignal): Promise<PanelAnswer> {
  signal.throwIfAborted();
  const groups = [...groupBySource(queries)];
  const answers = await Promise.all(groups.map(([uid, targets]) => runGroup(uid, targets, queries, signal)));
  return {
    frames: answers.flatMap(({ frames }) => frames),
    faults: answers.flatMap(({ faults }) => faults),
  };
}
