import { formatDurationMs } from '../contract/duration.ts';
import type { JobState } from '../contract/job.ts';
import type { JobRecord } from './job-record.ts';
import { jobDurations } from './job-spec-faults.ts';

export interface JobMoment {
  readonly nowMs: number;
  /** Whether a training of the job runs now. */
  readonly running: boolean;
  /** Training key of the job's present definition. */
  readonly key: string;
}

export interface StateAndReason {
  readonly state: JobState;
  readonly reason: string | null;
}

// A training that is late by less than this share of its interval is only queued behind others.
const lateShare = 0.25;
// The next training comes up to a tenth of the interval early, by job, so that 100 jobs don't start at once.
const jitterShare = 0.1;
const firstBackoffMs = 30_000;
const maxBackoffMs = 1_800_000;

/**
 * What a job is, from what is kept about it: `failing` has nothing valid to serve, `stale` serves an old forecast.
 */
export function jobState(record: JobRecord, moment: JobMoment): StateAndReason {
  if (moment.running) {
    return { state: 'training', reason: null };
  }
  if (record.asideReason !== undefined) {
    return { state: 'failing', reason: record.asideReason };
  }
  const { trainedAtMs, error } = record;
  if (trainedAtMs === undefined) {
    if (error === undefined) {
      return { state: 'waiting', reason: 'waits for its first training' };
    }
    return { state: error.code === 'series_too_young' ? 'warming-up' : 'failing', reason: error.message };
  }
  const late = lateness(record, moment);
  if (late !== undefined) {
    return late;
  }
  if (record.result.seriesCount > 0 && record.result.warmingCount === record.result.seriesCount) {
    return { state: 'warming-up', reason: 'the history is still too short for a forecast' };
  }
  return { state: 'fresh', reason: null };
}

/** Why what is served is old; undefined when it is not. */
function lateness(record: JobRecord, { nowMs, key }: JobMoment): StateAndReason | undefined {
  const { trainedAtMs = 0, trainedToMs = 0, error, trainedKey, spec } = record;
  const { retrainMs, horizonMs } = jobDurations(spec);
  const ageText = `the forecast is ${formatDurationMs(Math.floor((nowMs - trainedAtMs) / 60_000) * 60_000)} old`;
  const ended = nowMs > trainedToMs + horizonMs + retrainMs;
  if (error !== undefined) {
    return { state: ended ? 'failing' : 'stale', reason: `${error.message} (${ageText})` };
  }
  if (trainedKey !== key) {
    return { state: 'stale', reason: 'its definition changed; the next training is queued' };
  }
  if (nowMs > trainedAtMs + retrainMs * (1 + lateShare)) {
    return { state: ended ? 'failing' : 'stale', reason: `${ageText}; a training is due every ${spec.retrain}` };
  }
  return undefined;
}

/** When a job is to be trained next; in the past when it is due, null when it rests. */
export function nextTrainingAtMs(record: JobRecord, key: string): number | null {
  if (record.asideReason !== undefined) {
    return null;
  }
  const { retrainRequestedAtMs: requested, attemptedAtMs: attempted, trainedAtMs, failures } = record;
  if (requested !== undefined && requested > Math.max(attempted ?? 0, trainedAtMs ?? 0)) {
    return requested;
  }
  if (failures > 0 && attempted !== undefined) {
    return attempted + Math.min(firstBackoffMs * 2 ** (failures - 1), maxBackoffMs);
  }
  if (trainedAtMs === undefined || record.trainedKey !== key) {
    return record.updatedAtMs;
  }
  const { retrainMs } = jobDurations(record.spec);
  return trainedAtMs + Math.round(retrainMs * (1 - jitterShare * fraction(record.spec.name)));
}

/** A number in [0, 1) that is the same for the same name: FNV-1a, then mixed so that job-1 and job-2 lie apart. */
function fraction(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
