import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ServerEvent } from '../contract/api.ts';
import type { JobSpec, JobSummary } from '../contract/job.ts';
import type { MetricStore } from '../datasources/metrics/metric-store.ts';
import { AppError } from '../errors.ts';
import type { TrainingPool } from '../forecasting/forecast-task.ts';
import type { Database } from '../store/database.ts';
import type { BandReader } from './band-reader.ts';
import { BandRepository } from './band-repository.ts';
import { createBandReader } from './create-band-reader.ts';
import { FitRepository } from './fit-repository.ts';
import { trainingKey, type JobRecord } from './job-record.ts';
import { JobRepository } from './job-repository.ts';
import { JobRunner } from './job-runner.ts';
import { jobSources, type JobSources } from './job-sources.ts';
import { jobState, nextTrainingAtMs, type StateAndReason } from './job-state.ts';
import { ObservedReader } from './observed-reader.ts';
import type { ProvisionedJob } from './provisioned-job.ts';
import { SeriesRepository } from './series-repository.ts';
import { Subscribers } from './subscribers.ts';
import type { TrainingContext } from './training/learnable-history.ts';

export interface JobsDeps {
  readonly database: Database;
  /** By name; the first one is the default of jobs. */
  readonly sources: ReadonlyMap<string, MetricStore>;
  /** Newest data to leave alone, by source name; 0 when missing. */
  readonly delaysMs: ReadonlyMap<string, number>;
  readonly pool: TrainingPool;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: { readonly seriesPerJob: number };
  readonly provisioned: readonly ProvisionedJob[];
  /** Series that are remote-written for each series of a job; none when left out. */
  readonly writtenPerSeries?: ((spec: JobSpec) => number) | undefined;
  /** What people know about histories; nothing when left out. */
  readonly context?: TrainingContext | undefined;
}

const noContext: TrainingContext = {
  excluded: () => Promise.resolve([]),
  holidays: () => [],
  calendarNames: () => [],
};

/** What the doors to jobs are made of. */
export interface JobParts {
  readonly sources: JobSources;
  readonly jobs: JobRepository;
  readonly fits: FitRepository;
  readonly series: SeriesRepository;
  readonly subscribers: Subscribers;
  readonly runner: JobRunner;
  readonly reader: BandReader & { invalidate(): void };
  readonly clock: Clock;
  readonly pool: TrainingPool;
  readonly logger: Logger;
  readonly maxSeries: number;
  readonly writtenPerSeries: (spec: JobSpec) => number;
  readonly context: TrainingContext;
  /** Tells readers and subscribers that a job is not what it was. */
  changed(job: string, change: 'created' | 'updated' | 'deleted' | 'state'): void;
  summaryOf(record: JobRecord): JobSummary;
}

/** Puts the parts together. */
export function assembleParts(deps: JobsDeps): JobParts {
  const { database, clock, pool, logger } = deps;
  const maxSeries = deps.limits.seriesPerJob;
  const sources = jobSources(deps.sources, deps.delaysMs);
  const jobs = new JobRepository(database);
  const fits = new FitRepository(database);
  const series = new SeriesRepository(database);
  const bands = new BandRepository(database);
  const subscribers = new Subscribers(logger);
  const observed = new ObservedReader({ sources, clock, maxSeries });
  const publish = (event: ServerEvent) => {
    subscribers.publish(event);
  };
  const changed: JobParts['changed'] = (job, change) => {
    reader.invalidate();
    publish({ kind: 'job', job, change });
  };
  const context = deps.context ?? noContext;
  const training = { jobs, fits, series, bands, pool, clock, logger, maxSeries, context, publish, newId: randomUUID };
  const runner: JobRunner = new JobRunner({
    ...training,
    sources,
    onEnded: (job) => {
      changed(job, 'state');
    },
  });
  const stateOf = (record: JobRecord) => {
    const running = runner.isRunning(record.spec.name);
    return jobState(record, { nowMs: clock.nowMs(), running, key: keyOf(sources, record) });
  };
  const reader = createBandReader({
    ...{ jobs, series, bands, observed, sources },
    stateOf: (record) => stateOf(record).state,
  });
  return {
    ...{ sources, jobs, fits, series, subscribers, runner, reader, clock, pool, logger, maxSeries, changed, context },
    writtenPerSeries: deps.writtenPerSeries ?? (() => 0),
    summaryOf: (record) => summaryOf(record, stateOf(record), keyOf(sources, record)),
  };
}

function keyOf(sources: JobSources, { spec }: JobRecord): string {
  return trainingKey(spec, sources.nameOf(spec));
}

function summaryOf(record: JobRecord, { state, reason }: StateAndReason, key: string): JobSummary {
  return {
    spec: record.spec,
    origin: record.origin,
    state,
    stateReason: reason,
    seriesCount: record.result.seriesCount,
    model: record.result.model,
    mase: record.result.mase,
    coverage: [...record.result.coverage],
    trainedAtMs: record.trainedAtMs ?? null,
    nextTrainingAtMs: nextTrainingAtMs(record, key),
    createdAtMs: record.createdAtMs,
    updatedAtMs: record.updatedAtMs,
  };
}

/** @throws AppError `not_found` */
export async function existingJob(parts: Pick<JobParts, 'jobs'>, name: string): Promise<JobRecord> {
  const record = await parts.jobs.find(name);
  if (record === undefined) {
    throw new AppError('not_found', `job "${name}" does not exist`);
  }
  return record;
}
