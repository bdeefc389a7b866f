import type { Episode } from '../../../backend/src/contract/remediation/episode.ts';
import { PolicySpec, type PolicySpecInput } from '../../../backend/src/contract/remediation/policy.ts';
import { closedBreaker } from '../../../backend/src/remediation/guardrails/breaker.ts';
import {
  usualLimits,
  type DecisionInput,
  type PastRun,
} from '../../../backend/src/remediation/guardrails/decision-input.ts';
import { resolvePolicy, type Policy } from '../../../backend/src/remediation/policies/policy.ts';

/** Monday, 2 November 2026, 12:00 UTC. */
export const noonMs = Date.UTC(2026, 10, 2, 12);
export const secondMs = 1000;
export const minuteMs = 60_000;
export const hourMs = 3_600_000;

const leastSpec: PolicySpecInput = {
  name: 'restart-crashed-api',
  mode: 'auto',
  when: { alert: ['alertname="ServiceDown"'] },
  target: { label: 'instance', group: 'web' },
  do: { playbook: 'restart_service', with: { service: '{service}' } },
  verify: { healthy: 'probe_success{service="{service}"} == 1' },
};

export function aPolicySpec(change: Partial<PolicySpecInput> = {}): PolicySpec {
  return PolicySpec.parse({ ...leastSpec, ...change });
}

export function aPolicy(change: Partial<PolicySpecInput> = {}): Policy {
  return resolvePolicy(aPolicySpec(change), { version: 1, editedBy: 'emma' });
}

export function anEpisode(change: Partial<Episode> = {}): Episode {
  return {
    id: 'episode-1',
    source: 'alertmanager',
    sourceKind: 'alertmanager',
    tenant: '',
    fingerprint: '0011223344556677',
    alertname: 'ServiceDown',
    labels: { alertname: 'ServiceDown', instance: 'web-1:9100', service: 'checkout' },
    annotations: {},
    generatorUrl: null,
    startsAtMs: noonMs - 30 * secondMs,
    openedAtMs: noonMs - 20 * secondMs,
    seenAtMs: noonMs - 10 * secondMs,
    closedAtMs: null,
    closeReason: null,
    flaps: 0,
    deliveries: 1,
    absence: null,
    ...change,
  };
}

/** A run that ended verified an hour ago on another host, unless said otherwise. */
export function aRun(change: Partial<PastRun> = {}): PastRun {
  return {
    id: 'run-1',
    policy: 'restart-crashed-api',
    episodeId: 'episode-0',
    group: 'web',
    targets: ['web-9'],
    createdAtMs: noonMs - hourMs - minuteMs,
    startedAtMs: noonMs - hourMs - minuteMs,
    endedAtMs: noonMs - hourMs,
    ...change,
  };
}

export const webMembers = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'web-7', 'web-8', 'web-9', 'web-10'];

/** An input that every guard lets pass. */
export function anInput(change: Partial<DecisionInput> = {}): DecisionInput {
  const episode = change.episode ?? anEpisode();
  return {
    policy: aPolicy(),
    episode,
    target: { kind: 'resolved', targets: ['web-1'], group: 'web', members: webMembers },
    tier: 'medium',
    nowMs: noonMs,
    phase: 'decide',
    runId: null,
    requestedBy: null,
    killSwitches: [],
    runs: [],
    rivals: [],
    calendars: [],
    silence: { kind: 'none' },
    opensMs: [episode.openedAtMs],
    groupFailures: [{ target: 'web-1', openedAtMs: episode.openedAtMs, closedAtMs: null }],
    hiddenFailures: 0,
    healthy: { kind: 'not-asked' },
    breaker: closedBreaker,
    locks: [],
    selfHosts: new Set(['aiops-1']),
    limits: usualLimits,
    dryRun: { digestKnown: true, outcome: 'none' },
    approval: null,
    plannedHash: null,
    currentHash: null,
    ...change,
  };
}
