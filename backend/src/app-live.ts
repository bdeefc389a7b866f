import type { Logger } from 'pino';
import type { AlertObserver } from './alerting/alert-sender.ts';
import { createAlertSenders, type AlertSenders } from './alerting/create-alert-senders.ts';
import { AnomalyRepository } from './anomalies/anomaly-repository.ts';
import type { CalendarBook } from './calendars/calendar-book.ts';
import type { ChangeLog } from './changes/change-log.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { AnomalyRecord, JobSpec, ReceiverStatus } from './contract/index.ts';
import type { MetricStore } from './datasources/metrics/metric-store.ts';
import { createAnnotationApi } from './grafana/annotation-api.ts';
import { AnnotationRepository } from './grafana/annotation-repository.ts';
import { anomalyUrl } from './grafana/annotation-text.ts';
import { AnnotationWriter } from './grafana/annotation-writer.ts';
import { ChangeReader } from './grafana/change-reader.ts';
import { DashboardIndex } from './grafana/dashboard-index.ts';
import { GrafanaClient } from './grafana/grafana-client.ts';
import { GrafanaIdentity } from './grafana/grafana-identity.ts';
import { allJobs } from './http/all-jobs.ts';
import type { RunningJobs } from './jobs/create-jobs.ts';
import { detectionMetrics } from './observability/detection-metrics.ts';
import type { Metrics } from './observability/metrics.ts';
import { alertmanagerReceiver, grafanaReceiver, writerReceiver } from './observability/receiver-status.ts';
import { createRemoteWriters } from './remote-write/create-remote-writers.ts';
import { createScoring } from './scoring/create-scoring.ts';
import type { Database } from './store/database.ts';

export interface LiveDeps {
  readonly config: Config;
  readonly database: Database;
  readonly sources: ReadonlyMap<string, MetricStore>;
  readonly delaysMs: ReadonlyMap<string, number>;
  readonly jobs: RunningJobs;
  readonly calendars: CalendarBook;
  readonly changes: ChangeLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What is built when Grafana's address and a service account token are set. */
export interface GrafanaParts {
  readonly client: GrafanaClient;
  readonly index: DashboardIndex;
  readonly writer: AnnotationWriter;
  readonly identity: GrafanaIdentity;
}

/** Live scoring and everyone it is told to. */
export interface Live {
  start(): Promise<void>;
  readonly grafana: GrafanaParts | undefined;
  /** People's address of an anomaly; undefined when Grafana's is not known. */
  urlOf(anomaly: Pick<AnomalyRecord, 'id'>): string | undefined;
  receivers(): Promise<ReceiverStatus[]>;
}

/** Builds what happens while values come in; stopped by `resources`, scoring before those it tells. */
export function buildLive(deps: LiveDeps, resources: AsyncDisposableStack): Live {
  const { config, database, clock, logger, jobs, calendars, changes } = deps;
  const counts = detectionMetrics(deps.metrics.registry, clock);
  const urlOf: Live['urlOf'] = ({ id }) => config.grafana && anomalyUrl(config.grafana.publicUrl, id);
  const writers = createRemoteWriters({ database, writers: config.writers, clock, logger, observer: counts.write });
  resources.defer(() => writers.stop());
  const alerts = buildAlerts({ ...deps, urlOf, observer: counts.alerts }, resources);
  const grafana = buildGrafana(deps, resources);
  const scoring = createScoring({
    ...{ database, sources: deps.sources, delaysMs: deps.delaysMs, jobs, clock, logger, writers },
    limits: config.limits,
    widening: (labels, timeMs) => changes.widening(labels, timeMs),
    mutedBy: (job, _labels, timeMs) => calendars.mutedBy(job, timeMs),
    onTick: (tick) => counts.observeTick(tick),
  });
  resources.defer(() => scoring.stop());
  return {
    urlOf,
    grafana,
    async start() {
      await writers.start();
      alerts.start();
      grafana?.start();
      await scoring.start();
    },
    receivers: async () => [
      ...(await writers.statuses()).map(writerReceiver),
      ...alerts.statuses().map(alertmanagerReceiver),
      ...(grafana === undefined ? [] : [grafanaStatus(grafana)]),
    ],
  };
}

async function specsOf(jobs: RunningJobs): Promise<JobSpec[]> {
  return (await allJobs(jobs)).map(({ spec }) => spec);
}

/** Senders to every Alertmanager, woken by each anomaly that changes. */
function buildAlerts(
  deps: LiveDeps & Pick<Live, 'urlOf'> & { readonly observer: AlertObserver },
  resources: AsyncDisposableStack
): AlertSenders {
  const { config, database, jobs, clock, logger, urlOf, observer } = deps;
  const anomalies = new AnomalyRepository(database);
  const alerts = createAlertSenders({
    ...{ database, clock, logger, urlOf, observer, alertmanagers: config.alertmanagers },
    source: { recent: (sinceMs) => anomalies.recent(sinceMs), jobs: () => specsOf(jobs) },
  });
  resources.defer(() => alerts.stop());
  resources.defer(
    jobs.subscribe((event) => {
      if (event.kind === 'anomaly') {
        alerts.wake();
      }
    })
  );
  return alerts;
}

function buildGrafana(
  { config, database, clock, logger, changes, jobs }: LiveDeps,
  resources: AsyncDisposableStack
): (GrafanaParts & { start(): void }) | undefined {
  const { url, publicUrl, tokenFile, changeTags } = config.grafana ?? {};
  if (url === undefined || publicUrl === undefined || tokenFile === undefined) {
    return undefined;
  }
  const client = new GrafanaClient({ url, tokenFile });
  resources.defer(() => client.stop());
  const index = new DashboardIndex({ client, publicUrl, clock, logger });
  const writer = new AnnotationWriter({
    ...{ clock, logger, random: Math.random },
    repository: new AnnotationRepository(database),
    api: createAnnotationApi(client, publicUrl),
    panels: async () => new Map((await specsOf(jobs)).map((job) => [job.name, index.panelsOf(job)])),
  });
  const reader = new ChangeReader({
    ...{ client, clock, logger, random: Math.random, tags: changeTags ?? [] },
    record: (change) => changes.recordFound(change),
  });
  const identity = new GrafanaIdentity({ client, clock, logger, random: Math.random });
  for (const part of [identity, index, writer, reader]) {
    resources.defer(() => part.stop());
  }
  return {
    ...{ client, index, writer, identity },
    start: () => {
      identity.start();
      index.start();
      writer.start();
      reader.start();
    },
  };
}

/** A token that is nobody's is said before the first annotation is refused for it. */
function grafanaStatus({ client, writer, identity }: GrafanaParts): ReceiverStatus {
  const error = identity.status.error ?? writer.status.error;
  return grafanaReceiver(client.where, { ...writer.status, error });
}
