import type { GuardVerdict } from '../../contract/remediation/verdict.ts';
import { judgeApproval } from './approval.ts';
import { judgeBlastRadius, judgeGlobalRadius } from './blast-radius.ts';
import { judgeBreaker } from './breaker-guard.ts';
import type { DecisionInput } from './decision-input.ts';
import { judgeDependencies } from './dependency-guard.ts';
import { judgeDryRun } from './dry-run.ts';
import { judgeCorrelation, judgeDuplicate } from './duplicate-guards.ts';
import { judgeConcurrency, judgeExclusion } from './exclusion-guards.ts';
import type { Guard } from './guard-verdict.ts';
import { judgeMassFailure } from './mass-failure.ts';
import { judgeMinHealthy } from './min-healthy.ts';
import { judgeCalendars, judgeSilence } from './quiet-times.ts';
import { judgeAttempts, judgeCooldown, judgeFlap } from './rest-guards.ts';
import { judgeAbsence, judgeAge, judgeFiring, judgeLasting, judgeOrigin, judgeSource } from './source-guards.ts';
import { judgeKillSwitch, judgeMode } from './switch-and-mode.ts';
import { judgeSelf, judgeTarget } from './target-guards.ts';

/** In the order in which they are asked: the first that refuses is the reason that people read. */
export const guards: readonly Guard[] = [
  { id: 'G19', name: 'kill-switch', judge: judgeKillSwitch },
  { id: 'S1', name: 'source', judge: judgeSource },
  { id: 'G12', name: 'mode', judge: judgeMode },
  { id: 'G22', name: 'absence', judge: judgeAbsence },
  { id: 'S2', name: 'own-alert', judge: judgeOrigin },
  { id: 'S3', name: 'firing', judge: judgeFiring },
  { id: 'S4', name: 'age', judge: judgeAge },
  { id: 'S5', name: 'lasting', judge: judgeLasting },
  { id: 'G1', name: 'duplicate', judge: judgeDuplicate },
  { id: 'G14', name: 'calendar', judge: judgeCalendars },
  { id: 'G14', name: 'silence', judge: judgeSilence },
  { id: 'T1', name: 'target', judge: judgeTarget },
  { id: 'G21', name: 'self', judge: judgeSelf },
  { id: 'G2', name: 'correlation', judge: judgeCorrelation },
  { id: 'G10', name: 'flap', judge: judgeFlap },
  { id: 'G3', name: 'cooldown', judge: judgeCooldown },
  { id: 'G4', name: 'attempts', judge: judgeAttempts },
  { id: 'G11', name: 'breaker', judge: judgeBreaker },
  { id: 'G20', name: 'dependency', judge: judgeDependencies },
  { id: 'G8', name: 'mass-failure', judge: judgeMassFailure },
  { id: 'G7', name: 'blast-radius', judge: judgeBlastRadius },
  { id: 'G7', name: 'global-radius', judge: judgeGlobalRadius },
  { id: 'G9', name: 'min-healthy', judge: judgeMinHealthy },
  { id: 'G6', name: 'concurrency', judge: judgeConcurrency },
  { id: 'G5', name: 'exclusion', judge: judgeExclusion },
  { id: 'G15', name: 'dry-run', judge: judgeDryRun },
  { id: 'G13', name: 'approval', judge: judgeApproval },
];

/**
 * What every guardrail says of one policy and one episode at one instant: pure, the same when a run is thought of and
 * when it is about to start.
 * @returns a verdict of each guard, in the order of `guards`
 */
export function decide(input: DecisionInput): GuardVerdict[] {
  return guards.map(({ id, name, judge }) => {
    const { outcome, detail, numbers } = judge(input);
    return { guard: id, name, outcome, detail, numbers };
  });
}

/** What follows from all verdicts together. */
export type Conclusion =
  | { readonly kind: 'allowed' }
  /** `by` is the first guard that refuses. */
  | { readonly kind: 'refused'; readonly by: GuardVerdict }
  /** Nothing refuses; `on` is the first that waits, `untilMs` when all that can say so are over, null when none can. */
  | { readonly kind: 'waiting'; readonly on: GuardVerdict; readonly untilMs: number | null };

/** A refusal counts before a wait: what may never start need not be waited for. */
export function conclude(verdicts: readonly GuardVerdict[]): Conclusion {
  const refusal = verdicts.find(({ outcome }) => outcome === 'refuse');
  if (refusal !== undefined) {
    return { kind: 'refused', by: refusal };
  }
  const waits = verdicts.filter(({ outcome }) => outcome === 'wait');
  const [first] = waits;
  if (first === undefined) {
    return { kind: 'allowed' };
  }
  const ends = waits.map(({ numbers }) => numbers['untilMs']).filter((end) => typeof end === 'number');
  return { kind: 'waiting', on: first, untilMs: ends.length === 0 ? null : Math.max(...ends) };
}
