import type { DecisionInput } from './decision-input.ts';
import { pass, refuse, wait, type Ruling } from './guard-verdict.ts';

/** G15: a playbook that never ran as it is now, and whatever is of tier high, says first what it would change. */
export function judgeDryRun({ policy, tier, dryRun, phase }: DecisionInput): Ruling {
  const why = dryRunReason({ wanted: policy.spec.do.dryRunFirst, isHigh: tier === 'high', isNew: !dryRun.digestKnown });
  if (why === undefined) {
    return pass('this playbook went through before');
  }
  const numbers = { reason: why };
  if (dryRun.outcome === 'failed') {
    return refuse('the dry run failed', numbers);
  }
  if (dryRun.outcome === 'ok') {
    return pass('the dry run went through', numbers);
  }
  return phase === 'decide'
    ? pass(`a dry run comes first: ${why}`, numbers)
    : wait(`a dry run must come first: ${why}`, numbers);
}

function dryRunReason(reasons: { wanted: boolean; isHigh: boolean; isNew: boolean }): string | undefined {
  if (reasons.wanted) {
    return 'the policy asks for it';
  }
  if (reasons.isHigh) {
    return 'the tier is high';
  }
  return reasons.isNew ? 'the playbook is new or was changed' : undefined;
}
