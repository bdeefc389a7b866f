import type { Clock } from '../clock.ts';
import type { MetricStore } from '../datasources/metrics/metric-store.ts';
import type { TrainingPool } from '../forecasting/forecast-task.ts';
import type { Logger } from 'pino';
import type { Database } from '../store/database.ts';
import type { BandReader } from './band-reader.ts';
import type { Jobs } from './jobs.ts';
import type { ProvisionedJob } from './provisioned-job.ts';

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
}

/** Jobs with a life: they train between start and stop. */
export interface RunningJobs extends Jobs {
  /** Takes over the jobs of the files, marks trainings a crash cut off, then trains what is due until `stop`. */
  start(): Promise<void>;
  /** Ends trainings; resolves when nothing runs any more. Safe to call twice. */
  stop(): Promise<void>;
  /** What the façade reads. */
  readonly bands: BandReader;
}
