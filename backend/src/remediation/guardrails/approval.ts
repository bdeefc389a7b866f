import type { Approval } from '../../contract/remediation/run.ts';
import type { Tier } from '../engines/automation-engine.ts';
import type { Policy } from '../policies/policy.ts';
import type { DecisionInput } from './decision-input.ts';
import { leftText, pass, refuse, wait, type Ruling } from './guard-verdict.ts';

type ApprovalRules = Pick<Policy, 'mode' | 'editedBy' | 'spec'>;

/**
 * How many people must agree before a run starts, the one who asked for it apart. None when the policy acts alone, or
 * when a person started it and nothing asks for a second one.
 */
export function approvalsNeeded(policy: ApprovalRules, tier: Tier, requestedBy: string | null): number {
  const people = Math.max(policy.spec.approve.people, tier === 'high' ? 2 : 1);
  if (people > 1 || policy.mode === 'approve') {
    return people;
  }
  return policy.mode === 'auto' || requestedBy !== null ? 0 : people;
}

/** G13: enough people agreed to exactly this, in time. */
export function judgeApproval(input: DecisionInput): Ruling {
  const { policy, tier, requestedBy, approval, phase, nowMs } = input;
  const needed = approvalsNeeded(policy, tier, requestedBy);
  if (phase === 'decide') {
    return pass(needed === 0 ? 'no approval is needed' : `needs ${people(needed)} to agree`, { needed });
  }
  if (input.plannedHash === null || input.plannedHash !== input.currentHash) {
    return refuse('what would be done is no longer what was planned: targets, parameters, policy or playbook changed', {
      planned: input.plannedHash ?? 'none',
      current: input.currentHash ?? 'none',
    });
  }
  if (needed === 0) {
    return pass('no approval is needed', { needed });
  }
  if (approval === null) {
    return wait(`needs ${people(needed)} to agree; nobody was asked yet`, { needed, given: 0 });
  }
  const denied = approval.decisions.find(({ decision }) => decision === 'denied');
  if (denied !== undefined) {
    return refuse(`${denied.by} said no${denied.reason === null ? '' : `: ${denied.reason}`}`, { by: denied.by });
  }
  const given = approversOf(approval, policy, needed).size;
  if (nowMs >= approval.expiresAtMs) {
    const agoMs = nowMs - approval.expiresAtMs;
    return refuse(`the time for it ran out ${leftText(agoMs)} ago, with ${given} of ${needed} who agreed`, {
      needed,
      given,
    });
  }
  return given >= needed
    ? pass(`${given} of ${needed} agreed`, { needed, given })
    : wait(`${given} of ${needed} agreed; ${leftText(approval.expiresAtMs - nowMs)} left`, { needed, given });
}

/** A person's decision on a run that waits for it. */
export interface ApprovalClick {
  readonly approval: Approval;
  readonly policy: ApprovalRules;
  readonly by: string;
  readonly decision: 'approve' | 'deny';
  /** Hash of the plan that the person saw, the run's, and that of the plan as it would be made now. */
  readonly shownHash: string;
  readonly plannedHash: string;
  readonly currentHash: string;
  readonly nowMs: number;
}

/** Why a decision does not count; undefined when it does. Saying no is always allowed while it is open. */
export function approvalFault(click: ApprovalClick): string | undefined {
  const { approval, policy, by, nowMs } = click;
  if (nowMs >= approval.expiresAtMs) {
    return `the time to decide ran out ${leftText(nowMs - approval.expiresAtMs)} ago; that means no`;
  }
  const earlier = approval.decisions.find((one) => one.decision === 'denied' || isSamePerson(one.by, by));
  if (earlier !== undefined) {
    return isSamePerson(earlier.by, by) ? 'you have decided on this already' : `${earlier.by} has said no already`;
  }
  if (click.decision === 'deny') {
    return undefined;
  }
  if (click.shownHash !== click.plannedHash || click.plannedHash !== click.currentHash) {
    return 'what would be done has changed since it was shown to you: look at it anew';
  }
  if (approval.needed > 1 && isSamePerson(by, approval.requestedBy)) {
    return 'you asked for this run: somebody else must agree';
  }
  if (approval.needed > 1 && isSamePerson(by, policy.editedBy)) {
    return 'you wrote this version of the policy: somebody else must agree';
  }
  return undefined;
}

/** Different people whose yes counts. */
function approversOf(approval: Approval, policy: ApprovalRules, needed: number): ReadonlySet<string> {
  const own = needed > 1 ? [approval.requestedBy, policy.editedBy].map(key) : [];
  const counted = approval.decisions.filter(
    ({ decision, by, atMs }) => decision === 'approved' && atMs < approval.expiresAtMs && !own.includes(key(by))
  );
  return new Set(counted.map(({ by }) => key(by)));
}

function isSamePerson(a: string, b: string): boolean {
  return key(a) === key(b);
}

/** What tells people apart: the uid behind the name (`Ann · uid`), which nobody can change; else the whole text. */
function key(person: string): string {
  return (person.split(' · ').at(-1) ?? person).trim().toLowerCase();
}

function people(count: number): string {
  return count === 1 ? 'a person' : `${count} people`;
}
