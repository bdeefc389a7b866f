import { readFileSync } from 'node:fs';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { ExcludedRanges } from './anomalies/excluded-ranges.ts';
import { buildInsights, type Insights } from './app-insights.ts';
import { buildLive, type Live } from './app-live.ts';
import { buildRemediation, type RemediationApp } from './app-remediation.ts';
import { CalendarBook } from './calendars/calendar-book.ts';
import { ChangeLog } from './changes/change-log.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { MetricStore } from './datasources/metrics/metric-store.ts';
import type { JobSpec } from './contract/index.ts';
import { createMetricStore } from './datasources/metrics/prometheus.ts';
import type { SourceSettings } from './datasources/source-settings.ts';
import { AppError } from './errors.ts';
import { withCapacitySeries } from './facade/capacity-series.ts';
import { createFacadeRouter } from './facade/facade-router.ts';
import { createOwnSeriesStore } from './facade/own-series-store.ts';
import { createTrainingPool } from './forecasting/training-pool.ts';
import { allJobs } from './http/all-jobs.ts';
import { Auth } from './http/auth.ts';
import { EventStream } from './http/event-stream.ts';
import { isLoopbackHost } from './http/host-guard.ts';
import { listen, type Listener } from './http/listener.ts';
import { openApiDocument } from './http/openapi.ts';
import { defaultRateLimits } from './http/rate-limit.ts';
import { createHttp } from './http/server.ts';
import { createJobs, type RunningJobs } from './jobs/create-jobs.ts';
import type { TrainingContext } from './jobs/training/learnable-history.ts';
import { createLogger } from './observability/logger.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { observePool } from './observability/observed-pool.ts';
import { ObservedSources } from './observability/observed-sources.ts';
import { registerStateMetrics } from './observability/state-metrics.ts';
import { startTracing } from './observability/tracing.ts';
import { writtenNames } from './remote-write/written-names.ts';
import { openDatabase, type Database } from './store/database.ts';

/** Requests that run when the backend is told to stop may take this long to end; orchestrators kill after 30 s. */
const drainMs = 10_000;
/** Series that may wait for a worker: ten jobs of the default cap. */
const maxQueuedFits = 10_000;
const facadeLimits = { deadlineMs: 30_000, maxSamples: 5_000_000 } as const;

const Package = z.object({ version: z.string() });

export interface AppOverrides {
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly createMetricStore?: (settings: SourceSettings) => MetricStore;
  readonly drainMs?: number;
}

/** The whole backend in one process. */
export interface App {
  /**
   * Listens and trains. A second call answers the same URL.
   * @throws AppError `port_in_use`, `config_invalid` when the address can't be had
   */
  start(): Promise<{ readonly url: string }>;
  /** Answers what it was asked, ends trainings, closes the store; each with a deadline. Safe to call twice. */
  stop(): Promise<void>;
  readonly http: Express;
}

interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly jobs: RunningJobs;
  readonly sources: ObservedSources;
  readonly events: EventStream;
  readonly calendars: CalendarBook;
  readonly changes: ChangeLog;
  readonly insights: Insights;
  readonly database: Database;
  readonly live: Live;
  readonly remediation: RemediationApp;
  readonly load: () => { running: number; queued: number; workers: number };
}

/**
 * Builds the backend; the only place where things are constructed.
 * @throws AppError `store_unusable`, `config_invalid`; nothing stays open then
 */
export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  refuseOpenServer(config);
  await using building = new AsyncDisposableStack();
  const parts = await buildParts(config, overrides, building);
  const state = { store: true, jobs: false };
  const stopping = new AbortController();
  const http = buildHttp(parts, () => ({ ...state }), stopping.signal);
  const resources = building.move();
  let started: Promise<Listener> | undefined;
  let stopped: Promise<void> | undefined;

  const start = async (): Promise<Listener> => {
    const listener = await listen(http, config.server);
    resources.defer(() => closeListener(listener, stopping, overrides.drainMs ?? drainMs));
    const { otlpEndpoint } = config.telemetry;
    if (otlpEndpoint !== undefined) {
      const tracing = await startTracing(otlpEndpoint);
      resources.defer(() => tracing.stop());
    }
    await startParts(parts);
    state.jobs = true;
    sayStarted(parts, listener.url);
    return listener;
  };
  const stop = async (): Promise<void> => {
    state.jobs = false;
    parts.events.stop();
    await started?.catch(() => undefined);
    await resources.disposeAsync();
    state.store = false;
    parts.logger.info('stopped');
  };
  return {
    http,
    start: async () => ({ url: (await (started ??= start())).url }),
    stop: () => (stopped ??= stop()),
  };
}

/** In the order in which they need each other. */
async function startParts({ changes, calendars, jobs, live, remediation }: Parts): Promise<void> {
  await changes.start();
  await calendars.start();
  await jobs.start();
  await live.start();
  await remediation.start();
}

/** What can be read without a token must not be read from elsewhere. */
function refuseOpenServer({ server }: Config): void {
  if (server.token === undefined && !isLoopbackHost(server.host)) {
    throw new AppError(
      'config_invalid',
      `server.listen opens the backend to other machines (${server.host}), but there is no token. ` +
        'Set server.tokenFile, or listen on 127.0.0.1.'
    );
  }
}

/** Parts are disposed of in reverse order: the store last. */
async function buildParts(config: Config, overrides: AppOverrides, resources: AsyncDisposableStack): Promise<Parts> {
  const base = await buildBase(config, overrides, resources);
  const { clock, logger, metrics, database, sources, pool } = base;
  const changes = new ChangeLog({ database, clock });
  const calendars: CalendarBook = new CalendarBook({
    ...{ database, clock, logger, provisioned: config.calendars, file: config.file },
    listJobs: () => allJobs(jobs),
  });
  resources.defer(() => calendars.stop());

  const delaysMs = new Map(config.sources.map((settings) => [settings.name, settings.delayMs]));
  const jobs: RunningJobs = createJobs({
    ...{ database, pool, clock, logger, delaysMs, sources: sources.stores, provisioned: config.jobs },
    limits: { seriesPerJob: config.limits.seriesPerJob },
    context: trainingContext(database, calendars),
    writtenPerSeries: (spec) => writtenPerSeries(config, spec),
  });
  resources.defer(() => jobs.stop());
  const live = buildLive({ ...base, config, sources: sources.stores, delaysMs, jobs, calendars, changes }, resources);

  const remediation = buildRemediation({ ...base, config, sources: sources.stores, jobs, calendars, live }, resources);
  const events = new EventStream({ subscribe: (listener) => jobs.subscribe(listener) });
  resources.defer(() => events.stop());
  countFits(jobs, metrics);
  registerStateMetrics({ registry: metrics.registry, clock, listJobs: () => allJobs(jobs), training: pool });
  const insights = buildInsights({ ...base, config, jobs, calendars, changes, live }, resources);
  return { ...base, config, jobs, events, calendars, changes, insights, live, remediation, load: () => pool.load() };
}

/** What everything else stands on. */
async function buildBase(config: Config, overrides: AppOverrides, resources: AsyncDisposableStack) {
  const clock = overrides.clock ?? systemClock;
  const logger = overrides.logger ?? createLogger({ level: config.telemetry.logLevel });
  const metrics = createMetrics();
  const database = await openDatabase({ file: config.store.file, logger });
  resources.defer(() => database.destroy());

  const createStore = overrides.createMetricStore ?? createMetricStore;
  const sources = new ObservedSources({
    sources: config.sources.map((settings) => ({ settings, store: createStore(settings) })),
    metrics: metrics.sources,
    clock,
  });
  resources.defer(() => sources.stop());

  const { seriesPerJob: _, ...poolLimits } = config.limits;
  const pool = observePool(createTrainingPool({ ...poolLimits, maxQueue: maxQueuedFits }), metrics.training);
  resources.defer(() => pool.stop());
  return { clock, logger, metrics, database, sources, pool };
}

/** Series that are remote-written for each series of a job. */
function writtenPerSeries({ writers }: Config, spec: JobSpec): number {
  const writer = spec.write === undefined ? writers[0] : writers.find(({ name }) => name === spec.write);
  return writer === undefined ? 0 : writtenNames(spec, writer.dialects, writer.horizonsMs).length;
}

function trainingContext(database: Database, calendars: CalendarBook): TrainingContext {
  const excluded = new ExcludedRanges(database);
  return {
    excluded: (job) => excluded.ofJob(job),
    holidays: (spec, fromMs, toMs) => calendars.holidays(spec, fromMs, toMs),
    calendarNames: () => calendars.names(),
  };
}

function countFits(jobs: RunningJobs, { fits }: Metrics): void {
  jobs.subscribe((event) => {
    if (event.kind === 'training' && event.ended) {
      fits.inc({ state: event.total > 0 && event.failed === event.total ? 'failed' : 'done' });
    }
  });
}

function buildHttp(parts: Parts, readiness: () => Record<string, boolean>, stopping: AbortSignal): Express {
  const { config, clock, logger, jobs, sources, events, metrics, load } = parts;
  const version = ownVersion();
  return createHttp({
    api: {
      ...parts.insights,
      remediation: parts.remediation.api,
      jobs,
      sources,
      training: { load },
      events,
      clock,
      version,
      startedAtMs: clock.nowMs(),
      warnings: warningsOf(config),
      openApi: openApiDocument(version),
    },
    auth: new Auth({ token: config.server.token, grafana: config.grafana, clock }),
    facade: createFacadeRouter({
      series: withCapacitySeries({
        series: createOwnSeriesStore({ bands: jobs.bands, clock, maxSamples: facadeLimits.maxSamples }),
        bands: jobs.bands,
        capacity: parts.insights.capacity,
        clock,
      }),
      clock,
      limits: facadeLimits,
      onDefect: (error) => logger.error({ err: error }, 'the forecast series API failed'),
    }),
    webhooks: parts.remediation.webhooks,
    metrics,
    logger,
    readiness,
    trustedProxies: config.server.trustedProxies,
    rateLimits: defaultRateLimits,
    stopping,
  });
}

function ownVersion(): string {
  return Package.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;
}

function warningsOf({ server, grafana }: Config): string[] {
  const warnings = [];
  if (server.token === undefined) {
    warnings.push(
      'No token is set (server.tokenFile): the backend listens on this machine only, and all of it may read.'
    );
  }
  if (grafana === undefined) {
    warnings.push('grafana.url is not set: nothing can be changed over the API, jobs come from files only.');
  }
  return warnings;
}

/** Waits for requests that run; the last second of the time tells them to give up, then connections are cut. */
async function closeListener(listener: Listener, stopping: AbortController, waitMs: number): Promise<void> {
  const timer = setTimeout(() => stopping.abort(), Math.max(0, waitMs - 1_000));
  await listener.close(waitMs);
  clearTimeout(timer);
  stopping.abort();
}

function sayStarted({ logger, config }: Parts, url: string): void {
  for (const warning of warningsOf(config)) {
    logger.warn(warning);
  }
  logger.info({ url, sources: config.sources.length, jobs: config.jobs.length }, 'listening');
}
