import type { Clock } from '../../clock.ts';
import type { Page } from '../../contract/api.ts';
import type {
  ApprovalRequest,
  DryRunReport,
  EpisodeDetail,
  Run,
  RunDetail,
  RunEvent,
  RunListQuery,
  RunRequest,
} from '../../contract/remediation/run.ts';
import { AppError } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import { approvalFault } from '../guardrails/approval.ts';
import type { Planner } from '../plans/planner.ts';
import type { DecisionRepository } from './decision-repository.ts';
import { dryRun, type DryRunDeps } from './dry-runs.ts';
import { newRun } from './new-run.ts';
import type { Person } from './people.ts';
import { standing, type Proposer } from './proposer.ts';
import type { RunExecutor } from './run-executor.ts';
import type { RunLog } from './run-log.ts';
import { shownRun, type StoredRun } from './stored-run.ts';
import { releaseTargets } from './target-locks.ts';

export interface RunDeskDeps extends DryRunDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly decisions: DecisionRepository;
  readonly planner: Planner;
  readonly proposer: Proposer;
  readonly log: RunLog;
  readonly executor: RunExecutor;
  wake(): void;
}

/** What people do with runs: ask for one, agree, refuse, cancel, release. Each word is proved, counted once, and kept. */
export class RunDesk {
  readonly #deps: RunDeskDeps;
  /** Words are counted one after the other: two clicks at once are two words, not one twice. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(deps: RunDeskDeps) {
    this.#deps = deps;
  }

  async list(query: RunListQuery): Promise<Page<Run>> {
    const page = await this.#deps.log.repository.list(query);
    return { ...page, items: page.items.map(shownRun) };
  }

  /** @throws AppError `not_found` */
  async detail(id: string): Promise<RunDetail> {
    const run = await this.#find(id);
    const events = await this.#deps.log.repository.events(id);
    return { run: shownRun(run), episode: await this.#deps.proposer.episode(run.plan.episodeId), events };
  }

  /** Calls back for every run, as the API shows it. @returns a function that ends it */
  subscribe(
    listener: (
      message:
        | { readonly kind: 'run'; readonly run: Run }
        | { readonly kind: 'event'; readonly runId: string; readonly event: RunEvent }
    ) => void
  ): () => void {
    return this.#deps.log.subscribe((message) => {
      listener(message.kind === 'run' ? { kind: 'run', run: shownRun(message.run) } : message);
    });
  }

  async events(id: string, afterSeq: number): Promise<RunEvent[]> {
    return await this.#deps.log.repository.events(id, afterSeq);
  }

  /** @throws AppError `not_found` */
  async episode(id: string): Promise<EpisodeDetail> {
    const { decisions, log } = this.#deps;
    const runs = await log.repository.ofEpisode(id);
    return {
      episode: await this.#deps.proposer.episode(id),
      decisions: await decisions.ofEpisode(id),
      runs: runs.map(shownRun),
    };
  }

  /**
   * Asks for a run of exactly the plan that was shown. Whoever may run things agrees by asking, unless two must agree.
   * @throws AppError `conflict` when the plan is another one by now or a guard is against it, `not_found`
   */
  async request(request: RunRequest, person: Person, signal: AbortSignal): Promise<Run> {
    return await this.#inLine(async () => {
      const { policy, episode, plan, verdicts } = await this.#deps.proposer.shown(request, person, signal);
      const stop = standing(verdicts);
      if (stop !== undefined) {
        throw new AppError('conflict', `${stop.guard} ${stop.name}: ${stop.detail}`);
      }
      const { clock, database, log } = this.#deps;
      const runs = await log.repository.ofEpisode(episode.id);
      const attempt = 1 + runs.filter((run) => run.plan.policy === policy.name).length;
      const run = agreed(
        newRun({ plan, policy, verdicts, attempt, requestedBy: person.name, nowMs: clock.nowMs() }),
        person
      );
      const isNew = await database.transaction().execute((db) => log.create(run, person.name, db));
      if (!isNew) {
        throw new AppError('conflict', 'Another run of this policy was made for this alert just now: look at it.');
      }
      log.announce(run);
      this.#deps.wake();
      return shownRun(run);
    });
  }

  /** What the plan that was shown would change. @throws AppError as `request` */
  async dryRun(request: RunRequest, person: Person, signal: AbortSignal): Promise<DryRunReport> {
    const { plan, episode } = await this.#deps.proposer.shown(request, person, signal);
    const engine = this.#deps.planner.engine(plan.engine);
    return await dryRun(this.#deps, { engine, plan, episode, actor: person.name }, signal);
  }

  /** @throws AppError `conflict` naming why the word does not count, `not_found` */
  async decide(id: string, request: ApprovalRequest, person: Person, signal: AbortSignal): Promise<Run> {
    return await this.#inLine(async () => {
      const run = await this.#find(id);
      const { approval } = run;
      if (run.state !== 'awaiting-approval' || approval === null) {
        throw new AppError('conflict', `The run is ${run.state}: nobody is asked any more.`);
      }
      const policy = this.#deps.proposer.policy(run.plan.policy);
      const episode = await this.#deps.proposer.episode(run.plan.episodeId);
      const nowMs = this.#deps.clock.nowMs();
      const currentHash =
        request.decision === 'deny' ? run.plan.hash : (await this.#deps.planner.plan(policy, episode, signal)).hash;
      const hashes = { shownHash: request.planHash, plannedHash: run.plan.hash, currentHash };
      const fault = approvalFault({ approval, policy, by: person.name, decision: request.decision, ...hashes, nowMs });
      if (fault !== undefined) {
        throw new AppError('conflict', `It does not count: ${fault}.`);
      }
      const decision = request.decision === 'approve' ? ('approved' as const) : ('denied' as const);
      const counted = { ...person, by: person.name, decision, atMs: nowMs, reason: request.reason ?? null };
      return shownRun(await this.#count(run, counted));
    });
  }

  /** Ends a run, whatever it is at. @throws AppError `conflict` when it ended already */
  async cancel(id: string, person: Person): Promise<Run> {
    const run = await this.#find(id);
    const reason = `cancelled by ${person.name}`;
    const cancelled = await this.#deps.log.step(run, { step: 'cancelled', actor: person.name, reason });
    if (cancelled !== undefined) {
      return shownRun(cancelled);
    }
    if (!this.#deps.executor.cancel(id)) {
      throw new AppError('conflict', `The run is ${run.state}: there is nothing to cancel.`);
    }
    await this.#deps.log.note(id, { kind: 'note', host: null, text: `${person.name} cancels it` });
    return shownRun(await this.#find(id));
  }

  /** A person looked at targets whose state was not known, and frees them. @throws AppError `conflict` when none is held */
  async release(id: string, reason: string, person: Person): Promise<Run> {
    const run = await this.#find(id);
    if (run.state !== 'unknown') {
      throw new AppError('conflict', `The run is ${run.state}: it holds no target that a person could release.`);
    }
    const said = `${person.name} looked and released the target${reason === '' ? '' : `: ${reason}`}`;
    const released = await this.#deps.log.step(run, {
      step: 'not-recovered',
      actor: person.name,
      reason: said,
      together: (db) => releaseTargets(run.id, this.#deps.clock.nowMs(), db),
    });
    return shownRun(released ?? (await this.#find(id)));
  }

  async #count(
    run: StoredRun,
    word: {
      by: string;
      role: string;
      decision: 'approved' | 'denied';
      atMs: number;
      reason: string | null;
      via: string;
    }
  ): Promise<StoredRun> {
    const { log } = this.#deps;
    const { by, role, decision, atMs, reason, via } = word;
    const before = run.approval;
    if (before === null) {
      throw new Error('a run that asks nobody was decided on');
    }
    const approval = { ...before, decisions: [...before.decisions, { by, role, decision, atMs, reason, via }] };
    const patch = { approval: JSON.stringify(approval) };
    const data = { role, via, reason, planHash: run.plan.hash };
    const given = approval.decisions.filter((one) => one.decision === 'approved').length;
    const isLast = decision === 'denied' || given >= approval.needed;
    const counted = isLast
      ? await log.step(run, {
          step: decision,
          actor: by,
          reason: decision === 'denied' ? `${by} said no${reason === null ? '' : `: ${reason}`}` : null,
          patch,
          data,
        })
      : await log.amend(run, { kind: 'run.agreed', actor: by, patch, data });
    if (counted === undefined) {
      throw new AppError('conflict', 'The run was decided on just now: look at it.');
    }
    this.#deps.wake();
    return counted;
  }

  async #find(id: string): Promise<StoredRun> {
    const run = await this.#deps.log.repository.find(id);
    if (run === undefined) {
      throw new AppError('not_found', `run "${id}" does not exist`);
    }
    return run;
  }

  async #inLine<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#line.then(work);
    this.#line = turn.catch(() => undefined);
    return await turn;
  }
}

/** Who may run things and asks for one agrees to it; two must be two people. */
function agreed(run: StoredRun, person: Person): StoredRun {
  if (run.approval === null || run.approval.needed > 1) {
    return run;
  }
  const decision = { by: person.name, role: person.role, decision: 'approved' as const };
  const counted = { ...decision, atMs: run.createdAtMs, reason: null, via: person.via };
  return { ...run, state: 'queued', approval: { ...run.approval, decisions: [counted] } };
}
