import { trainingKey, type JobRecord } from '../jobs/job-record.ts';
import type { JobSources } from '../jobs/job-sources.ts';
import type { LiveJob } from './live-job.ts';
import type { JobScoring } from './scoring.ts';
import { rulesOf } from './series-detectors.ts';

/** A job that is scored. */
export interface Entry {
  record: JobRecord;
  readonly stepMs: number;
  /** What scoring remembers; undefined until the next tick reads it. */
  live: LiveJob | undefined;
  /** Something about the job changed since it was read. */
  stale: boolean;
  running: Promise<void> | undefined;
  attemptedToMs: number;
  scoredAtMs: number | null;
  error: string | null;
  skippedSteps: number;
}

/**
 * Brings the jobs that are scored up to date: those whose bands are those of their present definition.
 * @returns whether one that should go is still being scored
 */
export function updateEntries(
  entries: Map<string, Entry>,
  records: readonly JobRecord[],
  sources: Pick<JobSources, 'nameOf'>
): boolean {
  const scored = records.filter(
    ({ spec, asideReason, trainedAtMs, trainedKey }) =>
      asideReason === undefined && trainedAtMs !== undefined && trainedKey === trainingKey(spec, sources.nameOf(spec))
  );
  const names = new Set(scored.map(({ spec }) => spec.name));
  const gone = [...entries].filter(([name]) => !names.has(name));
  for (const [name] of gone.filter(([, { running }]) => running === undefined)) {
    entries.delete(name);
  }
  for (const record of scored) {
    const known = entries.get(record.spec.name);
    const { stepMs } = rulesOf(record.spec);
    if (known?.stepMs === stepMs) {
      known.record = record;
    } else if (known?.running === undefined) {
      const fresh = { live: undefined, stale: false, running: undefined, attemptedToMs: 0, scoredAtMs: null };
      entries.set(record.spec.name, { ...fresh, record, stepMs, error: null, skippedSteps: 0 });
    }
  }
  return gone.some(([, { running }]) => running !== undefined);
}

/** How scoring a job is, for those who ask. */
export function statusOf({ record, live, stepMs, scoredAtMs, error, skippedSteps }: Entry): JobScoring {
  return {
    job: record.spec.name,
    stepMs,
    scoredToMs: live?.scoredToMs ?? null,
    scoredAtMs,
    error,
    series: live?.series.length ?? 0,
    openAnomalies: live === undefined ? 0 : [...live.book.lasting()].length,
    skippedSteps,
  };
}
