import { z } from 'zod';
import { Approval, Plan, Run, VerificationReport } from '../../contract/remediation/run.ts';
import { GuardVerdict } from '../../contract/remediation/verdict.ts';
import type { RunsTable } from '../../store/remediation-tables.ts';
import type { EngineHandle, EngineOutcome } from '../engines/automation-engine.ts';

/** A run with what only the backend needs of it. */
export interface StoredRun extends Run {
  readonly handle: EngineHandle | null;
  /** How the engine ended; null before that, and when a crash kept it from being known. */
  readonly engineOutcome: EngineOutcome['kind'] | null;
}

const Handle = z.record(z.string(), z.union([z.string(), z.number()]));
const OutcomeKind = z.enum(['ok', 'failed', 'unknown']);

function parsed<T>(schema: z.ZodType<T>, text: string | null): T | null {
  return text === null ? null : schema.parse(JSON.parse(text));
}

/** @param blocksTarget whether the run holds a lock although it ended */
export function runOf(row: RunsTable, blocksTarget: boolean): StoredRun {
  return {
    id: row.id,
    plan: Plan.parse(JSON.parse(row.plan)),
    mode: Run.shape.mode.parse(row.mode),
    state: Run.shape.state.parse(row.state),
    stateReason: row.state_reason,
    attempt: row.attempt,
    verdicts: z.array(GuardVerdict).parse(JSON.parse(row.verdicts)),
    approval: parsed(Approval, row.approval),
    createdAtMs: row.created_at_ms,
    startedAtMs: row.started_at_ms,
    engineEndedAtMs: row.engine_ended_at_ms,
    endedAtMs: row.ended_at_ms,
    verification: parsed(VerificationReport, row.verification),
    blocksTarget,
    handle: parsed(Handle, row.handle),
    engineOutcome: OutcomeKind.nullable().parse(row.engine_outcome),
  };
}

/** What the API shows of it. */
export function shownRun({ handle: _handle, engineOutcome: _outcome, ...run }: StoredRun): Run {
  return run;
}
