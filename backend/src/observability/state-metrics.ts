import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import { JobState, type JobSummary } from '../contract/index.ts';
import type { TrainingPool } from '../forecasting/forecast-task.ts';

export interface StateMetricsDeps {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly listJobs: () => Promise<readonly JobSummary[]>;
  readonly training: Pick<TrainingPool, 'load'>;
}

/** Gauges that are read when somebody asks for them: jobs, series, age of bands, trainings waiting. */
export function registerStateMetrics(deps: StateMetricsDeps): void {
  const registers = [deps.registry];
  const listJobs = shareWhilePending(deps.listJobs);
  new Gauge({
    name: 'aiops_jobs',
    help: 'Jobs by state',
    labelNames: ['state'],
    registers,
    async collect() {
      const jobs = await listJobs();
      for (const state of JobState.options) {
        this.set({ state }, jobs.filter((job) => job.state === state).length);
      }
    },
  });
  new Gauge({
    name: 'aiops_series',
    help: 'Series that all jobs forecast',
    registers,
    async collect() {
      this.set((await listJobs()).reduce((sum, job) => sum + job.seriesCount, 0));
    },
  });
  new Gauge({
    name: 'aiops_bands_age_seconds',
    help: 'Time since the latest training of a job whose bands are served',
    labelNames: ['job'],
    registers,
    async collect() {
      const jobs = await listJobs();
      this.reset();
      for (const { spec, trainedAtMs } of jobs) {
        if (trainedAtMs !== null) {
          this.set({ job: spec.name }, (deps.clock.nowMs() - trainedAtMs) / 1_000);
        }
      }
    },
  });
  registerLoad(deps.training, registers);
}

function registerLoad(training: Pick<TrainingPool, 'load'>, registers: Registry[]): void {
  new Gauge({
    name: 'aiops_training_queue_length',
    help: 'Series waiting to be trained',
    registers,
    collect() {
      this.set(training.load().queued);
    },
  });
  new Gauge({
    name: 'aiops_training_running',
    help: 'Series being trained now',
    registers,
    collect() {
      this.set(training.load().running);
    },
  });
}

/** The gauges of one scrape ask at the same time: the jobs are read once for all of them. */
function shareWhilePending<T>(read: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;
  return () =>
    (pending ??= read().finally(() => {
      pending = undefined;
    }));
}
