import type { JobSpec } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import { jobSpecFaults } from './job-spec-faults.ts';

/** @throws AppError `invalid_request` with every fault of a definition that its schema could not see */
export function checkSpec(spec: JobSpec): void {
  const faults = jobSpecFaults(spec);
  if (faults.length > 0) {
    const text = faults.map(({ key, message }) => `${key}: ${message}`).join('; ');
    const issues = faults.map(({ key, message }) => ({ path: key, message }));
    throw new AppError('invalid_request', text, { context: { issues } });
  }
}
