import type { DecisionInput, PastRun } from './decision-input.ts';
import { leftText, pass, refuse, targetsOf, wait, type Ruling } from './guard-verdict.ts';

/** G6: so many runs at once of the policy, of the group, and of all. Those that wait for a person hold no place. */
export function judgeConcurrency({ policy, runs, runId, limits }: DecisionInput): Ruling {
  const { group } = policy.spec.target;
  const working = runs.filter((run) => run.id !== runId && run.endedAtMs === null && run.startedAtMs !== null);
  const places = [
    {
      what: `policy ${policy.name}`,
      used: count(working, (run) => run.policy === policy.name),
      of: policy.guard.atOnce.policy,
    },
    { what: `group ${group}`, used: count(working, (run) => run.group === group), of: policy.guard.atOnce.group },
    { what: 'everything', used: working.length, of: limits.atOnce },
  ];
  const [ofPolicy, ofGroup, ofAll] = places.map(({ used }) => used);
  const numbers = { policy: ofPolicy ?? 0, group: ofGroup ?? 0, all: ofAll ?? 0 };
  const full = places.find(({ used, of }) => used >= of);
  return full === undefined
    ? pass(`${numbers.all} of ${limits.atOnce} runs are at work`, numbers)
    : wait(`${full.used} of ${full.of} runs of ${full.what} are at work`, numbers);
}

/** G5: one run a target, whatever policy or engine it is of; one with an unknown effect keeps its target. */
export function judgeExclusion(input: DecisionInput): Ruling {
  const targets = targetsOf(input);
  const held = input.locks.filter((lock) => lock.runId !== input.runId && targets.includes(lock.target));
  const blocked = held.find((lock) => lock.blocked);
  if (blocked !== undefined) {
    const detail = `what run ${blocked.runId} did to ${blocked.target} is not known: a check or a person must release it`;
    return refuse(detail, { runId: blocked.runId, target: blocked.target });
  }
  const taken = held.find((lock) => lock.untilMs > input.nowMs);
  if (taken !== undefined) {
    const detail = `run ${taken.runId} holds ${taken.target} for up to ${leftText(taken.untilMs - input.nowMs)}`;
    return wait(detail, { runId: taken.runId, target: taken.target });
  }
  const other = input.runs.find(
    (run) =>
      run.id !== input.runId &&
      run.endedAtMs === null &&
      run.startedAtMs !== null &&
      run.targets.some((target) => targets.includes(target))
  );
  return other === undefined
    ? pass('no other run is on the target')
    : wait(`run ${other.id} of policy ${other.policy} is on ${other.targets.join(', ')}`, { runId: other.id });
}

function count(runs: readonly PastRun[], counts: (run: PastRun) => boolean): number {
  return runs.reduce((sum, run) => sum + Number(counts(run)), 0);
}
