import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { messageOf } from '../../errors.ts';
import type { AutomationEngine } from '../engines/automation-engine.ts';
import { automaton } from './automaton.ts';
import type { RunConclusion } from './conclude-run.ts';
import type { RunLog } from './run-log.ts';
import type { StoredRun } from './stored-run.ts';

export interface RecoverDeps {
  readonly log: RunLog;
  readonly clock: Clock;
  readonly logger: Logger;
  engineOf(run: StoredRun): AutomationEngine;
  conclude(run: StoredRun, conclusion: RunConclusion): Promise<StoredRun | undefined>;
}

const cutOff = 'The backend ended while the run was at work: what it did is not known.';

/**
 * Runs that an earlier process left in the hands of an engine: what still runs is ended, and nothing is started again.
 * A verification says what became of them; without one they stay unknown and keep their targets.
 */
export async function recoverRuns(deps: RecoverDeps): Promise<void> {
  for (const run of await deps.log.repository.open(['starting', 'running', 'rolling-back'])) {
    await reap(deps, run);
    deps.logger.warn({ runId: run.id, state: run.state }, 'a run was cut off when the program last ended');
    if (run.state === 'rolling-back') {
      await deps.conclude(run, { report: undefined, rollback: { kind: 'unknown', reason: cutOff, hosts: [] } });
      continue;
    }
    await deps.log.step(run, {
      step: 'engine-ended',
      actor: automaton,
      reason: cutOff,
      patch: { engine_ended_at_ms: deps.clock.nowMs(), engine_outcome: 'unknown' },
      data: { outcome: 'unknown' },
    });
  }
}

async function reap(deps: RecoverDeps, run: StoredRun): Promise<void> {
  if (run.handle === null) {
    return;
  }
  try {
    const alive = await deps.engineOf(run).reap(run.handle);
    if (alive) {
      await deps.log.note(run.id, { kind: 'note', host: null, text: 'What was left of the run was ended.' });
    }
  } catch (error) {
    // The run is marked unknown all the same: its targets stay locked.
    deps.logger.warn({ runId: run.id, error: messageOf(error) }, 'what a run left behind could not be looked for');
  }
}
