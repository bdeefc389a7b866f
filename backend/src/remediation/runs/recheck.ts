import type { GuardVerdict } from '../../contract/remediation/verdict.ts';
import { messageOf } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { EpisodeRepository } from '../episodes/episode-repository.ts';
import { conclude } from '../guardrails/decide.ts';
import type { Planner } from '../plans/planner.ts';
import type { Policy } from '../policies/policy.ts';
import { readContext } from './decision-context.ts';
import { refusal, type Judge } from './judge.ts';
import { requestedByPolicy } from './new-run.ts';
import type { StoredRun } from './stored-run.ts';

export interface RecheckDeps {
  readonly database: Database;
  readonly nowMs: () => number;
  readonly episodes: EpisodeRepository;
  readonly planner: Planner;
  readonly judge: Judge;
  policies(): readonly Policy[];
}

/**
 * Every guard again, right before a run starts: the world may have changed while it waited. The plan is made anew, and
 * must be the very one that was agreed to; that costs a call of the engine, so it is asked last.
 */
export async function recheck(
  deps: RecheckDeps,
  run: StoredRun,
  signal: AbortSignal
): Promise<readonly GuardVerdict[]> {
  const { database, episodes, planner, judge } = deps;
  const policies = deps.policies();
  const policy = policies.find(({ name }) => name === run.plan.policy);
  const episode = await episodes.get(run.plan.episodeId);
  if (policy === undefined || episode === undefined) {
    return [refusal('G12', 'mode', `policy ${run.plan.policy} no longer exists, or is disabled`)];
  }
  const context = await readContext(database, policies, deps.nowMs());
  const asker = run.approval?.requestedBy ?? null;
  const decided = {
    runId: run.id,
    requestedBy: asker === requestedByPolicy(policy.name) ? null : asker,
    approval: run.approval,
    plannedHash: run.plan.hash,
    currentHash: run.plan.hash,
  };
  const question = { policy, episode, context, phase: 'start' as const };
  const first = await judge.verdicts({ ...question, run: decided }, signal);
  if (conclude(first).kind !== 'allowed') {
    return first;
  }
  try {
    const plan = await planner.plan(policy, episode, signal);
    return await judge.verdicts({ ...question, run: { ...decided, currentHash: plan.hash }, plan }, signal);
  } catch (error) {
    signal.throwIfAborted();
    return [...first, refusal('P1', 'plan', messageOf(error))];
  }
}
