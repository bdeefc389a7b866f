import type { VerificationReport } from '../../contract/remediation/run.ts';

/** What a metric that must not get worse was before the run, and at each look since; null where nothing is known. */
export interface GuardSeen {
  readonly query: string;
  /** Largest value of the looks before the run; null when there was none. */
  readonly before: number | null;
  readonly after: ReadonlyArray<number | null>;
}

const mostRise = 1.2;
/** A single spike rolls nothing back. */
const looksInARow = 3;

/**
 * Whether a metric rose by more than 20 % over what it was before the run, in the newest three looks each. `worse` is
 * null when it can't be told: unknown before, or unknown at the newest look.
 */
export function judgeGuard({ query, before, after }: GuardSeen): VerificationReport['guards'][number] {
  const newest = after.at(-1) ?? null;
  const last = after.slice(-looksInARow);
  if (before === null || newest === null) {
    return { query, before, after: newest, worse: null };
  }
  const worse = last.length === looksInARow && last.every((value) => value !== null && isWorse(before, value));
  return { query, before, after: newest, worse };
}

function isWorse(before: number, value: number): boolean {
  // a negative value grows towards zero
  return value > Math.max(before * mostRise, before);
}

/** Whether a metric that was known before the run is not known any more: no recovery is proven then. */
export function wentDark({ before, after }: VerificationReport['guards'][number]): boolean {
  return before !== null && after === null;
}
