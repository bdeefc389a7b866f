import type { JobSpec } from '../contract/job.ts';
import type { MetricStore } from '../datasources/metrics/metric-store.ts';
import { AppError } from '../errors.ts';

/** The sources that jobs may name. */
export interface JobSources {
  /** Name of a job's source, also when the job leaves it out. */
  nameOf(spec: JobSpec): string;
  /** @throws AppError `invalid_request` naming the sources there are */
  storeOf(spec: JobSpec): MetricStore;
  /** Newest instant whose data has arrived, on the job's grid. */
  newestMs(spec: JobSpec, nowMs: number, stepMs: number): number;
}

/** @param sources by name; the first is the default */
export function jobSources(
  sources: ReadonlyMap<string, MetricStore>,
  delaysMs: ReadonlyMap<string, number>
): JobSources {
  const [first] = sources.keys();
  const nameOf = (spec: JobSpec) => spec.source ?? first ?? '';
  return {
    nameOf,
    storeOf: (spec) => {
      const store = sources.get(nameOf(spec));
      if (store === undefined) {
        const known = [...sources.keys()].join(', ');
        throw new AppError('invalid_request', `source "${nameOf(spec)}" does not exist; there are: ${known}`);
      }
      return store;
    },
    newestMs: (spec, nowMs, stepMs) => Math.floor((nowMs - (delaysMs.get(nameOf(spec)) ?? 0)) / stepMs) * stepMs,
  };
}
