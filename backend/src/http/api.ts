import type { Clock } from '../clock.ts';
import type { ConnectionReport, SourceSummary } from '../contract/index.ts';
import type { TrainingPool } from '../forecasting/forecast-task.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { EventStream } from './event-stream.ts';

/** The sources as the API shows them. */
interface Sources {
  /** In the order of the settings; `jobs` is filled by who knows the jobs. */
  list(): ReadonlyArray<Omit<SourceSummary, 'jobs'>>;
  /** @throws AppError `not_found` naming the sources that there are */
  check(name: string, signal: AbortSignal): Promise<ConnectionReport>;
}

/** What the handlers of the API work with. */
export interface Api {
  readonly jobs: Jobs;
  readonly sources: Sources;
  readonly training: Pick<TrainingPool, 'load'>;
  readonly events: EventStream;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAtMs: number;
  /** What an operator should know, such as that no token is set. */
  readonly warnings: readonly string[];
  readonly openApi: unknown;
}
