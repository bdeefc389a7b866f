import type { LiveJob } from './live-job.ts';

export interface TickPlan {
  /** Consecutive parts of what is to be read; only the last one tells what has opened. */
  readonly slices: ReadonlyArray<{ readonly fromMs: number; readonly toMs: number; readonly last: boolean }>;
  /** First step that was not scored before; those before it are replayed to detectors. */
  readonly newFromMs: number;
  readonly newSteps: number;
  readonly skippedSteps: number;
}

const mostCaughtUp = { ms: 6 * 3_600_000, steps: 500 };
const mostReplayedSteps = 200;
/** Peers are judged by so many steps. */
const peerSteps = 30;
/** Values that are held at once: 16 MB of columns. */
const valuesPerSlice = 200_000;
const mostStepsPerSlice = 120;

/**
 * Which steps a tick has to look at; undefined when there is nothing new.
 * @param newestMs newest instant whose data has arrived
 */
export function planTick(job: LiveJob, newestMs: number): TickPlan | undefined {
  const { stepMs } = job.rules;
  const boundMs = boundMsOf(stepMs);
  const doneMs = Math.floor((job.scoredToMs ?? job.record.trainedToMs ?? newestMs - stepMs) / stepMs) * stepMs;
  const basisMs = isAhead(doneMs, newestMs, stepMs) ? newestMs - stepMs : doneMs;
  if (newestMs <= basisMs) {
    return undefined;
  }
  const fromMs = Math.max(basisMs, newestMs - boundMs) + stepMs;
  const startMs = fromMs - replayedSteps(job, fromMs) * stepMs;
  const perSlice = Math.floor(valuesPerSlice / Math.max(1, job.series.length));
  const steps = Math.min(mostStepsPerSlice, Math.max(1, perSlice));
  const count = Math.ceil(((newestMs - startMs) / stepMs + 1) / steps);
  return {
    slices: Array.from({ length: count }, (_, i) => ({
      fromMs: startMs + i * steps * stepMs,
      toMs: Math.min(newestMs, startMs + ((i + 1) * steps - 1) * stepMs),
      last: i === count - 1,
    })),
    newFromMs: fromMs,
    newSteps: Math.round((newestMs - fromMs) / stepMs) + 1,
    skippedSteps: Math.round((fromMs - stepMs - basisMs) / stepMs),
  };
}

function boundMsOf(stepMs: number): number {
  return Math.min(mostCaughtUp.ms, mostCaughtUp.steps * stepMs);
}

/** A cursor far ahead was written while the clock was wrong: of those steps nothing can have been seen. */
export function isAhead(doneMs: number, newestMs: number, stepMs: number): boolean {
  return doneMs > newestMs + boundMsOf(stepMs);
}

/** What detectors of a job that was just read have not seen, and what peers are judged by. */
function replayedSteps({ kinds, detectedToMs, rules }: LiveJob, fromMs: number): number {
  const missed = Math.round((fromMs - detectedToMs) / rules.stepMs) - 1;
  const isFirst = missed !== 0;
  const looks = kinds.watchesSeries || kinds.has('band');
  const series = looks && Number.isFinite(missed) ? missed : 0;
  const peers = kinds.has('outlier') && isFirst ? peerSteps : 0;
  return Math.min(mostReplayedSteps, Math.max(0, series, peers));
}
