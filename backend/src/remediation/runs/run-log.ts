import type { Updateable } from 'kysely';
import type { Clock } from '../../clock.ts';
import type { RunEvent } from '../../contract/remediation/run.ts';
import type { Database } from '../../store/database.ts';
import type { RunsTable } from '../../store/remediation-tables.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { RunRepository, type Connection } from './run-repository.ts';
import { isEnded, nextRunState, type RunStep } from './run-transition.ts';
import type { StoredRun } from './stored-run.ts';

export interface RunChange {
  readonly step: RunStep;
  readonly actor: string;
  /** One sentence for a person; null when the state says it all. */
  readonly reason: string | null;
  /** Columns beside the state. */
  readonly patch?: Updateable<RunsTable>;
  /** Facts for the audit. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** What must happen together with it or not at all. Throwing takes all of it back. */
  readonly together?: (db: Connection) => Promise<void>;
}

export type RunMessage =
  | { readonly kind: 'run'; readonly run: StoredRun }
  | { readonly kind: 'event'; readonly runId: string; readonly event: RunEvent };

export interface RunLogDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly audit: AuditLog;
}

const maxTextChars = 8_192;

/** The one place where a run changes: state, audit entry and event are one transaction, then listeners are told. */
export class RunLog {
  readonly repository: RunRepository;
  readonly #deps: RunLogDeps;
  readonly #listeners = new Set<(message: RunMessage) => void>();

  constructor(deps: RunLogDeps) {
    this.#deps = deps;
    this.repository = new RunRepository(deps.database);
  }

  /** @returns false when there is a run of this policy, episode and attempt already */
  async create(run: StoredRun, actor: string, db: Connection): Promise<boolean> {
    if (!(await this.repository.insert(run, db))) {
      return false;
    }
    const { policy, episodeId, hash, digest, targets } = run.plan;
    const data = { policy, episodeId, planHash: hash, digest, targets, state: run.state, attempt: run.attempt };
    await this.#deps.audit.append({ kind: 'run.planned', subject: run.id, actor, data }, db);
    await this.#event(run.id, { kind: 'state', host: null, text: run.state }, db);
    return true;
  }

  /** Tells listeners of a run whose creation was committed. */
  announce(run: StoredRun): void {
    this.#tell({ kind: 'run', run });
  }

  /**
   * Takes a step.
   * @returns the run as it is now; undefined when it was in no state for this step, or another one was faster
   */
  async step(run: StoredRun, change: RunChange): Promise<StoredRun | undefined> {
    const { database, clock, audit } = this.#deps;
    const state = nextRunState(run.state, change.step);
    if (state === undefined) {
      return undefined;
    }
    const nowMs = clock.nowMs();
    const ended = isEnded(state) ? { ended_at_ms: nowMs } : {};
    const patch = { ...ended, ...change.patch, state, state_reason: change.reason, updated_at_ms: nowMs };
    const events: RunEvent[] = [];
    const done = await database.transaction().execute(async (db) => {
      if (!(await this.repository.update(run.id, run.state, patch, db))) {
        return undefined;
      }
      await change.together?.(db);
      const data = { from: run.state, to: state, reason: change.reason, planHash: run.plan.hash, ...change.data };
      await audit.append({ kind: `run.${change.step}`, subject: run.id, actor: change.actor, data }, db);
      const text = change.reason === null ? state : `${state}: ${change.reason}`;
      events.push(await this.#event(run.id, { kind: 'state', host: null, text }, db));
      return await this.repository.find(run.id, db);
    });
    if (done !== undefined) {
      events.forEach((event) => this.#tell({ kind: 'event', runId: run.id, event }));
      this.#tell({ kind: 'run', run: done });
    }
    return done;
  }

  /** Changes facts of a run that stays in its state, such as the first of two approvals. */
  async amend(
    run: StoredRun,
    change: {
      readonly kind: string;
      readonly actor: string;
      readonly patch: Updateable<RunsTable>;
      readonly data: Readonly<Record<string, unknown>>;
    }
  ): Promise<StoredRun | undefined> {
    const { database, clock, audit } = this.#deps;
    const patch = { ...change.patch, updated_at_ms: clock.nowMs() };
    const amended = await database.transaction().execute(async (db) => {
      if (!(await this.repository.update(run.id, run.state, patch, db))) {
        return undefined;
      }
      await audit.append({ kind: change.kind, subject: run.id, actor: change.actor, data: change.data }, db);
      return await this.repository.find(run.id, db);
    });
    if (amended !== undefined) {
      this.announce(amended);
    }
    return amended;
  }

  /** Notes what an engine or a verification says while a run goes on. */
  async note(runId: string, event: Omit<RunEvent, 'seq' | 'atMs'>): Promise<void> {
    const noted = await this.#event(runId, event, this.#deps.database);
    this.#tell({ kind: 'event', runId, event: noted });
  }

  /** @returns a function that ends it */
  subscribe(listener: (message: RunMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #event(runId: string, event: Omit<RunEvent, 'seq' | 'atMs'>, db: Connection): Promise<RunEvent> {
    const noted = { ...event, text: event.text.slice(0, maxTextChars), atMs: this.#deps.clock.nowMs() };
    return { ...noted, seq: await this.repository.addEvent(runId, noted, db) };
  }

  #tell(message: RunMessage): void {
    for (const listener of this.#listeners) {
      listener(message);
    }
  }
}
