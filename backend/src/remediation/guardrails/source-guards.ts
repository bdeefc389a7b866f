import { ownOrigin } from '../policies/policy.ts';
import { futureMs, type DecisionInput } from './decision-input.ts';
import { leftText, pass, refuse, wait, type Ruling } from './guard-verdict.ts';

/** S1: the alert came by a door that the policy listens to. */
export function judgeSource({ policy, episode }: DecisionInput): Ruling {
  const { sources } = policy.spec;
  if (sources.length > 0 && !sources.includes(episode.source)) {
    return refuse(`the policy listens to ${sources.join(', ')}, not to ${episode.source}`, { source: episode.source });
  }
  return pass(`the alert came from ${episode.source}`, { source: episode.source });
}

/** G22: a missing metric, a dead source or a rule without data says nothing of the thing it watches. */
export function judgeAbsence({ policy, episode }: DecisionInput): Ruling {
  if (episode.absence === null) {
    return pass('the alert rests on data');
  }
  if (policy.guard.onAbsence) {
    return pass(`only data is missing (${episode.absence}), and the policy acts on that too`, {
      absence: episode.absence,
    });
  }
  return refuse(`only data is missing (${episode.absence}): that is no failure of the target`, {
    absence: episode.absence,
  });
}

/** S2, the guard of loops: an alert that this product made comes back by a webhook. */
export function judgeOrigin({ policy, episode }: DecisionInput): Ruling {
  const isOwn = episode.sourceKind === 'aiops' || episode.labels['origin'] === ownOrigin;
  if (isOwn && policy.trigger.kind === 'alert' && !policy.spec.ownAlerts) {
    return refuse('the alert is one of our own; ownAlerts allows that', { origin: ownOrigin });
  }
  return pass(isOwn ? 'one of our own, as the policy asks for' : 'not one of our own');
}

/** S3: what is over needs no healing, also when it ended while the run waited. */
export function judgeFiring({ episode, nowMs }: DecisionInput): Ruling {
  if (episode.closedAtMs === null) {
    return pass('the alert is firing');
  }
  const agoMs = nowMs - episode.closedAtMs;
  return refuse(`the alert ended ${leftText(agoMs)} ago (${episode.closeReason ?? 'closed'})`, {
    closedAtMs: episode.closedAtMs,
  });
}

/** S4: neither from the future nor so old that the world has moved on. */
export function judgeAge({ policy, episode, nowMs }: DecisionInput): Ruling {
  const ageMs = nowMs - episode.startsAtMs;
  const numbers = { ageMs, maxAgeMs: policy.guard.maxAgeMs };
  if (ageMs < -futureMs) {
    return refuse(`the alert begins ${leftText(-ageMs)} in the future: the clock of its source is wrong`, numbers);
  }
  if (ageMs > policy.guard.maxAgeMs) {
    return refuse(
      `the alert began ${leftText(ageMs)} ago; after ${leftText(policy.guard.maxAgeMs)} it is for people`,
      numbers
    );
  }
  return pass(`the alert began ${leftText(Math.max(0, ageMs))} ago`, numbers);
}

/** S5: an anomaly has lasted for as long as the policy wants to see it. */
export function judgeLasting({ policy, episode, nowMs }: DecisionInput): Ruling {
  const forMs = policy.trigger.kind === 'detection' ? policy.trigger.forMs : 0;
  const lastedMs = nowMs - episode.startsAtMs;
  if (lastedMs < forMs) {
    const detail = `it has lasted for ${leftText(Math.max(0, lastedMs))}; ${leftText(forMs)} are needed`;
    return wait(detail, { lastedMs, forMs }, episode.startsAtMs + forMs);
  }
  return pass(forMs === 0 ? 'it need not last' : `it has lasted for ${leftText(lastedMs)}`, { lastedMs, forMs });
}
