import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import type { Clock } from '../clock.ts';
import { labelKey, type Labels } from '../timeseries/series.ts';
import { type FacadeAnswer, queryInstant, queryRange } from './answer-query.ts';
import type { Matcher, OwnSeriesStore } from './own-series.ts';
import { sendAnswer, sendError } from './send.ts';
import { createPacer, type Pacer } from '../pacer.ts';
import { instantParamMs, limitParam, readParams, requiredText, timeoutMs } from './params.ts';
import { PromqlError } from './promql/promql-error.ts';
import { readSeriesSelector } from './promql/read-selector.ts';
import { dataJson, inLabelOrder } from './result-json.ts';

/** Bounds of one request. */
interface FacadeLimits {
  /** Longest time to work on a request. */
  readonly deadlineMs: number;
  /** Most samples that a query may hold at once. */
  readonly maxSamples: number;
}

export interface FacadeDeps {
  readonly series: OwnSeriesStore;
  readonly clock: Clock;
  readonly limits: FacadeLimits;
  /** Told of defects: errors that no caller can act on. */
  readonly onDefect?: (error: unknown) => void;
}

/** What a handler works with. */
interface Call {
  readonly deps: FacadeDeps;
  readonly params: URLSearchParams;
  readonly pacer: Pacer;
  readonly pathName: string;
}

type Handler = (call: Call) => Promise<FacadeAnswer>;

/** The version of the Prometheus HTTP API that the answers follow; Grafana picks its features by it. */
const prometheusVersion = '3.0.0';
const noRemarks = { infos: [], warnings: [] } as const;
const truncated = { infos: [], warnings: ['results truncated due to limit'] } as const;

/**
 * The Prometheus HTTP API over the product's own series, to be mounted at `/prometheus`.
 * Errors have Prometheus' shape and status: 400 bad_data, 422 execution, 503 timeout.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function createFacadeRouter(deps: FacadeDeps): Router {
  const router = express.Router();
  const form = express.urlencoded({ extended: false, limit: '256kb' });
  const both = (path: string, handler: Handler): void => {
    router.get(path, run(deps, handler));
    router.post(path, form, run(deps, handler));
  };
  both('/api/v1/query', answerQuery);
  both('/api/v1/query_range', ({ deps: { series, limits }, params, pacer }) =>
    queryRange({ store: series, maxSamples: limits.maxSamples, pacer }, params)
  );
  both('/api/v1/query_exemplars', async () => plain([]));
  both('/api/v1/series', answerSeries);
  both('/api/v1/labels', answerLabels);
  router.get('/api/v1/label/:name/values', run(deps, answerLabelValues));
  router.get('/api/v1/metadata', run(deps, answerMetadata));
  router.get(
    '/api/v1/rules',
    run(deps, async () => plain({ groups: [] }))
  );
  router.get(
    '/api/v1/status/buildinfo',
    run(deps, async () => plain(buildInfo()))
  );
  router.use((request, response) => {
    const message = `${request.method} ${request.path} is not part of the forecast series API; there are query, query_range, series, labels, label/<name>/values, metadata, rules, query_exemplars and status/buildinfo under /api/v1`;
    sendError(response, new PromqlError('not_found', message));
  });
  router.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    sendError(response, asBodyError(error), deps.onDefect);
  });
  return router;
}

/** Errors of the body parser carry their own status; all of them are the caller's. */
function asBodyError(error: unknown): unknown {
  return error instanceof Error && 'status' in error
    ? new PromqlError('bad_data', `the form body can't be read: ${error.message}`)
    : error;
}

/** Runs a handler until it is done, the deadline has passed or the client has left. */
function run(deps: FacadeDeps, handler: Handler): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    // One controller for both ends: a composite signal is slow to ask, and loops ask it often.
    const controller = new AbortController();
    const { signal } = controller;
    const gone = new Error('the client has left');
    response.once('close', () => controller.abort(gone));
    let timer: NodeJS.Timeout | undefined;
    try {
      const params = readParams(request);
      const waitMs = timeoutMs(params, deps.limits.deadlineMs);
      timer = setTimeout(() => controller.abort(lateError(waitMs)), waitMs);
      const pacer = createPacer(signal);
      const pathName = String(request.params['name'] ?? '');
      const answer = await untilAborted(handler({ deps, params, pacer, pathName }), signal);
      await sendAnswer(response, answer.pieces, pacer);
    } catch (error) {
      if (signal.reason !== gone) {
        sendError(response, error, deps.onDefect);
      }
    } finally {
      clearTimeout(timer);
    }
  };
}

function lateError(waitMs: number): PromqlError {
  return new PromqlError(
    'timeout',
    `the query was not answered within ${waitMs / 1000} s and was given up: ask for a shorter range or fewer series`
  );
}

/** The work's result, or the signal's reason as soon as it is aborted, even if the work does not listen to it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function plain(
  data: unknown,
  remarks: { infos: readonly string[]; warnings: readonly string[] } = noRemarks
): FacadeAnswer {
  return { pieces: [dataJson(data, remarks)] };
}

function answerQuery({ deps, params, pacer }: Call): Promise<FacadeAnswer> {
  const { series, clock, limits } = deps;
  return queryInstant({ store: series, maxSamples: limits.maxSamples, pacer }, params, clock.nowMs());
}

/** The label sets that any `match[]` selects; all of them when there is none. */
async function selectLabelSets(call: Call, params: URLSearchParams): Promise<readonly Labels[]> {
  const selectors = params.getAll('match[]').map(readSeriesSelector);
  const startMs = instantParamMs(params, 'start') ?? -Infinity;
  const endMs = instantParamMs(params, 'end') ?? Infinity;
  if (endMs < startMs) {
    throw new PromqlError('bad_data', 'invalid parameter "end": it is before start');
  }
  const { labelSets } = call.deps.series;
  const all: ReadonlyArray<readonly Matcher[]> = selectors.length === 0 ? [[]] : selectors;
  const sets = await Promise.all(all.map((matchers) => labelSets(matchers, { startMs, endMs })));
  return sets.flat();
}

async function answerSeries(call: Call): Promise<FacadeAnswer> {
  requiredText(call.params, 'match[]');
  const sets = await selectLabelSets(call, call.params);
  const distinct = [...new Map(sets.map((labels) => [labelKey(labels), labels])).values()];
  return limited(
    inLabelOrder(distinct, (labels) => labels),
    limitParam(call.params)
  );
}

async function answerLabels(call: Call): Promise<FacadeAnswer> {
  const names = new Set<string>();
  for (const labels of await selectLabelSets(call, call.params)) {
    Object.keys(labels).forEach((name) => names.add(name));
  }
  return limited([...names].sort(), limitParam(call.params));
}

async function answerLabelValues(call: Call): Promise<FacadeAnswer> {
  const values = new Set<string>();
  for (const labels of await selectLabelSets(call, call.params)) {
    const value = labels[call.pathName];
    if (value !== undefined) {
      values.add(value);
    }
  }
  return limited([...values].sort(), limitParam(call.params));
}

function limited(items: readonly unknown[], limit: number): FacadeAnswer {
  return items.length > limit ? plain(items.slice(0, limit), truncated) : plain(items);
}

async function answerMetadata({ deps, params }: Call): Promise<FacadeAnswer> {
  const wanted = params.get('metric') ?? '';
  const entries = (await deps.series.metadata()).filter(({ metric }) => wanted === '' || metric === wanted);
  const limit = limitParam(params);
  const shown = entries.slice(0, Math.min(limit, entries.length));
  return plain(Object.fromEntries(shown.map(({ metric, type, help, unit }) => [metric, [{ type, help, unit }]])));
}

function buildInfo(): Readonly<Record<string, string>> {
  const none = { revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' };
  return { version: prometheusVersion, ...none, product: 'AIOps forecasts' };
}
