import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { VerificationReport } from '../../contract/remediation/run.ts';
import type { GuardVerdict } from '../../contract/remediation/verdict.ts';
import { AppError, messageOf } from '../../errors.ts';
import { conclude } from '../guardrails/decide.ts';
import type { KillSwitches } from '../controls/kill-switches.ts';
import type { AutomationEngine, EngineHandle, EngineOutcome, EngineTask } from '../engines/automation-engine.ts';
import { automaton } from './automaton.ts';
import type { RunConclusion } from './conclude-run.ts';
import { callEngine } from './engine-call.ts';
import type { RunLog } from './run-log.ts';
import type { StoredRun } from './stored-run.ts';
import type { Connection } from './run-repository.ts';
import { lockTargets, releaseTargets } from './target-locks.ts';

export interface RunExecutorDeps {
  readonly log: RunLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly switches: KillSwitches;
  /** @throws AppError `not_found` for an engine that the settings no longer have */
  engineOf(run: StoredRun): AutomationEngine;
  taskOf(run: StoredRun): Promise<EngineTask>;
  /** What takes a run back; undefined when nothing does, or the policy does not want it. */
  rollbackOf(run: StoredRun): Promise<EngineTask | undefined>;
  /** Every guard once more, with the facts of now; a changed playbook or policy refuses. */
  recheck(run: StoredRun, signal: AbortSignal): Promise<readonly GuardVerdict[]>;
  /** Says what the run would change and stores how that went. */
  dryRun(run: StoredRun, signal: AbortSignal): Promise<void>;
  /** The breaker of the policy hears that a run starts. */
  starting(run: StoredRun, db: Connection): Promise<void>;
  /** Undefined when the policy does not say how a recovery is told. */
  verify(run: StoredRun, signal: AbortSignal): Promise<VerificationReport | undefined>;
  conclude(run: StoredRun, conclusion: RunConclusion): Promise<StoredRun | undefined>;
  /** Whether a kill switch also ends what runs already. */
  readonly killRunning: boolean;
}

/** Something else holds the target: asked again later. */
class Busy extends Error {}

/** Takes queued runs to their end. What it does is written before it is done, so that a crash leaves no effect unknown. */
export class RunExecutor {
  readonly #deps: RunExecutorDeps;
  /** What cancels a run that is under way. */
  readonly #running = new Map<string, AbortController>();

  constructor(deps: RunExecutorDeps) {
    this.#deps = deps;
    deps.switches.subscribe(() => this.#killSwitched());
  }

  /** Ends a run under way by the ladder of its engine. @returns whether it was under way */
  cancel(runId: string): boolean {
    this.#running.get(runId)?.abort(new AppError('conflict', 'cancelled by a person'));
    return this.#running.has(runId);
  }

  /**
   * Carries a queued run through engine and verification, or goes on with a verification that a restart cut off.
   * @returns false when it must wait; it is still queued then
   */
  async carry(run: StoredRun, signal: AbortSignal): Promise<boolean> {
    if (this.#running.has(run.id)) {
      return true;
    }
    const control = new AbortController();
    this.#running.set(run.id, control);
    const both = AbortSignal.any([signal, control.signal]);
    try {
      const started = run.state === 'queued' ? await this.#start(run, both) : run;
      if (started === undefined) {
        return false;
      }
      if (started.state === 'verifying') {
        await this.#finish(started, signal, control.signal);
      }
      return true;
    } finally {
      this.#running.delete(run.id);
    }
  }

  /** @returns the run in its state after the engine; undefined when it must wait */
  async #start(run: StoredRun, signal: AbortSignal): Promise<StoredRun | undefined> {
    const verdicts = await this.#verdicts(run, signal);
    const patch = { verdicts: JSON.stringify(verdicts) };
    const stop = conclude(verdicts);
    if (stop.kind === 'refused') {
      return await this.#deps.log.step(run, { step: 'refused', actor: automaton, reason: stop.by.detail, patch });
    }
    if (stop.kind === 'waiting') {
      return undefined;
    }
    const intended = await this.#intend(run, patch);
    return intended && (await this.#engage(intended, signal));
  }

  /** What the guards say at the start; when all that is missing is a dry run, it is made first. */
  async #verdicts(run: StoredRun, signal: AbortSignal): Promise<readonly GuardVerdict[]> {
    const verdicts = await this.#deps.recheck(run, signal);
    const stop = conclude(verdicts);
    const missing = verdicts.filter(({ outcome }) => outcome !== 'pass');
    if (stop.kind !== 'waiting' || missing.length !== 1 || stop.on.name !== 'dry-run') {
      return verdicts;
    }
    await this.#deps.dryRun(run, signal);
    return await this.#deps.recheck(run, signal);
  }

  /** Writes that it will start, and takes the targets; undefined when another run has one of them or a switch is on. */
  async #intend(run: StoredRun, patch: { readonly verdicts: string }): Promise<StoredRun | undefined> {
    const { log, clock, switches } = this.#deps;
    const nowMs = clock.nowMs();
    try {
      return await log.step(run, {
        step: 'intended',
        actor: automaton,
        reason: null,
        patch: { ...patch, started_at_ms: nowMs },
        together: async (db) => {
          if (switches.stopping(run.plan.policy, run.plan.targets) !== undefined) {
            throw new Busy('a kill switch is on');
          }
          const holder = await lockTargets({ targets: run.plan.targets, runId: run.id, nowMs }, db);
          if (holder !== undefined) {
            throw new Busy(`run ${holder} has the target`);
          }
          await this.#deps.starting(run, db);
        },
      });
    } catch (error) {
      if (error instanceof Busy) {
        return undefined;
      }
      throw error;
    }
  }

  async #engage(run: StoredRun, signal: AbortSignal): Promise<StoredRun | undefined> {
    const { log, logger, clock } = this.#deps;
    let current = run;
    const started = async (handle: EngineHandle) => {
      const patch = { handle: JSON.stringify(handle) };
      current = (await log.step(current, { step: 'started', actor: automaton, reason: null, patch })) ?? current;
    };
    let outcome: EngineOutcome;
    try {
      const call = { engine: this.#deps.engineOf(run), task: await this.#deps.taskOf(run), started };
      outcome = await callEngine({ log, logger }, { ...call, digest: run.plan.digest, runId: run.id }, signal);
    } catch (error) {
      if (current.state === 'starting') {
        return await this.#neverStarted(current, messageOf(error));
      }
      // An engine that breaks its word after it began leaves an effect that nobody knows.
      outcome = { kind: 'unknown', reason: messageOf(error), hosts: [] };
    }
    return await log.step(current, {
      step: 'engine-ended',
      actor: automaton,
      reason: outcome.kind === 'ok' ? null : outcome.reason,
      patch: { engine_ended_at_ms: clock.nowMs(), engine_outcome: outcome.kind },
      data: { outcome: outcome.kind, hosts: outcome.hosts },
    });
  }

  async #neverStarted(run: StoredRun, reason: string): Promise<StoredRun | undefined> {
    return await this.#deps.log.step(run, {
      step: 'not-started',
      actor: automaton,
      reason,
      together: (db) => releaseTargets(run.id, this.#deps.clock.nowMs(), db),
    });
  }

  /**
   * Verifies, rolls back when that is what follows, and ends the run. A stop of the backend leaves it verifying; a person
   * who cancelled, or a kill switch, keeps the rollback from starting: it is an effect as any other.
   */
  async #finish(run: StoredRun, signal: AbortSignal, cancelled: AbortSignal): Promise<void> {
    const report = run.engineOutcome === 'failed' ? undefined : await this.#deps.verify(run, signal);
    signal.throwIfAborted();
    const helped = report?.outcome === 'recovered';
    const failed = run.engineOutcome === 'failed' || report?.outcome === 'not-recovered' || report?.outcome === 'worse';
    // A rollback over an unknown effect may do harm of its own: that is for a person.
    const known = run.engineOutcome !== 'unknown' && run.engineOutcome !== null;
    const stopped = cancelled.aborted || this.#deps.switches.stopping(run.plan.policy, run.plan.targets) !== undefined;
    const undo = !helped && failed && known && !stopped;
    const rolled = undo ? await this.#rollBack(run, AbortSignal.any([signal, cancelled])) : undefined;
    await this.#deps.conclude(rolled?.run ?? run, { report, rollback: rolled?.outcome });
  }

  async #rollBack(
    run: StoredRun,
    signal: AbortSignal
  ): Promise<{ readonly run: StoredRun; readonly outcome: EngineOutcome } | undefined> {
    const { log, logger } = this.#deps;
    const task = await this.#deps.rollbackOf(run);
    if (task === undefined) {
      return undefined;
    }
    const reason = `rolling back with ${task.action}`;
    const current = await log.step(run, { step: 'rollback', actor: automaton, reason, data: { action: task.action } });
    if (current === undefined) {
      return undefined;
    }
    const engine = this.#deps.engineOf(run);
    try {
      const { digest } = await engine.prepare(task, signal);
      const call = { engine, task, digest, runId: run.id, started: async () => Promise.resolve() };
      return { run: current, outcome: await callEngine({ log, logger }, call, signal) };
    } catch (error) {
      return { run: current, outcome: { kind: 'failed', reason: messageOf(error), hosts: [] } };
    }
  }

  #killSwitched(): void {
    const global = this.#deps.switches.active().some(({ scope }) => scope === 'global');
    if (this.#deps.killRunning && global) {
      for (const control of this.#running.values()) {
        control.abort(new AppError('conflict', 'a kill switch was turned on'));
      }
    }
  }
}
