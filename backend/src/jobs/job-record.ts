import { createHash } from 'node:crypto';
import type { Coverage, JobOrigin, JobSpec } from '../contract/job.ts';

/** What the series of a job's latest training came to. */
export interface JobResult {
  readonly seriesCount: number;
  /** Series that have too little history for a forecast. */
  readonly warmingCount: number;
  /** What most series use. */
  readonly model: string | null;
  readonly mase: number | null;
  readonly coverage: readonly Coverage[];
}

export const noResult: JobResult = { seriesCount: 0, warmingCount: 0, model: null, mase: null, coverage: [] };

/** Code and sentence of a failure that is kept. */
export interface StoredError {
  readonly code: string;
  readonly message: string;
}

/** A job as it is kept: its definition and what its trainings came to. */
export interface JobRecord {
  readonly spec: JobSpec;
  readonly origin: JobOrigin;
  /** Why the job rests although it is kept; undefined for all that are trained. */
  readonly asideReason: string | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly retrainRequestedAtMs: number | undefined;
  /** Start of the latest completed training. */
  readonly trainedAtMs: number | undefined;
  /** End of the history that it read. */
  readonly trainedToMs: number | undefined;
  readonly trainedKey: string | undefined;
  /** End of the latest attempt, completed or not. */
  readonly attemptedAtMs: number | undefined;
  /** Failed attempts since the last completed one. */
  readonly failures: number;
  readonly error: StoredError | undefined;
  readonly result: JobResult;
}

/** What a training depends on: another key means that the job must be trained again. */
export function trainingKey(spec: JobSpec, source: string): string {
  const { query, step, training, retrain, horizon, direction, range, models, levels } = spec;
  return digest(JSON.stringify([source, query, step, training, retrain, horizon, direction, range, models, levels]));
}

/** Id of a series: the same job and labels give the same id, also after a restart. */
export function seriesIdOf(job: string, labelKey: string): string {
  return digest(`${job}\n${labelKey}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
