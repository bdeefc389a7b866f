import { isTrial } from './breaker.ts';
import type { DecisionInput } from './decision-input.ts';
import { leftText, pass, refuse, targetsOf, wait, type Ruling } from './guard-verdict.ts';

/** G11: after failures a policy stops for a while; then one run on one target may show that it works again. */
export function judgeBreaker(input: DecisionInput): Ruling {
  const { breaker, nowMs, policy, runId, runs } = input;
  const failed = breaker.history.filter((ok) => !ok).length;
  const numbers = { state: breaker.state, failed, of: breaker.history.length };
  if (breaker.state === 'closed') {
    return pass(`${failed} of the last ${breaker.history.length} runs failed`, numbers);
  }
  if (breaker.state === 'open' && !isTrial(breaker, nowMs)) {
    const untilMs = breaker.untilMs ?? nowMs;
    const detail = `${failed} of the last ${breaker.history.length} runs failed; stopped for another ${leftText(untilMs - nowMs)}`;
    return wait(detail, numbers, untilMs);
  }
  const other = runs.find((run) => run.policy === policy.name && run.id !== runId && run.endedAtMs === null);
  if (other !== undefined) {
    return wait(`after failures one run is tried at a time, now ${other.id}`, { ...numbers, runId: other.id });
  }
  if (targetsOf(input).length > 1) {
    return refuse('after failures one target is tried at a time', numbers);
  }
  return pass('after failures this one run is a trial', numbers);
}
