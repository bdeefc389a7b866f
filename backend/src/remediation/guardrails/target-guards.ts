import type { DecisionInput } from './decision-input.ts';
import { pass, refuse, targetsOf, type Ruling } from './guard-verdict.ts';

/** T1: the alert names hosts that are in the group of the policy, by exact name. */
export function judgeTarget({ target }: DecisionInput): Ruling {
  if (target.kind === 'unresolved') {
    return refuse(target.reason);
  }
  const { targets, group, members } = target;
  const numbers = { group, members: members.length, targets: targets.length };
  if (targets.length === 0) {
    return refuse('there is no target: nothing must never come to mean everything', numbers);
  }
  const stranger = targets.find((name) => !members.includes(name));
  if (stranger !== undefined) {
    return refuse(`"${stranger}" is not a host of group ${group}`, numbers);
  }
  return pass(`${targets.join(', ')} of group ${group} with ${members.length} members`, numbers);
}

/** G21: never the hosts that this backend needs to see and to end what it does. */
export function judgeSelf(input: DecisionInput): Ruling {
  const own = targetsOf(input).find((target) => input.selfHosts.has(target.toLowerCase()));
  if (own !== undefined) {
    return refuse(`${own} carries this backend, its store, its metric source or Grafana`, { target: own });
  }
  return pass('not a host that this backend rests on', { selfHosts: input.selfHosts.size });
}
