import { formatDurationMs } from '../../contract/duration.ts';
import type { GuardVerdict } from '../../contract/remediation/verdict.ts';
import type { DecisionInput } from './decision-input.ts';

/** A guardrail: what it is called, and its verdict on an input. */
export interface Guard {
  /** Its number in docs/policies.md. */
  readonly id: string;
  /** Stable: the key of translations. */
  readonly name: string;
  readonly judge: (input: DecisionInput) => Ruling;
}

export type Ruling = Omit<GuardVerdict, 'guard' | 'name'>;

type Numbers = GuardVerdict['numbers'];

const noNumbers: Numbers = {};

export function pass(detail: string, numbers: Numbers = noNumbers): Ruling {
  return { outcome: 'pass', detail, numbers };
}

/** Not for this episode, unless the world changes. */
export function refuse(detail: string, numbers: Numbers = noNumbers): Ruling {
  return { outcome: 'refuse', detail, numbers };
}

/** Not now. @param untilMs instant before which asking again is useless; undefined when nobody can say */
export function wait(detail: string, numbers: Numbers = noNumbers, untilMs?: number): Ruling {
  return { outcome: 'wait', detail, numbers: untilMs === undefined ? numbers : { ...numbers, untilMs } };
}

/** A time that is left, as a person reads it: never 0 while some is left, never finer than a second. */
export function leftText(ms: number): string {
  return formatDurationMs(Math.max(1, Math.ceil(ms / 1000)) * 1000);
}

export function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

/** The targets; none when they are not known: the guard of the target refuses then. */
export function targetsOf({ target }: Pick<DecisionInput, 'target'>): readonly string[] {
  return target.kind === 'resolved' ? target.targets : noTargets;
}

const noTargets: readonly string[] = [];
