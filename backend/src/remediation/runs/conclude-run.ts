import type { VerificationReport } from '../../contract/remediation/run.ts';
import type { EngineOutcome } from '../engines/automation-engine.ts';
import type { Connection } from './run-repository.ts';
import { automaton } from './automaton.ts';
import { proofOf } from '../verification/proof.ts';
import type { RunLog } from './run-log.ts';
import type { RunStep } from './run-transition.ts';
import type { StoredRun } from './stored-run.ts';
import { blockTargets, releaseTargets } from './target-locks.ts';

/** What a run came to once engine, verification and rollback have spoken. */
export interface RunConclusion {
  /** Undefined when the policy has no verification, or when there was nothing to verify. */
  readonly report: VerificationReport | undefined;
  /** Undefined when nothing was rolled back. */
  readonly rollback: EngineOutcome | undefined;
}

export interface ConcludeDeps {
  readonly log: RunLog;
  readonly nowMs: () => number;
  /** Breaker of the policy, next look at the episode, word to people: in the transaction of the end. */
  afterwards(run: StoredRun, end: RunEnd, db: Connection): Promise<void>;
}

/** How a run ends, in words. */
export interface RunEnd {
  readonly step: RunStep;
  /** One sentence for a person. */
  readonly reason: string;
  /** Whether its targets stay locked: nobody knows what was done to them. */
  readonly blocks: boolean;
}

/** What follows from what is known: only a recovery that was seen is a success, and what is not known blocks. */
export function endOf(run: Pick<StoredRun, 'engineOutcome' | 'stateReason'>, conclusion: RunConclusion): RunEnd {
  const { report, rollback } = conclusion;
  if (report?.outcome === 'recovered') {
    return { step: 'recovered', reason: report.summary, blocks: false };
  }
  const unknown = run.engineOutcome !== 'ok' && run.engineOutcome !== 'failed';
  if (unknown || rollback?.kind === 'unknown') {
    const cause = rollback?.kind === 'unknown' ? `the rollback: ${rollback.reason}` : (run.stateReason ?? 'the run');
    const reason = `Nobody knows what was done (${cause}). Look at the targets, then release them.`;
    return { step: 'lost', reason, blocks: true };
  }
  const undone = undoneOf(rollback);
  if (run.engineOutcome === 'failed') {
    return { step: 'not-recovered', reason: `${run.stateReason ?? 'The engine failed.'}${undone}`, blocks: false };
  }
  if (report === undefined) {
    const reason = 'The policy does not say how a recovery is told: look whether it helped.';
    return { step: 'inconclusive', reason, blocks: false };
  }
  const step = report.outcome === 'inconclusive' ? 'inconclusive' : 'not-recovered';
  return { step, reason: `${report.summary}${undone}`, blocks: false };
}

function undoneOf(rollback: EngineOutcome | undefined): string {
  if (rollback === undefined) {
    return '';
  }
  return rollback.kind === 'ok'
    ? ' It was rolled back.'
    : ` The rollback failed too: ${rollback.kind === 'failed' ? rollback.reason : ''}`;
}

/** Ends a run: state, locks, breaker and word to people in one transaction. */
export async function concludeRun(
  deps: ConcludeDeps,
  run: StoredRun,
  conclusion: RunConclusion
): Promise<StoredRun | undefined> {
  const { report } = conclusion;
  const end = endOf(run, conclusion);
  return await deps.log.step(run, {
    step: end.step,
    actor: automaton,
    reason: end.reason,
    patch: report === undefined ? {} : { verification: JSON.stringify(report) },
    data: {
      verification: report === undefined ? null : proofOf(report),
      rollback: conclusion.rollback?.kind ?? null,
    },
    together: async (db) => {
      await (end.blocks ? blockTargets(run.id, db) : releaseTargets(run.id, deps.nowMs(), db));
      await deps.afterwards(run, end, db);
    },
  });
}
