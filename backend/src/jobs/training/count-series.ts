import type { Clock } from '../../clock.ts';
import type { JobSpec } from '../../contract/job.ts';
import { jobDurations } from '../job-spec-faults.ts';
import type { JobSources } from '../job-sources.ts';
import { readHistory, tooManySeries } from './forecast-request.ts';

export interface CountDeps {
  readonly sources: JobSources;
  readonly clock: Clock;
  readonly maxSeries: number;
}

/**
 * How many series a job would have: those there are now, or those of its training window when there are none now.
 * @throws AppError `no_series`, `too_many_series`, `source_…`, `invalid_request` for an unknown source
 */
export async function countSeries(deps: CountDeps, spec: JobSpec, signal: AbortSignal): Promise<number> {
  const store = deps.sources.storeOf(spec);
  const nowMs = deps.clock.nowMs();
  const endMs = deps.sources.newestMs(spec, nowMs, jobDurations(spec).stepMs);
  const { samples } = await store.queryInstant(spec.query, nowMs, signal);
  if (samples.length > deps.maxSeries) {
    throw tooManySeries(samples.length, deps.maxSeries);
  }
  if (samples.length > 0) {
    return samples.length;
  }
  const answer = await readHistory(store, spec, { endMs, nowMs, maxSeries: deps.maxSeries }, signal);
  return answer.series.length;
}
