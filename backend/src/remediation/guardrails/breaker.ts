import type { BreakerState } from '../../contract/remediation/policy.ts';
import type { GuardNumbers } from '../policies/policy.ts';

/** The circuit breaker of one policy. */
export interface Breaker {
  readonly state: BreakerState;
  /** When an open one lets one run try; null for the others. */
  readonly untilMs: number | null;
  /** How the last runs ended, newest last, at most ten: true for a verified recovery. */
  readonly history: readonly boolean[];
}

export const closedBreaker: Breaker = { state: 'closed', untilMs: null, history: [] };

/** What a breaker is told of. */
export type BreakerEvent =
  /** A run ended: `ok` is a verified recovery, and nothing else is. */
  | { readonly kind: 'run-ended'; readonly ok: boolean }
  /** A run that may start is the trial of an open breaker whose time is over. */
  | { readonly kind: 'run-started' }
  /** A person looked and closes it. */
  | { readonly kind: 'reset' };

const remembered = 10;

/**
 * The next state of a breaker. It opens after so many failures in a row, or when so large a share of the last ten
 * failed; once its time is over it is half-open: one run, and its outcome closes or opens it again.
 */
export function nextBreaker(
  breaker: Breaker,
  event: BreakerEvent,
  { failures, nowMs }: { readonly failures: GuardNumbers['failures']; readonly nowMs: number }
): Breaker {
  switch (event.kind) {
    case 'reset':
      return closedBreaker;
    case 'run-started':
      return isTrial(breaker, nowMs) ? { ...breaker, state: 'half-open', untilMs: null } : breaker;
    case 'run-ended': {
      const history = [...breaker.history, event.ok].slice(-remembered);
      if (event.ok && breaker.state === 'half-open') {
        return closedBreaker;
      }
      // A success that was under way when it opened proves nothing of what came after.
      const stays = breaker.state === 'open' && event.ok;
      if (stays) {
        return { ...breaker, history };
      }
      const opens = !event.ok && (breaker.state !== 'closed' || isTooMany(history, failures));
      return opens
        ? { state: 'open', untilMs: nowMs + failures.openMs, history }
        : { state: 'closed', untilMs: null, history };
    }
  }
}

/** Whether an open one may let one run try. */
export function isTrial({ state, untilMs }: Breaker, nowMs: number): boolean {
  return state === 'open' && nowMs >= (untilMs ?? 0);
}

function isTooMany(history: readonly boolean[], { inARow, ofLastTen }: GuardNumbers['failures']): boolean {
  const row = history.length - 1 - history.lastIndexOf(true);
  const failed = history.filter((ok) => !ok).length;
  // A share of a few runs says little: one of one is 100 %.
  return row >= inARow || (history.length === remembered && failed / remembered >= ofLastTen);
}
