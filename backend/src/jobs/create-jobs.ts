import type { ServerEvent } from '../contract/api.ts';
import type { BandReader } from './band-reader.ts';
import { jobChanges } from './job-changes.ts';
import { assembleParts, type JobParts, type JobsDeps } from './job-parts.ts';
import { jobReads } from './job-reads.ts';
import type { Jobs } from './jobs.ts';
import { reconcileJobs } from './reconcile-jobs.ts';

export type { JobsDeps } from './job-parts.ts';

/** Jobs with a life: they train between start and stop. */
export interface RunningJobs extends Jobs {
  /** Takes over the jobs of the files, marks trainings a crash cut off, then trains what is due until `stop`. */
  start(): Promise<void>;
  /** Ends trainings; resolves when nothing runs any more. Safe to call twice. */
  stop(): Promise<void>;
  /** Tells subscribers what others found about jobs. */
  publish(event: ServerEvent): void;
  /** What the façade reads. */
  readonly bands: BandReader;
}

/** The jobs over a store, their sources and a pool of training workers. */
export function createJobs(deps: JobsDeps): RunningJobs {
  const parts = assembleParts(deps);
  return {
    ...jobReads(parts),
    ...jobChanges(parts),
    start: () => start(deps, parts),
    stop: () => parts.runner.stop(),
    subscribe: (listener) => parts.subscribers.add(listener),
    publish: (event) => {
      parts.subscribers.publish(event);
    },
    bands: parts.reader,
  };
}

async function start(deps: JobsDeps, parts: JobParts): Promise<void> {
  const { jobs, fits, sources, logger } = parts;
  const nowMs = parts.clock.nowMs();
  const interrupted = await fits.interruptRunning(nowMs);
  if (interrupted > 0) {
    logger.warn({ interrupted }, 'trainings were cut off when the program last ended; they run again');
  }
  await reconcileJobs({ jobs, sources, logger, nowMs }, deps.provisioned);
  parts.reader.invalidate();
  parts.runner.start();
}
