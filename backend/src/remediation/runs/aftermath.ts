import type { Clock } from '../../clock.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EpisodeRepository } from '../episodes/episode-repository.ts';
import type { BreakerEvent } from '../guardrails/breaker.ts';
import type { Policy } from '../policies/policy.ts';
import { automaton } from './automaton.ts';
import { turnBreaker } from './breaker-repository.ts';
import type { RunEnd } from './conclude-run.ts';
import type { Word } from './people.ts';
import type { Connection } from './run-repository.ts';
import type { StoredRun } from './stored-run.ts';

export interface AftermathDeps {
  readonly clock: Clock;
  readonly audit: AuditLog;
  policies(): readonly Policy[];
  tell(word: Word, db: Connection): Promise<void>;
}

/** Turns the breaker of a run's policy, and says so in the audit when it changed its state. */
async function turn(deps: AftermathDeps, run: StoredRun, event: BreakerEvent, db: Connection): Promise<void> {
  const policy = deps.policies().find(({ name }) => name === run.plan.policy);
  if (policy === undefined) {
    return;
  }
  const { failures } = policy.guard;
  const { before, now } = await turnBreaker({ policy: policy.name, event, failures, nowMs: deps.clock.nowMs() }, db);
  if (before.state !== now.state) {
    const data = { from: before.state, to: now.state, untilMs: now.untilMs, runId: run.id };
    await deps.audit.append({ kind: `breaker.${now.state}`, subject: policy.name, actor: automaton, data }, db);
  }
}

/** What belongs to the start of a run. */
export function startOfRun(deps: AftermathDeps) {
  return async (run: StoredRun, db: Connection): Promise<void> => {
    await turn(deps, run, { kind: 'run-started' }, db);
  };
}

/** What belongs to the end of a run: the breaker, a word to people when it did not help, another look at the alert. */
export function afterRun(deps: AftermathDeps & { readonly episodes: EpisodeRepository }) {
  return async (run: StoredRun, end: RunEnd, db: Connection): Promise<void> => {
    await turn(deps, run, { kind: 'run-ended', ok: end.step === 'recovered' }, db);
    if (end.step === 'recovered') {
      return;
    }
    const episode = await deps.episodes.get(run.plan.episodeId, db);
    if (episode === undefined) {
      return;
    }
    const policy = deps.policies().find(({ name }) => name === run.plan.policy);
    const contacts = policy?.spec.otherwise.escalate ?? [];
    const text = `${run.plan.title} on ${run.plan.targets.join(', ')} did not help. ${end.reason}`;
    const word = { key: `${run.id} ${end.step}`, contacts, kind: 'escalation' as const, text };
    await deps.tell({ ...word, episode, policy: run.plan.policy, runId: run.id }, db);
    // The next rung, or the next attempt: the guards say whether there is one.
    if (end.step === 'not-recovered' && episode.closedAtMs === null) {
      await db.updateTable('episodes').set({ undecided: 1 }).where('id', '=', episode.id).execute();
    }
  };
}
