import type { PolicyMode } from '../../contract/remediation/policy.ts';
import { correlationMs, type DecisionInput, type Rival } from './decision-input.ts';
import { pass, refuse, targetsOf, type Ruling } from './guard-verdict.ts';

/** G1: one run at a time for an episode, however often and by however many the alert is sent. */
export function judgeDuplicate({ runs, episode, policy, runId }: DecisionInput): Ruling {
  const open = runs.find(
    (run) => run.id !== runId && run.endedAtMs === null && run.episodeId === episode.id && run.policy === policy.name
  );
  if (open !== undefined) {
    return refuse(`run ${open.id} of this policy is open for this alert already`, { runId: open.id });
  }
  return pass('no other run of this policy is open for this alert', { deliveries: episode.deliveries });
}

/** G2: several alerts on one target within a minute have one cause; the policy of highest priority acts, others attach. */
export function judgeCorrelation(input: DecisionInput): Ruling {
  const { policy, episode, runId, nowMs } = input;
  const targets = targetsOf(input);
  const other = input.runs.find(
    (run) =>
      run.id !== runId &&
      !(run.policy === policy.name && run.episodeId === episode.id) &&
      (run.endedAtMs === null || nowMs - run.createdAtMs < correlationMs) &&
      run.targets.some((target) => targets.includes(target))
  );
  if (other !== undefined) {
    return refuse(
      `policy ${other.policy} acts on ${other.targets.join(', ')} (run ${other.id}); this alert is attached`,
      {
        runId: other.id,
        policy: other.policy,
      }
    );
  }
  const stronger = input.rivals.find(
    (rival) => isRelated(rival, input) && wins(rival, input) && !isExhausted(rival, input)
  );
  if (stronger !== undefined) {
    const { name, priority } = stronger.policy;
    const whose = name === policy.name ? 'an alert before it' : `policy ${name} (priority ${priority})`;
    return refuse(`${whose} comes first on ${targets.join(', ')}; this alert is attached`, {
      policy: name,
      priority,
      episodeId: stronger.episodeId,
    });
  }
  return pass('no other alert on the target comes first', { rivals: input.rivals.length });
}

function isRelated(rival: Rival, { episode }: DecisionInput): boolean {
  return Math.abs(rival.openedAtMs - episode.openedAtMs) < correlationMs || rival.episodeId === episode.id;
}

/** One that has used its attempts leaves the episode to the next rung. */
function isExhausted({ policy, episodeId }: Rival, { runs }: DecisionInput): boolean {
  const used = runs.filter(
    (run) => run.policy === policy.name && run.episodeId === episodeId && run.startedAtMs !== null
  ).length;
  return used >= policy.guard.attempts;
}

/** Acting policies before those that only look, then priority, name and age: never a tie. */
function wins(rival: Rival, { policy, episode }: DecisionInput): boolean {
  const order =
    Number(acts(rival.policy.mode)) - Number(acts(policy.mode)) ||
    rival.policy.priority - policy.priority ||
    compare(policy.name, rival.policy.name) ||
    episode.openedAtMs - rival.openedAtMs ||
    compare(episode.id, rival.episodeId);
  return order > 0;
}

function acts(mode: PolicyMode): boolean {
  return mode !== 'observe';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
