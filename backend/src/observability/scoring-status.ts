import { countOpen, overallPrecision, precisionByJob } from '../anomalies/judgements.ts';
import type { Clock } from '../clock.ts';
import type { JobSummary, ScoringStatus } from '../contract/index.ts';
import { parseDurationMs } from '../contract/duration.ts';
import type { Database } from '../store/database.ts';

export interface ScoringStatusDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly listJobs: () => Promise<readonly JobSummary[]>;
}

/** How far behind the clock the newest score of each scored job is. */
export interface ScoringAge {
  readonly job: string;
  readonly delayMs: number;
  readonly isFresh: boolean;
}

/** A source may be a step late, and the next tick a step away. */
const freshSteps = 3;
const maxJobs = 10_000;

/** By job. Jobs that have not been scored yet are missing. */
export async function scoringAges({ database, clock, listJobs }: ScoringStatusDeps): Promise<ScoringAge[]> {
  const rows = await database
    .selectFrom('scoring')
    .select(['job', 'scored_to_ms'])
    .orderBy('job')
    .limit(maxJobs)
    .execute();
  const steps = new Map((await listJobs()).map(({ spec }) => [spec.name, parseDurationMs(spec.step) ?? 60_000]));
  return rows.flatMap(({ job, scored_to_ms: scoredToMs }) => {
    const stepMs = steps.get(job);
    const delayMs = clock.nowMs() - scoredToMs;
    return stepMs === undefined ? [] : [{ job, delayMs, isFresh: delayMs <= freshSteps * stepMs }];
  });
}

/** How live scoring is, for the overview. */
export async function scoringStatus(deps: ScoringStatusDeps): Promise<ScoringStatus> {
  const [ages, byJob, openAnomalies] = await Promise.all([
    scoringAges(deps),
    precisionByJob(deps.database),
    countOpen(deps.database),
  ]);
  const fresh = ages.filter(({ isFresh }) => isFresh).length;
  return {
    jobs: ages.length,
    freshRatio: ages.length === 0 ? null : fresh / ages.length,
    longestDelayMs: ages.length === 0 ? null : Math.max(...ages.map(({ delayMs }) => delayMs)),
    openAnomalies,
    ...overallPrecision(byJob),
  };
}
