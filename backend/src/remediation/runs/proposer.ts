import type { Clock } from '../../clock.ts';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { Plan, Proposal, ProposalRequest, Proposals, RunRequest } from '../../contract/remediation/run.ts';
import type { GuardVerdict } from '../../contract/remediation/verdict.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { EpisodeRepository } from '../episodes/episode-repository.ts';
import { approvalsNeeded } from '../guardrails/approval.ts';
import type { Planner } from '../plans/planner.ts';
import { matchPolicy, type Policy } from '../policies/policy.ts';
import { readContext, type DecisionContext } from './decision-context.ts';
import { noRun } from './decision-facts.ts';
import { refusal, type Judge } from './judge.ts';
import type { Person } from './people.ts';
import type { RunRepository } from './run-repository.ts';
import type { StoredRun } from './stored-run.ts';

export interface ProposerDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly episodes: EpisodeRepository;
  readonly runs: RunRepository;
  readonly planner: Planner;
  readonly judge: Judge;
  policies(): readonly Policy[];
}

interface Proposed {
  readonly policy: Policy;
  readonly plan: Plan | undefined;
  readonly fault: string | null;
  readonly verdicts: readonly GuardVerdict[];
}

/** A plan as a person saw it, made anew. */
export interface ShownPlan {
  readonly policy: Policy;
  readonly episode: Episode;
  readonly plan: Plan;
  readonly verdicts: readonly GuardVerdict[];
}

/** What policies would do about an alert if a person said so now. */
export class Proposer {
  readonly #deps: ProposerDeps;

  constructor(deps: ProposerDeps) {
    this.#deps = deps;
  }

  /** What each policy would do about an alert, and what stands in the way. An alert that is no episode has none. */
  async proposals(request: ProposalRequest, person: Person, signal: AbortSignal): Promise<Proposals> {
    const { episodes, clock, database, runs } = this.#deps;
    const episode =
      request.episodeId === undefined
        ? await episodes.openOfLabels(request.labels ?? {})
        : await episodes.get(request.episodeId);
    if (episode === undefined) {
      return { episode: null, items: [] };
    }
    const policies = this.#deps.policies();
    const context = await readContext(database, policies, clock.nowMs());
    const known = await runs.ofEpisode(episode.id);
    const items: Proposal[] = [];
    for (const policy of policies.filter((one) => matchPolicy(one, episode))) {
      items.push(proposalOf(await this.#propose({ policy, episode, context, person }, signal), person, known));
    }
    return { episode, items };
  }

  /** The plan of a request as it would be made now, which must be the one that was shown. */
  async shown(request: RunRequest, person: Person, signal: AbortSignal): Promise<ShownPlan> {
    const { clock, database } = this.#deps;
    const policy = this.policy(request.policy);
    const episode = await this.episode(request.episodeId);
    const context = await readContext(database, this.#deps.policies(), clock.nowMs());
    const { plan, fault, verdicts } = await this.#propose({ policy, episode, context, person }, signal);
    if (plan === undefined) {
      throw new AppError('conflict', fault ?? 'no plan can be made');
    }
    if (plan.hash !== request.planHash) {
      throw new AppError('conflict', 'What would be done is no longer what you saw: look at the plan again.');
    }
    return { policy, episode, plan, verdicts };
  }

  async #propose(
    given: {
      readonly policy: Policy;
      readonly episode: Episode;
      readonly context: DecisionContext;
      readonly person: Person;
    },
    signal: AbortSignal
  ): Promise<Proposed> {
    const { policy, episode, context, person } = given;
    const question = { policy, episode, context, phase: 'start' as const };
    try {
      const plan = await this.#deps.planner.plan(policy, episode, signal);
      const run = { ...noRun, requestedBy: person.name, plannedHash: plan.hash, currentHash: plan.hash };
      const verdicts = await this.#deps.judge.verdicts({ ...question, run, plan }, signal);
      return { policy, plan, fault: null, verdicts: withoutApproval(verdicts) };
    } catch (error) {
      signal.throwIfAborted();
      const fault = messageOf(error);
      return { policy, plan: undefined, fault, verdicts: [refusal('P1', 'plan', fault)] };
    }
  }

  /** @throws AppError `not_found` */
  policy(name: string): Policy {
    const policy = this.#deps.policies().find((one) => one.name === name);
    if (policy === undefined) {
      throw new AppError('not_found', `policy "${name}" does not exist or is disabled`);
    }
    return policy;
  }

  /** @throws AppError `not_found` */
  async episode(id: string): Promise<Episode> {
    const episode = await this.#deps.episodes.get(id);
    if (episode === undefined) {
      throw new AppError('not_found', `episode "${id}" does not exist`);
    }
    return episode;
  }
}

/** Approval is asked for after the proposal; it stands in the way of none. */
function withoutApproval(verdicts: readonly GuardVerdict[]): readonly GuardVerdict[] {
  return verdicts.filter(({ name }) => name !== 'approval');
}

/** What stands in the way of a run; a dry run that is still missing is made at the start. */
export function standing(verdicts: readonly GuardVerdict[]): GuardVerdict | undefined {
  return verdicts.find(({ outcome, name }) => outcome === 'refuse' || (outcome === 'wait' && name !== 'dry-run'));
}

function proposalOf({ policy, plan, fault, verdicts }: Proposed, person: Person, runs: readonly StoredRun[]): Proposal {
  const newest = runs.findLast((run) => run.plan.policy === policy.name);
  const verify = policy.spec.verify;
  return {
    policy: policy.name,
    title: policy.spec.title ?? plan?.title ?? policy.name,
    mode: policy.mode,
    plan: plan ?? null,
    fault,
    verdicts: [...verdicts],
    allowed: plan !== undefined && standing(verdicts) === undefined,
    verify: verify === undefined ? null : `${verify.healthy} for ${verify.for} within ${verify.within}`,
    approvalsNeeded: plan === undefined ? 0 : approvalsNeeded(policy, plan.tier, person.name),
    runId: newest?.id ?? null,
  };
}
