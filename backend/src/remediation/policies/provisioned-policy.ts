import type { PolicySpec } from '../../contract/remediation/policy.ts';

/** A policy as a file defines it. */
export interface ProvisionedPolicy {
  readonly spec: PolicySpec;
  /** Path of the file, as a person would open it. */
  readonly file: string;
  /** Line of the policy in its file, from 1. */
  readonly line: number;
}
