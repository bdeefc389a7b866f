import type { RequestHandler } from 'express';
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const secondsBuckets = [0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

/** What parts of the backend count, on a registry of its own app. */
export interface Metrics {
  readonly registry: Registry;
  readonly training: {
    readonly durationSeconds: Histogram;
    readonly failures: Counter<'code'>;
  };
  readonly fits: Counter<'state'>;
  readonly sources: {
    readonly queries: Counter<'source' | 'outcome'>;
    readonly durationSeconds: Histogram<'source'>;
  };
  /** Times each request; its route is the pattern, never the path, so that labels stay few. */
  observeRequests(): RequestHandler;
}

/** Metrics of one app, named `aiops_…`, with Node's own (event loop lag, heap, CPU) under the same prefix. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'aiops_' });
  const httpSeconds = new Histogram({
    name: 'aiops_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: secondsBuckets,
    registers,
  });
  return {
    registry,
    training: trainingMetrics(registers),
    fits: new Counter({
      name: 'aiops_fits_total',
      help: 'Trainings of whole jobs that ended, by how',
      labelNames: ['state'],
      registers,
    }),
    sources: sourceMetrics(registers),
    observeRequests: () => timeRequests(httpSeconds),
  };
}

function trainingMetrics(registers: Registry[]): Metrics['training'] {
  return {
    durationSeconds: new Histogram({
      name: 'aiops_training_duration_seconds',
      help: 'Time from handing one series to a training worker to its forecast, waiting included',
      buckets: secondsBuckets,
      registers,
    }),
    failures: new Counter({
      name: 'aiops_training_failures_total',
      help: 'Series whose training failed, by error code',
      labelNames: ['code'],
      registers,
    }),
  };
}

function sourceMetrics(registers: Registry[]): Metrics['sources'] {
  return {
    queries: new Counter({
      name: 'aiops_source_queries_total',
      help: 'Queries to a source, by outcome: ok, aborted or an error code',
      labelNames: ['source', 'outcome'],
      registers,
    }),
    durationSeconds: new Histogram({
      name: 'aiops_source_query_duration_seconds',
      help: 'Time of a query to a source, retries included',
      labelNames: ['source'],
      buckets: secondsBuckets,
      registers,
    }),
  };
}

const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

function timeRequests(httpSeconds: Histogram<'method' | 'route' | 'status'>): RequestHandler {
  return (request, response, next) => {
    const end = httpSeconds.startTimer();
    response.on('close', () => {
      const facade = request.originalUrl.startsWith('/prometheus/') ? '/prometheus' : 'none';
      const route: unknown = response.locals['route'];
      end({
        method: knownMethods.has(request.method) ? request.method : 'other',
        route: typeof route === 'string' ? route : facade,
        status: response.statusCode,
      });
    });
    next();
  };
}
