import type { Approval } from '../../contract/remediation/run.ts';

/** A person's word on a run, with what is known of the person. */
export interface ApprovalVote {
  readonly by: string;
  readonly role: string;
  readonly decision: 'approved' | 'denied';
  readonly atMs: number;
  readonly reason: string | null;
  readonly via: string;
  /** Hash of the plan that the person saw. */
  readonly planHash: string;
}

export type ApprovalOutcome =
  /** More people are needed. */
  | { readonly kind: 'counted'; readonly approval: Approval }
  | { readonly kind: 'approved'; readonly approval: Approval }
  | { readonly kind: 'denied'; readonly approval: Approval }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Counts a vote. What is late, doubled, about another plan, or a person's on their own request is refused.
 * @param facts.planHash of the run as it stands
 * @param facts.editedBy who wrote the policy's version that the plan is of
 */
export function judgeApproval(
  approval: Approval,
  vote: ApprovalVote,
  facts: { readonly planHash: string; readonly editedBy: string }
): ApprovalOutcome {
  const refusal = refusalOf(approval, vote, facts);
  if (refusal !== undefined) {
    return { kind: 'refused', reason: refusal };
  }
  const { planHash: _shown, ...decision } = vote;
  const decided = { ...approval, decisions: [...approval.decisions, decision] };
  if (vote.decision === 'denied') {
    return { kind: 'denied', approval: decided };
  }
  const agreed = decided.decisions.filter((other) => other.decision === 'approved').length;
  return { kind: agreed >= approval.needed ? 'approved' : 'counted', approval: decided };
}

function refusalOf(
  approval: Approval,
  vote: ApprovalVote,
  facts: { readonly planHash: string; readonly editedBy: string }
): string | undefined {
  if (vote.planHash !== facts.planHash) {
    return 'The plan is another one than you saw: look at it again.';
  }
  if (vote.atMs >= approval.expiresAtMs) {
    return 'It is too late: nobody agreed in time, which means no. Ask for it again while the alert fires.';
  }
  if (approval.decisions.some(({ by }) => by === vote.by)) {
    return 'You have decided already; another person must.';
  }
  // Saying no is always safe, whoever says it.
  if (vote.decision === 'denied') {
    return undefined;
  }
  if (vote.by === approval.requestedBy) {
    return 'You asked for this run; another person must agree.';
  }
  if (approval.needed > 1 && vote.by === facts.editedBy) {
    return 'You wrote this version of the policy, and the run needs other eyes: another person must agree.';
  }
  return undefined;
}
