import type { KillSwitch } from '../../contract/remediation/control.ts';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { Approval } from '../../contract/remediation/run.ts';
import type { Tier } from '../engines/automation-engine.ts';
import type { Policy } from '../policies/policy.ts';
import type { TargetResolution } from '../policies/target.ts';
import type { Breaker } from './breaker.ts';

/** A run of the store, as far as guards look at it. */
export interface PastRun {
  readonly id: string;
  readonly policy: string;
  readonly episodeId: string;
  readonly group: string;
  readonly targets: readonly string[];
  readonly createdAtMs: number;
  /** When the engine was called; null: nothing was touched (yet). */
  readonly startedAtMs: number | null;
  /** Null while it is open, in whatever state. */
  readonly endedAtMs: number | null;
}

/** Another pair of policy and open episode that would act on the same target. */
export interface Rival {
  readonly policy: Pick<Policy, 'name' | 'mode' | 'priority' | 'guard'>;
  readonly episodeId: string;
  readonly openedAtMs: number;
}

/** One of the policy's calendars at this instant. */
export interface CalendarNow {
  readonly name: string;
  /** What is on; null when nothing is. */
  readonly on: { readonly name: string; readonly endMs: number } | null;
  /** Why it can't be said; null when it can. */
  readonly fault: string | null;
}

/** Whether people silenced the alert, or all of the target, at the Alertmanagers. */
export type SilenceNow =
  | { readonly kind: 'none' }
  | { readonly kind: 'silenced'; readonly by: string; readonly comment: string; readonly endsAtMs: number }
  | { readonly kind: 'unknown'; readonly reason: string };

/** One episode of a member of the group, whatever alert it is. */
export interface GroupFailure {
  readonly target: string;
  readonly openedAtMs: number;
  /** Null while it is open. */
  readonly closedAtMs: number | null;
}

/** What the policy's `minHealthy` queries said just now; `not-asked` counts as no data. */
export type HealthyNow =
  | { readonly kind: 'measured'; readonly healthy: number | null; readonly of: number | null }
  | { readonly kind: 'not-asked' };

export interface TargetLock {
  readonly target: string;
  readonly runId: string;
  readonly untilMs: number;
  /** The effect of its run is not known: kept until a check or a person clears it. */
  readonly blocked: boolean;
}

/** What a dry run of exactly this plan said. */
export interface DryRunNow {
  /** Whether a run of this digest of the playbook went through before. */
  readonly digestKnown: boolean;
  readonly outcome: 'none' | 'ok' | 'failed';
}

/**
 * Everything that the decision about one policy and one episode rests on. At start it is gathered anew: what was true
 * when the run was planned need not be true any more.
 */
export interface DecisionInput {
  readonly policy: Policy;
  readonly episode: Episode;
  /** Of `targetOf`. */
  readonly target: TargetResolution;
  readonly tier: Tier;
  readonly nowMs: number;
  /** `decide`: shall there be a run? `start`: may this one be handed to the engine now? */
  readonly phase: 'decide' | 'start';
  /** The run that is decided about: it does not stand in its own way. Null before there is one. */
  readonly runId: string | null;
  /** The person who asked for it; null when the policy did. */
  readonly requestedBy: string | null;
  /** Those that are on. */
  readonly killSwitches: ReadonlyArray<Pick<KillSwitch, 'scope' | 'name' | 'by' | 'reason'>>;
  /**
   * All open runs, all of this episode, and those of any policy and group that were created, started or ended in the
   * last `lookbackMs(policy)`.
   */
  readonly runs: readonly PastRun[];
  /** Pairs of policy and open episode, this one apart, whose target is the same. */
  readonly rivals: readonly Rival[];
  /** One for each name in `guard.calendars`; a calendar that does not exist has a fault. */
  readonly calendars: readonly CalendarNow[];
  readonly silence: SilenceNow;
  /** Instants within the last day at which episodes of this fingerprint opened, this one included, in any order. */
  readonly opensMs: readonly number[];
  /** Episodes that were open within the last hour and whose host (`hostOf`) is a member of the group. */
  readonly groupFailures: readonly GroupFailure[];
  /** Alerts that the source cut off its messages (`truncatedAlerts`) within the last hour: they count as failures. */
  readonly hiddenFailures: number;
  readonly healthy: HealthyNow;
  readonly breaker: Breaker;
  /** Locks on the targets. */
  readonly locks: readonly TargetLock[];
  /** Hosts of this backend, its store, its metric sources and Grafana, by each name and address that is known. */
  readonly selfHosts: ReadonlySet<string>;
  readonly limits: GlobalLimits;
  readonly dryRun: DryRunNow;
  /** Null when nobody was asked. */
  readonly approval: Approval | null;
  /** Hash of the plan that was shown and approved; null before there is one. */
  readonly plannedHash: string | null;
  /** Hash of the plan as it would be made now. */
  readonly currentHash: string | null;
}

/** Limits over all policies and groups: whatever goes wrong in the rules, it stays this small. */
export interface GlobalLimits {
  /** Most targets that are acted on within an hour. */
  readonly targetsPerHour: number;
  /** Most runs at once. */
  readonly atOnce: number;
}

export const usualLimits: GlobalLimits = { targetsPerHour: 10, atOnce: 5 };

/** After a mass failure is over. */
export const rearmMs = 900_000;
/** Alerts on one target that come within this time have one cause. */
export const correlationMs = 60_000;
/** A clock of a source that is further ahead is wrong. */
export const futureMs = 900_000;

const dayMs = 86_400_000;

/** How far back the guards of a policy look at runs: a day, since an alert that keeps coming back is one outage. */
export function lookbackMs({ guard }: Pick<Policy, 'guard'>): number {
  return Math.max(dayMs, guard.relapseMs, guard.cooldownMs, guard.targets.perMs);
}
