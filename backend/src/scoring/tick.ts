import type { AnomalyRepository } from '../anomalies/anomaly-repository.ts';
import type { Clock } from '../clock.ts';
import type { ServerEvent } from '../contract/api.ts';
import type { JobSources } from '../jobs/job-sources.ts';
import type { RemoteWriters } from '../remote-write/create-remote-writers.ts';
import type { Database } from '../store/database.ts';
import type { Labels } from '../timeseries/series.ts';
import { waitingSteps } from './evidence-watch.ts';
import { encodeJobState } from './job-state-codec.ts';
import type { LiveJob } from './live-job.ts';
import { planTick, type TickPlan } from './plan-tick.ts';
import { scoreSlice } from './score-slice.ts';
import type { CarriedDetectors, ScoringRepository } from './scoring-repository.ts';
import type { SeriesScores } from './tick-scores.ts';

export interface TickDeps {
  readonly database: Database;
  readonly scoring: ScoringRepository;
  readonly anomalies: AnomalyRepository;
  readonly sources: JobSources;
  readonly writers: Pick<RemoteWriters, 'writerOf' | 'prepare' | 'enqueue' | 'wake'> | undefined;
  readonly clock: Clock;
  readonly maxSeries: number;
  /** Name of the engine in leases. */
  readonly holder: string;
  readonly widening: (labels: Labels, timeMs: number) => number;
  readonly publish: (event: ServerEvent) => void;
}

export interface TickOutcome {
  /** `held`: another engine scores the job; `moved`: it has been scored further than is known here. */
  readonly kind: 'scored' | 'nothing' | 'held' | 'moved';
  readonly steps: number;
  /** Steps that lay too far back to be looked at. */
  readonly skippedSteps: number;
}

/** A lease outlives two ticks that fail; a step may be as short as a second. */
const leaseSteps = 3;
const shortestLeaseMs = 10_000;

class NotOurs extends Error {
  readonly kind: 'held' | 'moved';

  constructor(kind: 'held' | 'moved') {
    super(`the job is ${kind}`);
    this.kind = kind;
  }
}

/**
 * Scores what is new of a job and writes all that came of it, slice by slice, each in one transaction. When it throws, or
 * is not ours, what is in memory may be ahead of the store: throw the job away and read it anew.
 * @throws AppError `source_…`, what the store throws, the signal's reason
 */
export async function runTick(deps: TickDeps, job: LiveJob, signal: AbortSignal): Promise<TickOutcome> {
  const { spec } = job.record;
  const newestMs = deps.sources.newestMs(spec, deps.clock.nowMs(), job.rules.stepMs);
  const plan = planTick(job, newestMs);
  if (plan === undefined) {
    return { kind: 'nothing', steps: 0, skippedSteps: 0 };
  }
  // Who wrote the lease with the tick before need not ask the store again.
  const lease = leaseOf(deps, job);
  if (job.leasedUntilMs <= lease.nowMs && !(await deps.scoring.takeLease(lease))) {
    return { kind: 'held', steps: 0, skippedSteps: 0 };
  }
  try {
    for (const slice of plan.slices) {
      await runSlice(deps, job, { ...slice, newFromMs: plan.newFromMs }, signal);
    }
  } catch (error) {
    if (error instanceof NotOurs) {
      return { kind: error.kind, steps: 0, skippedSteps: 0 };
    }
    throw error;
  }
  return { kind: 'scored', steps: plan.newSteps, skippedSteps: plan.skippedSteps };
}

function leaseOf({ clock, holder }: TickDeps, { record, rules }: LiveJob) {
  const nowMs = clock.nowMs();
  const untilMs = nowMs + Math.max(shortestLeaseMs, leaseSteps * rules.stepMs);
  return { name: `scoring:${record.spec.name}`, holder, nowMs, untilMs };
}

async function runSlice(
  deps: TickDeps,
  job: LiveJob,
  { fromMs, toMs, last, newFromMs }: TickPlan['slices'][number] & Pick<TickPlan, 'newFromMs'>,
  signal: AbortSignal
): Promise<void> {
  const { spec } = job.record;
  const { stepMs } = job.rules;
  const query = { promql: spec.query, startMs: fromMs, endMs: toMs, stepMs, maxSeries: deps.maxSeries };
  const answer = await deps.sources.storeOf(spec).queryRange(query, signal);
  await job.windows.prepare(fromMs, toMs);
  signal.throwIfAborted();
  const horizonsMs = deps.writers?.writerOf(spec)?.horizonsMs;
  const steps = Math.round((toMs - fromMs) / stepMs) + 1;
  if (last) {
    const store = deps.sources.storeOf(spec);
    const { byKey, book } = job;
    await job.capacity.look({ spec, stepMs, newestMs: toMs, store, maxSeries: deps.maxSeries, byKey, book }, signal);
  }
  const scores = scoreSlice(job, { fromMs, steps, newFromMs, answer, horizonsMs }, deps.widening);
  await commit(deps, job, { scores, toMs, last });
}

interface Scored {
  readonly scores: readonly SeriesScores[];
  readonly toMs: number;
  readonly last: boolean;
}

async function commit(deps: TickDeps, job: LiveJob, { scores, toMs, last }: Scored): Promise<void> {
  const { anomalies, scoring, writers } = deps;
  const { name } = job.record.spec;
  const nowMs = deps.clock.nowMs();
  const prepared = scores.length === 0 ? undefined : writers?.prepare({ job: job.record.spec, series: scores });
  const { saved, events } = job.book.settle(nowMs, last);
  const carried = nextCarried(job);
  const lease = leaseOf(deps, job);
  const cursor = { scoredToMs: toMs, scoredAtMs: nowMs, state: stateOf(job), error: null };
  await deps.database.transaction().execute(async (transaction) => {
    if (!(await scoring.takeLease(lease, transaction))) {
      throw new NotOurs('held');
    }
    if ((await scoring.cursor(name, transaction))?.scoredToMs !== job.scoredToMs) {
      throw new NotOurs('moved');
    }
    await anomalies.save(saved, nowMs, transaction);
    if (prepared !== undefined) {
      await writers?.enqueue(transaction, prepared);
    }
    await job.capacity.save(transaction);
    await scoring.saveDetectors(carried, toMs, transaction);
    await scoring.saveCursor(name, cursor, transaction);
  });
  job.capacity.saved();
  job.leasedUntilMs = lease.untilMs;
  job.scoredToMs = toMs;
  job.detectedToMs = toMs;
  if (prepared !== undefined) {
    writers?.wake();
  }
  for (const { id, change } of events) {
    deps.publish({ kind: 'anomaly', job: name, id, change });
  }
}

function stateOf(job: LiveJob): Uint8Array {
  return encodeJobState({
    series: job.series.flatMap(({ id, state, peak }) => (state === undefined ? [] : [{ id, state, peak }])),
    drafts: job.book.kept().map(({ anomaly, told }) => ({ anomaly, told })),
    groups: job.kinds.counts(),
  });
}

/** The next series whose detectors are written: after a hundred steps each has had its turn. */
function nextCarried(job: LiveJob): readonly CarriedDetectors[] {
  const { series, carriedTo } = job;
  const trained = series.filter(({ hasBand }) => hasBand);
  const count = Math.ceil(trained.length / waitingSteps);
  const from = carriedTo >= trained.length ? 0 : carriedTo;
  job.carriedTo = from + count;
  return trained.slice(from, from + count);
}
