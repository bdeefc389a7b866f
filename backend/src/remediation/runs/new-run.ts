import { randomUUID } from 'node:crypto';
import type { Plan } from '../../contract/remediation/run.ts';
import type { GuardVerdict } from '../../contract/remediation/verdict.ts';
import { approvalsNeeded } from '../guardrails/approval.ts';
import type { Policy } from '../policies/policy.ts';
import type { StoredRun } from './stored-run.ts';

/** Longest that a run may wait for its turn once nobody needs to be asked any more. */
export const longestQueueMs = 900_000;

/**
 * A run of a plan, before it is stored.
 * @param request.requestedBy the person who asked for it; null when the policy did
 */
export function newRun(request: {
  readonly plan: Plan;
  readonly policy: Policy;
  readonly verdicts: readonly GuardVerdict[];
  readonly attempt: number;
  readonly requestedBy: string | null;
  readonly nowMs: number;
}): StoredRun {
  const { plan, policy, verdicts, attempt, requestedBy, nowMs } = request;
  const needed = approvalsNeeded(policy, plan.tier, requestedBy);
  const approval = {
    requestedBy: requestedBy ?? requestedByPolicy(policy.name),
    requestedAtMs: nowMs,
    expiresAtMs: nowMs + policy.approveWithinMs,
    needed,
    decisions: [],
  };
  return {
    id: randomUUID(),
    plan,
    mode: policy.mode,
    state: needed === 0 ? 'queued' : 'awaiting-approval',
    stateReason: null,
    attempt,
    verdicts: [...verdicts],
    approval,
    createdAtMs: nowMs,
    startedAtMs: null,
    engineEndedAtMs: null,
    endedAtMs: null,
    verification: null,
    blocksTarget: false,
    handle: null,
    engineOutcome: null,
  };
}

/** Who asked for a run that no person did. */
export function requestedByPolicy(policy: string): string {
  return `policy ${policy}`;
}
