import { PolicySpec } from '../../../../backend/src/contract/remediation/policy.ts';
import { conclude, decide } from '../../../../backend/src/remediation/guardrails/decide.ts';
import { closedBreaker } from '../../../../backend/src/remediation/guardrails/breaker.ts';
import {
  usualLimits,
  type DecisionInput,
  type GroupFailure,
  type PastRun,
} from '../../../../backend/src/remediation/guardrails/decision-input.ts';
import { matchPolicy, resolvePolicy, type Policy } from '../../../../backend/src/remediation/policies/policy.ts';
import { targetOf } from '../../../../backend/src/remediation/policies/target.ts';

const minuteMs = 60_000;
const nowMs = Date.UTC(2026, 10, 2, 12);
/** A group of a busy site, and what one hour of it leaves behind. */
const hosts = Array.from({ length: 200 }, (_, i) => `web-${i}`);
const inventory = new Map([['web', hosts]]);
const policyCount = 20;
const pastRuns = 40;
const openFailures = 30;

export interface DecisionSpeed {
  /** Whole decisions: trigger, target and all guards. */
  readonly perSecond: number;
  readonly decisions: number;
  /** How many of them would have let a run start: a speed of refusals at the first guard would say little. */
  readonly allowed: number;
}

/** How many decisions a second one thread takes, policies that do not fit included only in the search. */
export function measureDecisions(forMs: number): DecisionSpeed {
  const policies = Array.from({ length: policyCount }, (_, i) => policyOf(i));
  const runs = Array.from({ length: pastRuns }, (_, i) => runOf(i));
  const failures = Array.from({ length: openFailures }, (_, i) => failureOf(i));
  const inputs = hosts.flatMap((host, i) => inputsOf({ host, i }, { policies, runs, failures }));
  decideAll(inputs);
  const beganMs = performance.now();
  let decisions = 0;
  let allowed = 0;
  while (performance.now() - beganMs < forMs) {
    allowed += decideAll(inputs);
    decisions += inputs.length;
  }
  const seconds = (performance.now() - beganMs) / 1000;
  return { perSecond: decisions / seconds, decisions, allowed };
}

function decideAll(inputs: readonly DecisionInput[]): number {
  let allowed = 0;
  for (const input of inputs) {
    const fits = matchPolicy(input.policy, input.episode);
    const target = targetOf(input.policy, input.episode, inventory);
    allowed += fits && conclude(decide({ ...input, target })).kind === 'allowed' ? 1 : 0;
  }
  return allowed;
}

function policyOf(i: number): Policy {
  const spec = PolicySpec.parse({
    name: `policy-${i}`,
    mode: 'auto',
    priority: i % 3,
    when: { alert: [`alertname=~"Service(Down|Slow)"`, `service="service-${i}"`] },
    target: { label: 'instance', group: 'web' },
    do: { playbook: 'restart_service', with: { service: '{service}' } },
    guard: { targets: { atMost: 100, share: 0.5 }, dependsOn: i > 0 ? [`policy-${i - 1}`] : [] },
    verify: { healthy: 'up == 1' },
  });
  return resolvePolicy(spec, { version: 3, editedBy: 'ann' });
}

/** Ended well, on hosts that do not fail now. */
function runOf(i: number): PastRun {
  const endedAtMs = nowMs - 20 * minuteMs - i * minuteMs;
  return {
    ...{ id: `run-${i}`, policy: `policy-${i % policyCount}`, episodeId: `past-${i}`, group: 'web' },
    targets: [hosts[i % 8] ?? ''],
    ...{ createdAtMs: endedAtMs - minuteMs, startedAtMs: endedAtMs - minuteMs, endedAtMs },
  };
}

/** One after the other over an hour, so that no five minutes are a mass failure. */
function failureOf(i: number): GroupFailure {
  const openedAtMs = nowMs - i * 2 * minuteMs;
  return { target: hosts[100 + i] ?? '', openedAtMs, closedAtMs: openedAtMs + minuteMs };
}

function inputsOf(
  { host, i }: { readonly host: string; readonly i: number },
  given: {
    readonly policies: readonly Policy[];
    readonly runs: readonly PastRun[];
    readonly failures: readonly GroupFailure[];
  }
): DecisionInput[] {
  const policy = given.policies[i % policyCount];
  const openedAtMs = nowMs - 30_000;
  return policy === undefined
    ? []
    : [
        {
          policy,
          episode: {
            ...{ id: `episode-${i}`, source: 'alertmanager', sourceKind: 'alertmanager', tenant: 'default' },
            ...{ fingerprint: `f${i}`, alertname: 'ServiceDown', annotations: {}, generatorUrl: null },
            labels: { alertname: 'ServiceDown', instance: `${host}:9100`, service: `service-${i % policyCount}` },
            ...{ startsAtMs: openedAtMs, openedAtMs, seenAtMs: nowMs, closedAtMs: null, closeReason: null },
            ...{ flaps: 0, deliveries: 2, absence: null },
          },
          target: targetOf(policy, { labels: { instance: `${host}:9100` } }, inventory),
          ...{ tier: 'medium', nowMs, phase: 'decide', runId: null, requestedBy: null },
          ...{ killSwitches: [], runs: given.runs, rivals: [], calendars: [], silence: { kind: 'none' } },
          ...{ opensMs: [openedAtMs], groupFailures: given.failures, hiddenFailures: 0 },
          ...{ healthy: { kind: 'not-asked' }, breaker: closedBreaker, locks: [], selfHosts: new Set(['aiops']) },
          limits: usualLimits,
          dryRun: { digestKnown: true, outcome: 'none' },
          ...{ approval: null, plannedHash: null, currentHash: null },
        },
      ];
}
