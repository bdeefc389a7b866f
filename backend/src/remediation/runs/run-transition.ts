import type { RunState } from '../../contract/remediation/run.ts';

/** What can happen to a run. */
export type RunStep =
  | 'approved'
  | 'denied'
  | 'expired'
  | 'cancelled'
  | 'refused'
  /** The intent is written; only then is the engine called. */
  | 'intended'
  | 'started'
  /** The engine never began. */
  | 'not-started'
  /** The engine ended, well or not, or was cut off: what it came to is for the verification to say. */
  | 'engine-ended'
  | 'recovered'
  | 'not-recovered'
  | 'inconclusive'
  | 'rollback'
  | 'lost';

const steps: Readonly<Record<RunState, Partial<Record<RunStep, RunState>>>> = {
  'awaiting-approval': {
    approved: 'queued',
    denied: 'denied',
    expired: 'expired',
    cancelled: 'cancelled',
    refused: 'refused',
  },
  queued: { intended: 'starting', refused: 'refused', expired: 'expired', cancelled: 'cancelled' },
  starting: { started: 'running', 'not-started': 'refused', 'engine-ended': 'verifying', lost: 'unknown' },
  running: { 'engine-ended': 'verifying', lost: 'unknown' },
  verifying: {
    recovered: 'verified',
    'not-recovered': 'failed',
    inconclusive: 'inconclusive',
    rollback: 'rolling-back',
    lost: 'unknown',
  },
  'rolling-back': { 'not-recovered': 'failed', lost: 'unknown' },
  // An unknown effect is cleared by a person, or by a verification that could be made after all.
  unknown: { recovered: 'verified', 'not-recovered': 'failed' },
  verified: {},
  failed: {},
  inconclusive: {},
  refused: {},
  denied: {},
  expired: {},
  cancelled: {},
};

/** The state after a step; undefined when the step can't happen there, and nothing may be done for it. */
export function nextRunState(state: RunState, step: RunStep): RunState | undefined {
  return steps[state][step];
}

/** Whether nothing more happens to a run by itself. */
export function isEnded(state: RunState): boolean {
  return state === 'unknown' || Object.keys(steps[state]).length === 0;
}
