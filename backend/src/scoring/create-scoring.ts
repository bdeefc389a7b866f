import type { Logger } from 'pino';
import { AnomalyRepository } from '../anomalies/anomaly-repository.ts';
import type { Clock } from '../clock.ts';
import type { JobSpec } from '../contract/job.ts';
import type { MetricStore } from '../datasources/metrics/metric-store.ts';
import type { RunningJobs } from '../jobs/create-jobs.ts';
import { JobRepository } from '../jobs/job-repository.ts';
import { jobSources } from '../jobs/job-sources.ts';
import type { RemoteWriters } from '../remote-write/create-remote-writers.ts';
import type { Database } from '../store/database.ts';
import type { Labels } from '../timeseries/series.ts';
import { ScoringEngine } from './scoring-engine.ts';
import { ScoringRepository } from './scoring-repository.ts';
import type { Scoring, TickReport } from './scoring.ts';

export interface ScoringDeps {
  readonly database: Database;
  /** By name; the first one is the default of jobs. */
  readonly sources: ReadonlyMap<string, MetricStore>;
  /** Newest data to leave alone, by source name; 0 when missing. */
  readonly delaysMs: ReadonlyMap<string, number>;
  /** What trained, and who wants to hear of anomalies. */
  readonly jobs: Pick<RunningJobs, 'bands' | 'subscribe' | 'publish'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: { readonly seriesPerJob: number };
  readonly writers?: Pick<RemoteWriters, 'writerOf' | 'prepare' | 'enqueue' | 'wake'> | undefined;
  /** By how much a change widens the band of a series at an instant; 1 when left out. */
  readonly widening?: ((labels: Labels, timeMs: number) => number) | undefined;
  /** What keeps the alerts of a series back at an instant, such as the name of a calendar. */
  readonly mutedBy?: ((job: JobSpec, labels: Labels, timeMs: number) => string | undefined) | undefined;
  /** Told about each tick, for metrics. */
  readonly onTick?: ((tick: TickReport) => void) | undefined;
}

/** The live scoring of jobs over a store and their sources. */
export function createScoring(deps: ScoringDeps): Scoring {
  const { database, jobs, mutedBy } = deps;
  return new ScoringEngine({
    ...deps,
    sources: jobSources(deps.sources, deps.delaysMs),
    repositories: {
      jobs: new JobRepository(database),
      scoring: new ScoringRepository(database),
      anomalies: new AnomalyRepository(database),
    },
    bands: jobs.bands,
    maxSeries: deps.limits.seriesPerJob,
    subscribe: (listener) => jobs.subscribe(listener),
    publish: (event) => {
      jobs.publish(event);
    },
    widening: deps.widening ?? (() => 1),
    mutedBy: mutedBy ?? (() => undefined),
  });
}
