import type { AlertSource } from './alert-rows/alert-source.ts';
import { alertmanagerAlerts, grafanaAlerts, grafanaPending } from './alert-rows/alertmanager-alerts.ts';
import { ownAlerts } from './alert-rows/own-alerts.ts';
import { readAlerts } from './alert-rows/read-alerts.ts';
import { sharedReading } from './alert-rows/shared-reading.ts';
import { AnomalyDesk } from './anomalies/anomaly-desk.ts';
import { AnomalyRepository } from './anomalies/anomaly-repository.ts';
import type { Live } from './app-live.ts';
import type { CalendarBook } from './calendars/calendar-book.ts';
import { CapacityRepository } from './capacity/capacity-repository.ts';
import type { ChangeLog } from './changes/change-log.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { createOverlayEditor } from './grafana/overlay-edit.ts';
import { allJobs } from './http/all-jobs.ts';
import type { Api, Capacity, Overlays } from './http/api.ts';
import type { RunningJobs } from './jobs/create-jobs.ts';
import type { Metrics } from './observability/metrics.ts';
import { registerScoringMetrics } from './observability/scoring-metrics.ts';
import { scoringStatus } from './observability/scoring-status.ts';
import type { Database } from './store/database.ts';

export interface InsightDeps {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly jobs: RunningJobs;
  readonly calendars: CalendarBook;
  readonly changes: ChangeLog;
  readonly live: Live;
}

/** What was found and what people say of it, as the API shows it. */
export type Insights = Pick<Api, 'anomalies' | 'calendars' | 'changes' | 'capacity' | 'alerts' | 'overlays' | 'watch'>;

/** Builds what the API shows of live scoring; what reads from other servers is stopped by `resources`. */
export function buildInsights(deps: InsightDeps, resources: AsyncDisposableStack): Insights {
  const { database, clock, jobs, calendars, changes, metrics, live } = deps;
  const repository = new AnomalyRepository(database);
  const listJobs = () => allJobs(jobs);
  const receivers = () => live.receivers();
  registerScoringMetrics({ registry: metrics.registry, database, clock, listJobs, receivers });
  const own = ownAlerts({
    recent: (sinceMs) => repository.recent(sinceMs),
    listJobs,
    nowMs: () => clock.nowMs(),
    urlOf: (anomaly) => live.urlOf(anomaly),
  });
  const sources = [own, ...alertSourcesOf(deps, resources)];
  return {
    anomalies: new AnomalyDesk({
      ...{ database, repository, jobs, bands: jobs.bands, clock },
      publish: (event) => {
        jobs.publish(event);
      },
    }),
    calendars,
    changes,
    capacity: capacityOf(deps),
    alerts: { read: sharedReading((signal) => readAlerts(sources, signal), clock) },
    overlays: overlaysOf(deps),
    watch: { scoring: () => scoringStatus({ database, clock, listJobs }), receivers },
  };
}

function capacityOf({ database, jobs }: InsightDeps): Capacity {
  const repository = new CapacityRepository(database);
  return {
    async list(query) {
      if (query.job !== undefined) {
        await jobs.get(query.job);
      }
      return await repository.list(query);
    },
  };
}

/** Where alerts are read from, beside the anomalies of this backend. */
function alertSourcesOf({ config, live }: InsightDeps, resources: AsyncDisposableStack): AlertSource[] {
  const sources = config.alertmanagers.map((settings) => alertmanagerAlerts(settings));
  sources.forEach((source) => resources.defer(() => source.stop()));
  const client = live.grafana?.client;
  return [...sources, ...(client === undefined ? [] : [grafanaAlerts(client), grafanaPending(client)])];
}

function overlaysOf({ config, live, jobs }: InsightDeps): Overlays | undefined {
  const { grafana } = live;
  if (grafana === undefined || config.grafana === undefined) {
    return undefined;
  }
  const editor = createOverlayEditor(grafana.client, config.grafana.publicUrl);
  return {
    targets: async (job, signal) => await grafana.index.freshTargets((await jobs.get(job)).spec, signal),
    add: async (request, actor, signal) => {
      await jobs.get(request.job);
      return await editor.add(request, actor.name, signal);
    },
    remove: (request, actor, signal) => editor.remove(request, actor.name, signal),
  };
}
