import type { Logger } from 'pino';
import { messageOf } from '../../errors.ts';
import type {
  AutomationEngine,
  EngineEvent,
  EngineHandle,
  EngineOutcome,
  EngineTask,
} from '../engines/automation-engine.ts';
import type { RunLog } from './run-log.ts';

export interface EngineCall {
  readonly engine: AutomationEngine;
  readonly task: EngineTask;
  readonly digest: string;
  /** Run that the events belong to. */
  readonly runId: string;
  started(handle: EngineHandle): Promise<void>;
}

/**
 * Calls an engine and stores what it says, in order, before the outcome is handed on.
 * @throws what the engine throws: nothing was started then
 */
export async function callEngine(
  deps: { readonly log: RunLog; readonly logger: Logger },
  call: EngineCall,
  signal: AbortSignal
): Promise<EngineOutcome> {
  const { engine, task, digest, runId } = call;
  let stored: Promise<void> = Promise.resolve();
  const store = async (event: EngineEvent) => {
    await deps.log.note(runId, event).catch((error: unknown) => {
      deps.logger.warn({ runId, error: messageOf(error) }, 'an event of a run could not be stored');
    });
  };
  const listener = {
    started: (handle: EngineHandle) => call.started(handle),
    event: (event: EngineEvent) => {
      stored = stored.then(() => store(event));
    },
  };
  const outcome = await engine.run(task, digest, listener, signal);
  await stored;
  return outcome;
}
