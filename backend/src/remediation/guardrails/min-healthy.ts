import type { DecisionInput } from './decision-input.ts';
import { pass, percent, targetsOf, wait, type Ruling } from './guard-verdict.ts';

/**
 * G9: what stays healthy while the targets are acted on, and those of open runs with them, must not fall under the
 * floor. The targets are taken to be among those that are ill already; no answer counts as none healthy.
 */
export function judgeMinHealthy(input: DecisionInput): Ruling {
  const floor = input.policy.guard.minHealthyShare;
  if (floor === undefined) {
    return pass('no floor is set');
  }
  const { healthy } = input;
  if (healthy.kind === 'not-asked' || !isCount(healthy.healthy) || !isCount(healthy.of) || healthy.of === 0) {
    return wait('how many members are healthy is not known: that counts as none', { floor, healthy: 'no data' });
  }
  const busy = busyTargets(input);
  const remaining = Math.min(healthy.healthy, Math.max(0, healthy.of - busy));
  const numbers = { healthy: healthy.healthy, of: healthy.of, busy, remaining, floor };
  const detail = `${remaining} of ${healthy.of} members stay healthy, ${percent(remaining / healthy.of)}`;
  return remaining / healthy.of < floor - 1e-9
    ? wait(`${detail}; at least ${percent(floor)} must`, numbers)
    : pass(detail, numbers);
}

function isCount(value: number | null): value is number {
  return value !== null && Number.isFinite(value) && value >= 0;
}

/** The targets and those of open runs in the group. */
function busyTargets(input: DecisionInput): number {
  const { group } = input.policy.spec.target;
  const names = new Set(targetsOf(input));
  for (const run of input.runs) {
    if (run.endedAtMs === null && run.group === group && run.id !== input.runId) {
      run.targets.forEach((name) => names.add(name));
    }
  }
  return names.size;
}
