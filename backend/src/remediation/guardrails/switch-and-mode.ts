import type { DecisionInput } from './decision-input.ts';
import { pass, refuse, targetsOf, type Ruling } from './guard-verdict.ts';

/** G19: a person stopped everything, this policy, or this target. */
export function judgeKillSwitch(input: DecisionInput): Ruling {
  const targets = targetsOf(input);
  const on = input.killSwitches.find(({ scope, name }) => {
    switch (scope) {
      case 'global':
        return true;
      case 'policy':
        return name === input.policy.name;
      case 'target':
        return targets.includes(name);
    }
  });
  if (on === undefined) {
    return pass('no kill switch is on');
  }
  const what = on.scope === 'global' ? 'for everything' : `for ${on.scope} ${on.name}`;
  const why = on.reason === '' ? '' : `: ${on.reason}`;
  return refuse(`the kill switch ${what} is on, by ${on.by}${why}`, { scope: on.scope });
}

/** G12: whether the policy is enabled, and at start whether its mode lets anything start. */
export function judgeMode({ policy, phase, requestedBy }: DecisionInput): Ruling {
  const { mode } = policy;
  if (!policy.spec.enabled) {
    return refuse('the policy is disabled', { mode });
  }
  if (phase === 'start' && mode === 'observe') {
    return refuse('the mode is observe: nothing is started', { mode });
  }
  if (phase === 'start' && mode === 'suggest' && requestedBy === null) {
    return refuse('the mode is suggest: only a person starts it', { mode });
  }
  return pass(`the mode is ${mode}`, { mode });
}
