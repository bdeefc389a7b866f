import { parseDurationMs } from '../../contract/duration.ts';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { PolicyMode, PolicySpec } from '../../contract/remediation/policy.ts';
import { fitsAll, parseMatcher, type Matcher } from './matcher.ts';

/** What makes a policy think of acting, ready to be asked. */
export type Trigger =
  | { readonly kind: 'alert'; readonly matchers: readonly Matcher[] }
  | {
      readonly kind: 'detection';
      readonly job: string;
      readonly detection: string | undefined;
      readonly leastScore: number;
      /** How long it must have lasted; a guard waits for that. */
      readonly forMs: number;
    }
  | {
      readonly kind: 'forecast';
      readonly job: string;
      readonly withinMs: number;
      /** 0..1 */
      readonly leastProbability: number;
    };

/** The numbers of the guardrails: times in milliseconds, shares 0..1. */
export interface GuardNumbers {
  readonly cooldownMs: number;
  readonly attempts: number;
  readonly relapseMs: number;
  readonly targets: { readonly atMost: number; readonly share: number; readonly perMs: number };
  readonly massFailure: { readonly share: number; readonly atLeast: number; readonly withinMs: number };
  /** Least healthy share; undefined: nothing is asked. */
  readonly minHealthyShare: number | undefined;
  readonly failures: { readonly inARow: number; readonly ofLastTen: number; readonly openMs: number };
  readonly flap: { readonly atMost: number; readonly perMs: number };
  readonly atOnce: { readonly policy: number; readonly group: number };
  readonly maxAgeMs: number;
  readonly onAbsence: boolean;
}

/** A policy that was checked and made ready: durations in milliseconds, matchers compiled. */
export interface Policy {
  readonly name: string;
  readonly mode: PolicyMode;
  readonly priority: number;
  readonly spec: PolicySpec;
  /** Grows with each change; 0 for one that is only tried. */
  readonly version: number;
  /** Who wrote this version: nobody may approve what they made possible themselves. */
  readonly editedBy: string;
  readonly trigger: Trigger;
  readonly guard: GuardNumbers;
  readonly approveWithinMs: number;
}

/** Label by which alerts of our own are known, and the source of our detections. */
export const ownOrigin = 'aiops';

/**
 * Makes a policy ready.
 * @param spec as its schema answers it
 * @throws AppError `invalid_request` when a matcher can't be read
 */
export function resolvePolicy(
  spec: PolicySpec,
  record: { readonly version: number; readonly editedBy: string } = { version: 0, editedBy: '' }
): Policy {
  return {
    name: spec.name,
    mode: spec.mode,
    priority: spec.priority,
    spec,
    version: record.version,
    editedBy: record.editedBy,
    trigger: triggerOf(spec.when),
    guard: numbersOf(spec.guard),
    approveWithinMs: durationMs(spec.approve.within),
  };
}

/** Whether an episode is one that the policy is for: source and trigger fit. Says nothing of whether it may act. */
export function matchPolicy(policy: Policy, episode: Episode): boolean {
  const { sources } = policy.spec;
  if (sources.length > 0 && !sources.includes(episode.source)) {
    return false;
  }
  const { trigger } = policy;
  switch (trigger.kind) {
    case 'alert':
      return fitsAll(trigger.matchers, episode.labels);
    case 'detection':
      return (
        isOwn(episode, trigger.job) &&
        (trigger.detection === undefined || episode.labels['kind'] === trigger.detection) &&
        numberOf(episode.annotations['score']) >= trigger.leastScore
      );
    case 'forecast':
      return (
        isOwn(episode, trigger.job) &&
        episode.labels['kind'] === 'capacity' &&
        numberOf(episode.annotations['probability']) >= trigger.leastProbability &&
        crossesWithin(episode, trigger.withinMs)
      );
  }
}

function isOwn(episode: Episode, job: string): boolean {
  return episode.sourceKind === 'aiops' && episode.labels['job_name'] === job;
}

/** The limit lies ahead, and not further than this; one that is crossed already needs no forecast to be acted on. */
function crossesWithin(episode: Episode, withinMs: number): boolean {
  const crossesAtMs = numberOf(episode.annotations['eta_ms']);
  return crossesAtMs - episode.seenAtMs <= withinMs;
}

/** NaN for what is no number, which no comparison holds for. */
function numberOf(text: string | undefined): number {
  return text === undefined || text.trim() === '' ? NaN : Number(text);
}

function triggerOf(when: PolicySpec['when']): Trigger {
  if (when.alert !== undefined) {
    return { kind: 'alert', matchers: when.alert.map(parseMatcher) };
  }
  if (when.detection !== undefined) {
    const { job, kind, score } = when.detection;
    const forMs = when.detection.for === undefined ? 0 : durationMs(when.detection.for);
    return { kind: 'detection', job, detection: kind, leastScore: score, forMs };
  }
  if (when.forecast !== undefined) {
    const { job, within, probability } = when.forecast;
    return { kind: 'forecast', job, withinMs: durationMs(within), leastProbability: probability };
  }
  throw new Error('a checked policy has no trigger');
}

function numbersOf(guard: PolicySpec['guard']): GuardNumbers {
  const { targets, massFailure, failures, flap } = guard;
  return {
    cooldownMs: durationMs(guard.cooldown),
    attempts: guard.attempts,
    relapseMs: durationMs(guard.relapse),
    targets: { atMost: targets.atMost, share: targets.share, perMs: durationMs(targets.per) },
    massFailure: {
      share: massFailure.share,
      atLeast: massFailure.atLeast,
      withinMs: durationMs(massFailure.within),
    },
    minHealthyShare: guard.minHealthy?.atLeast,
    failures: { inARow: failures.inARow, ofLastTen: failures.ofLastTen, openMs: durationMs(failures.for) },
    flap: { atMost: flap.atMost, perMs: durationMs(flap.per) },
    atOnce: guard.atOnce,
    maxAgeMs: durationMs(guard.maxAge),
    onAbsence: guard.onAbsence,
  };
}

function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) {
    throw new Error(`a checked policy holds the duration "${text}"`);
  }
  return ms;
}
