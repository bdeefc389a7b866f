import type { JobSpec } from '../contract/job.ts';

/** A job as a file defines it. */
export interface ProvisionedJob {
  readonly spec: JobSpec;
  /** Path of the file, as a person would open it. */
  readonly file: string;
  /** Line of the job in its file, from 1. */
  readonly line: number;
}
