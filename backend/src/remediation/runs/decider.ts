import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { Decision, Plan } from '../../contract/remediation/run.ts';
import type { GuardVerdict } from '../../contract/remediation/verdict.ts';
import { messageOf } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EpisodeRepository } from '../episodes/episode-repository.ts';
import { conclude, type Conclusion } from '../guardrails/decide.ts';
import type { Planner } from '../plans/planner.ts';
import { matchPolicy, type Policy } from '../policies/policy.ts';
import { hostOf } from '../policies/target.ts';
import { automaton } from './automaton.ts';
import { readContext, type DecisionContext } from './decision-context.ts';
import type { DecisionRepository } from './decision-repository.ts';
import { refusal, type Judge } from './judge.ts';
import { newRun } from './new-run.ts';
import type { Word } from './people.ts';
import type { Connection } from './run-repository.ts';
import type { RunLog } from './run-log.ts';
import type { StoredRun } from './stored-run.ts';

export interface DeciderDeps {
  readonly database: Database;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  readonly episodes: EpisodeRepository;
  readonly decisions: DecisionRepository;
  readonly planner: Planner;
  readonly judge: Judge;
  readonly log: RunLog;
  policies(): readonly Policy[];
  /** Puts a word to people into the outbox. */
  tell(word: Word, db: Connection): Promise<void>;
}

/** Episodes of one pass: what comes in one body. */
const mostOfPass = 10_000;
const writtenTogether = 200;
/** When a guard that waits can't say until when. */
const lookAgainMs = 10_000;

interface Thought {
  readonly episode: Episode;
  readonly policy: Policy;
  readonly verdicts: readonly GuardVerdict[];
  readonly conclusion: Conclusion;
  readonly outcome: Decision['outcome'];
  readonly run: StoredRun | undefined;
}

/** Decides about episodes that policies have not looked at in their newest state. */
export class Decider {
  readonly #deps: DeciderDeps;
  /** When episodes that have to wait are looked at again. */
  readonly #later = new Map<string, number>();

  constructor(deps: DeciderDeps) {
    this.#deps = deps;
  }

  /** Looks at all that is undecided. @returns how many runs were made */
  async pass(signal: AbortSignal): Promise<number> {
    const { episodes, clock, database } = this.#deps;
    const nowMs = clock.nowMs();
    const undecided = await episodes.undecided(mostOfPass);
    this.#forget(undecided);
    const due = undecided.filter(({ id }) => (this.#later.get(id) ?? 0) <= nowMs);
    if (due.length === 0) {
      return 0;
    }
    const policies = this.#deps.policies();
    const byConcern = Map.groupBy(due, (episode) => policies.some((policy) => matchPolicy(policy, episode)));
    const concerned = byConcern.get(true) ?? [];
    await this.#pass(byConcern.get(false) ?? []);
    // most alerts concern no policy: what decisions rest on is read only for those that do
    if (concerned.length === 0) {
      return 0;
    }
    const context = await readContext(database, policies, nowMs);
    let made = 0;
    for (let first = 0; first < concerned.length; first += writtenTogether) {
      signal.throwIfAborted();
      made += await this.#decide(concerned.slice(first, first + writtenTogether), { policies, context }, signal);
    }
    return made;
  }

  /** Lets episodes pass that no policy wants. */
  async #pass(unconcerned: readonly Episode[]): Promise<void> {
    for (let first = 0; first < unconcerned.length; first += writtenTogether) {
      await this.#store([], unconcerned.slice(first, first + writtenTogether));
      await nextTurn();
    }
  }

  #forget(undecided: readonly Episode[]): void {
    const ids = new Set(undecided.map(({ id }) => id));
    for (const id of this.#later.keys()) {
      if (!ids.has(id)) {
        this.#later.delete(id);
      }
    }
  }

  async #decide(
    episodes: readonly Episode[],
    given: { readonly policies: readonly Policy[]; readonly context: DecisionContext },
    signal: AbortSignal
  ): Promise<number> {
    const thoughts: Thought[] = [];
    const decided: Episode[] = [];
    for (const episode of episodes) {
      const own = [];
      for (const policy of given.policies.filter((one) => matchPolicy(one, episode))) {
        own.push(await this.#think(policy, episode, given.context, signal));
      }
      thoughts.push(...own);
      if (!this.#mustWait(episode, own, given.context.nowMs)) {
        decided.push(episode);
      }
    }
    const made = await this.#store(thoughts, decided);
    made.forEach((run) => {
      this.#deps.log.announce(run);
    });
    return made.length;
  }

  /** Notes when an episode is looked at again. @returns whether it is */
  #mustWait(episode: Episode, thoughts: readonly Thought[], nowMs: number): boolean {
    const waits = thoughts.flatMap(({ conclusion }) => (conclusion.kind === 'waiting' ? [conclusion] : []));
    if (waits.length === 0) {
      this.#later.delete(episode.id);
      return false;
    }
    const ends = waits.map(({ untilMs }) => untilMs ?? nowMs + lookAgainMs);
    // Soon enough for a guard whose facts change before it said they would.
    this.#later.set(episode.id, Math.min(nowMs + lookAgainMs, Math.max(nowMs + 1_000, Math.min(...ends))));
    return true;
  }

  async #think(policy: Policy, episode: Episode, context: DecisionContext, signal: AbortSignal): Promise<Thought> {
    const { judge } = this.#deps;
    const verdicts = await judge.verdicts({ policy, episode, context, phase: 'decide' }, signal);
    const conclusion = conclude(verdicts);
    const thought = { episode, policy, verdicts, conclusion, run: undefined };
    if (conclusion.kind !== 'allowed') {
      const attached = conclusion.kind === 'refused' && conclusion.by.name === 'correlation';
      return { ...thought, outcome: attached ? 'attached' : 'refused' };
    }
    if (policy.mode === 'observe' || policy.mode === 'suggest') {
      return { ...thought, outcome: policy.mode === 'observe' ? 'observed' : 'suggested' };
    }
    return await this.#plan(thought, context, signal);
  }

  async #plan(thought: Omit<Thought, 'outcome'>, context: DecisionContext, signal: AbortSignal): Promise<Thought> {
    const { policy, episode } = thought;
    let plan: Plan;
    try {
      plan = await this.#deps.planner.plan(policy, episode, signal);
    } catch (error) {
      signal.throwIfAborted();
      const verdicts = [...thought.verdicts, refusal('P1', 'plan', messageOf(error))];
      return { ...thought, verdicts, conclusion: conclude(verdicts), outcome: 'refused' };
    }
    const attempt = 1 + context.runs.filter((run) => run.policy === policy.name && run.episodeId === episode.id).length;
    const nowMs = this.#deps.clock.nowMs();
    const run = newRun({ plan, policy, verdicts: thought.verdicts, attempt, requestedBy: null, nowMs });
    // The next episodes of the pass must see it.
    context.runs.push({
      ...{ id: run.id, policy: policy.name, episodeId: episode.id, group: plan.group, targets: plan.targets },
      ...{ createdAtMs: nowMs, startedAtMs: null, endedAtMs: null },
    });
    return { ...thought, run, outcome: run.state === 'queued' ? 'started' : 'asked' };
  }

  /** @returns the runs that were made: one that another pass made already is left out */
  async #store(thoughts: readonly Thought[], decided: readonly Episode[]): Promise<StoredRun[]> {
    const { database, episodes, log } = this.#deps;
    return await database.transaction().execute(async (db) => {
      const made: StoredRun[] = [];
      for (const thought of thoughts) {
        const { run } = thought;
        if (run !== undefined && (await log.create(run, automaton, db))) {
          made.push(run);
        }
        await this.#record(thought, db);
      }
      await episodes.markDecided(decided, db);
      return made;
    });
  }

  async #record(thought: Thought, db: Connection): Promise<void> {
    const { episode, policy, verdicts, outcome, run } = thought;
    const isNew = await this.#deps.decisions.add(
      {
        ...{ episodeId: episode.id, policy: policy.name, policyVersion: policy.version, mode: policy.mode },
        ...{ atMs: this.#deps.clock.nowMs(), outcome, verdicts: [...verdicts] },
        target: hostOf(policy.spec.target, episode.labels) ?? null,
        runId: run?.id ?? null,
      },
      db
    );
    if (isNew) {
      // All figures of what was begun; of what was not, those that held it back: a storm is thousands of these.
      const kept = run === undefined ? verdicts.filter((verdict) => verdict.outcome !== 'pass') : verdicts;
      const passed = verdicts.filter((verdict) => !kept.includes(verdict)).map(({ name }) => name);
      const data = {
        ...{ policy: policy.name, policyVersion: policy.version, mode: policy.mode, verdicts: kept, passed },
        ...{ planHash: run?.plan.hash ?? null, runId: run?.id ?? null },
      };
      const entry = { kind: `decision.${outcome}`, subject: episode.id, actor: automaton, data };
      await this.#deps.audit.append(entry, db);
    }
    const word = isNew ? wordOf(thought) : undefined;
    if (word !== undefined && !(await this.#isOfKnownStorm(thought, db))) {
      await this.#deps.tell(word, db);
    }
  }

  /** One word is enough for all alerts of a storm. */
  async #isOfKnownStorm({ policy, conclusion }: Thought, db: Connection): Promise<boolean> {
    if (conclusion.kind !== 'refused' || conclusion.by.name !== 'mass-failure') {
      return false;
    }
    const told = await db
      .selectFrom('audit')
      .select('seq')
      .where('subject', '=', policy.name)
      .where('kind', '=', 'policy.storm')
      .where('at_ms', '>', this.#deps.clock.nowMs() - stormMs)
      .limit(1)
      .executeTakeFirst();
    if (told === undefined) {
      const data = { detail: conclusion.by.detail, ...conclusion.by.numbers };
      await this.#deps.audit.append({ kind: 'policy.storm', subject: policy.name, actor: automaton, data }, db);
    }
    return told !== undefined;
  }
}

const stormMs = 3_600_000;

/** What people must hear of a decision: that they are asked, or that nothing more will be done without them. */
function wordOf({ episode, policy, conclusion, run }: Thought): Word | undefined {
  const contacts = policy.spec.otherwise.escalate;
  if (run?.state === 'awaiting-approval') {
    const text = `${run.plan.title} on ${run.plan.targets.join(', ')} waits for ${run.approval?.needed ?? 1} to agree.`;
    return { key: `${run.id} approval`, contacts, kind: 'approval', text, episode, policy: policy.name, runId: run.id };
  }
  if (policy.mode === 'observe' || conclusion.kind !== 'refused') {
    return undefined;
  }
  const { name, detail } = conclusion.by;
  const common = { contacts, kind: 'escalation' as const, text: detail, episode, policy: policy.name, runId: null };
  switch (name) {
    case 'attempts':
      return { ...common, key: `${episode.id} ${policy.name} attempts` };
    case 'mass-failure':
      return { ...common, key: `${episode.id} ${policy.name} storm` };
    default:
      return undefined;
  }
}
