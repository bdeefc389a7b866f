import type { DecisionInput } from './decision-input.ts';
import { pass, wait, type Ruling } from './guard-verdict.ts';

/** G20: what this depends on is healed first; while that is under way, nothing is done here. */
export function judgeDependencies({ policy, runs, runId }: DecisionInput): Ruling {
  const { dependsOn } = policy.spec.guard;
  const open = runs.find((run) => run.id !== runId && run.endedAtMs === null && dependsOn.includes(run.policy));
  if (open !== undefined) {
    return wait(`policy ${open.policy}, which this depends on, is at work on ${open.targets.join(', ')}`, {
      runId: open.id,
      policy: open.policy,
    });
  }
  return pass(dependsOn.length === 0 ? 'depends on no other policy' : `${dependsOn.join(', ')}: no run is open`);
}
