import type { GuardVerdict } from '../../../backend/src/contract/remediation/verdict.ts';
import type { PolicySpecInput } from '../../../backend/src/contract/remediation/policy.ts';
import { decide } from '../../../backend/src/remediation/guardrails/decide.ts';
import type { DecisionInput } from '../../../backend/src/remediation/guardrails/decision-input.ts';
import type { Policy } from '../../../backend/src/remediation/policies/policy.ts';
import { aPolicy, anInput } from './decision-builders.ts';

/** What one guard says of an input that all others let pass. */
export function verdictOf(name: string, change: Partial<DecisionInput>): GuardVerdict {
  const found = decide(anInput(change)).find((verdict) => verdict.name === name);
  if (found === undefined) {
    throw new Error(`there is no guard ${name}`);
  }
  return found;
}

export function outcomeOf(name: string, change: Partial<DecisionInput>): GuardVerdict['outcome'] {
  return verdictOf(name, change).outcome;
}

export function guarded(guard: NonNullable<PolicySpecInput['guard']>): Policy {
  return aPolicy({ guard });
}
