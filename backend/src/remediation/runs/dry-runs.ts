import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { DryRunReport, Plan, RunEvent } from '../../contract/remediation/run.ts';
import { messageOf } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { AutomationEngine, EngineEvent, EngineOutcome } from '../engines/automation-engine.ts';
import { taskOfPlan } from '../plans/planner.ts';

export interface DryRunDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: AuditLog;
}

const deadlineMs = 120_000;
const mostEvents = 1_000;

/** Asks an engine what a plan would change, and keeps that it was asked. Nothing is changed. */
export async function dryRun(
  deps: DryRunDeps,
  asked: { readonly engine: AutomationEngine; readonly plan: Plan; readonly episode: Episode; readonly actor: string },
  signal: AbortSignal
): Promise<DryRunReport> {
  const { engine, plan, episode, actor } = asked;
  const { clock, database, audit } = deps;
  const events: RunEvent[] = [];
  const event = (said: EngineEvent) => {
    if (events.length < mostEvents) {
      events.push({ ...said, seq: events.length + 1, atMs: clock.nowMs() });
    }
  };
  const task = taskOfPlan(plan, episode, { runId: `dry-${plan.hash.slice(0, 16)}-${clock.nowMs()}`, check: true });
  const listener = { started: async () => Promise.resolve(), event };
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const outcome = await engine
    .run(task, plan.digest, listener, deadline)
    .catch((error: unknown): EngineOutcome => ({ kind: 'failed', reason: messageOf(error), hosts: [] }));
  const ok = outcome.kind === 'ok';
  const reason = outcome.kind === 'ok' ? null : outcome.reason;
  await database.transaction().execute(async (db) => {
    const row = { digest: plan.digest, at_ms: clock.nowMs(), ok: ok ? 1 : 0, by: actor };
    await db
      .insertInto('dry_runs')
      .values({ plan_hash: plan.hash, ...row })
      .onConflict((conflict) => conflict.column('plan_hash').doUpdateSet(row))
      .execute();
    const data = { episodeId: episode.id, planHash: plan.hash, digest: plan.digest, ok, reason };
    await audit.append({ kind: 'plan.dry-run', subject: plan.policy, actor, data }, db);
  });
  return { planHash: plan.hash, ok, reason, events };
}
