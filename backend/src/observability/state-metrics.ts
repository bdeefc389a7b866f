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
  const jobs = new Gauge({ name: 'aiops_jobs', help: 'Jobs by state', labelNames: ['state'], registers });
  const series = new Gauge({ name: 'aiops_series', help: 'Series that all jobs forecast', registers });
  const queue = new Gauge({ name: 'aiops_training_queue_length', help: 'Series waiting to be trained', registers });
  const running = new Gauge({ name: 'aiops_training_running', help: 'Series being trained now', registers });
  new Gauge({
    name: 'aiops_bands_age_seconds',
    help: 'Time since the latest training of a job whose bands are served',
    labelNames: ['job'],
    registers,
    // One gauge asks for all, so that a scrape reads the jobs once.
    async collect() {
      const list = await deps.listJobs();
      this.reset();
      for (const job of list) {
        if (job.trainedAtMs !== null) {
          this.set({ job: job.spec.name }, (deps.clock.nowMs() - job.trainedAtMs) / 1_000);
        }
      }
      for (const state of JobState.options) {
        jobs.set({ state }, list.filter((job) => job.state === state).length);
      }
      series.set(list.reduce((sum, job) => sum + job.seriesCount, 0));
      const load = deps.training.load();
      queue.set(load.queued);
      running.set(load.running);
    },
  });
}
