import type {
  Approval,
  AuditEntry,
  Decision,
  Episode,
  GuardVerdict,
  KillSwitch,
  Plan,
  PolicySpec,
  PolicySummary,
  Proposal,
  Proposals,
  RemediationStatus,
  Run,
  RunDetail,
  RunEvent,
  VerificationReport,
} from '../../backend/src/contract/index.ts';
import { nowMs } from './builders.ts';

const minuteMs = 60_000;

export function anEpisode(overrides: Partial<Episode> = {}): Episode {
  return {
    id: 'e1',
    source: 'alertmanager',
    sourceKind: 'alertmanager',
    tenant: '',
    fingerprint: 'b7d8',
    alertname: 'ServiceDown',
    labels: { alertname: 'ServiceDown', service: 'shop-api', instance: 'web-1:8080' },
    annotations: { summary: 'shop-api does not answer', runbook_url: 'https://runbooks.example/service-down' },
    generatorUrl: 'http://prometheus:9090/graph',
    startsAtMs: nowMs - 3 * minuteMs,
    openedAtMs: nowMs - 3 * minuteMs,
    seenAtMs: nowMs - minuteMs,
    closedAtMs: null,
    closeReason: null,
    flaps: 0,
    deliveries: 3,
    absence: null,
    ...overrides,
  };
}

export function aVerdict(overrides: Partial<GuardVerdict> = {}): GuardVerdict {
  return {
    guard: 'G3',
    name: 'cooldown',
    outcome: 'pass',
    detail: 'no run of this policy on the target in the last 15m',
    numbers: { cooldownMs: 15 * minuteMs },
    ...overrides,
  };
}

export const aRefusal = (): GuardVerdict =>
  aVerdict({
    guard: 'G7',
    name: 'blast-radius',
    outcome: 'refuse',
    detail: '3 of 3 targets of web were acted on within 30m',
    numbers: { targets: 3, atMost: 3, share: 0.1, perMs: 30 * minuteMs },
  });

export function aPlan(overrides: Partial<Plan> = {}): Plan {
  return {
    policy: 'restart-shop',
    policyVersion: 4,
    episodeId: 'e1',
    engine: 'ansible',
    action: 'restart_service',
    title: 'Restart a service',
    tier: 'low',
    digest: 'd'.repeat(64),
    group: 'web',
    targets: ['web-1'],
    parameters: { service: 'shop-api' },
    command: ['ansible-playbook', 'restart_service.yml', '--limit', 'web-1'],
    rollback: null,
    timeoutMs: 300_000,
    warnings: [],
    hash: 'a'.repeat(64),
    ...overrides,
  };
}

export function anApproval(overrides: Partial<Approval> = {}): Approval {
  return {
    requestedBy: 'policy restart-shop',
    requestedAtMs: nowMs - minuteMs,
    expiresAtMs: nowMs + 14 * minuteMs,
    needed: 1,
    decisions: [],
    ...overrides,
  };
}

/** A run of a minute ago that waits for approval. */
export function aRun(overrides: Partial<Run> = {}): Run {
  return {
    id: 'r1',
    plan: aPlan(),
    mode: 'approve',
    state: 'awaiting-approval',
    stateReason: null,
    attempt: 1,
    verdicts: [aVerdict()],
    approval: anApproval(),
    createdAtMs: nowMs - minuteMs,
    startedAtMs: null,
    engineEndedAtMs: null,
    endedAtMs: null,
    verification: null,
    blocksTarget: false,
    ...overrides,
  };
}

export function aVerification(overrides: Partial<VerificationReport> = {}): VerificationReport {
  const times = [0, 1, 2, 3, 4].map((i) => nowMs - (10 - i) * minuteMs);
  return {
    outcome: 'recovered',
    summary: 'Back in the band 38 s after the run; forecast without it stayed out.',
    startedAtMs: nowMs - 2 * minuteMs,
    endedAtMs: nowMs - minuteMs,
    recoveredAtMs: nowMs - 90_000,
    samples: [
      { atMs: nowMs - 110_000, sampleMs: nowMs - 111_000, healthy: 'no', value: 0, detail: null },
      { atMs: nowMs - 90_000, sampleMs: nowMs - 91_000, healthy: 'yes', value: 1, detail: null },
    ],
    detector: { job: 'shop-api-up', normal: true, detail: 'back in its band' },
    guards: [{ query: 'rate(errors_total[1m])', before: 0.2, after: 0.1, worse: false }],
    counterfactual: {
      job: 'shop-api-up',
      times,
      observed: [0, 0, 0, 1, 1],
      without: [0, 0, 0, 0, 0],
      lower: [0, 0, 0, 0, 0],
      upper: [0.1, 0.1, 0.1, 0.1, 0.1],
      sentence: 'Without the run it would have stayed at 0.',
    },
    ...overrides,
  };
}

/** A run that healed in 74 s. */
export function aVerifiedRun(overrides: Partial<Run> = {}): Run {
  return aRun({
    id: 'r2',
    state: 'verified',
    approval: anApproval({
      decisions: [
        { by: 'ada', role: 'Admin', decision: 'approved', atMs: nowMs - 170_000, reason: null, via: 'grafana' },
      ],
    }),
    startedAtMs: nowMs - 164_000,
    engineEndedAtMs: nowMs - 130_000,
    endedAtMs: nowMs - minuteMs,
    verification: aVerification(),
    ...overrides,
  });
}

export function aRunEvent(overrides: Partial<RunEvent> = {}): RunEvent {
  return { seq: 1, atMs: nowMs - minuteMs, kind: 'state', host: null, text: 'awaiting-approval', ...overrides };
}

export function aRunDetail(run: Run = aRun(), events: readonly RunEvent[] = [aRunEvent()]): RunDetail {
  return { run, episode: anEpisode(), events: [...events] };
}

export function aProposal(overrides: Partial<Proposal> = {}): Proposal {
  return {
    policy: 'restart-shop',
    title: 'Restart the shop',
    mode: 'approve',
    plan: aPlan(),
    fault: null,
    verdicts: [aVerdict()],
    allowed: true,
    verify: 'probe_success == 1 for 45s within 5m',
    approvalsNeeded: 1,
    runId: null,
    ...overrides,
  };
}

export function aProposals(...items: readonly Proposal[]): Proposals {
  return { episode: anEpisode(), items: items.length === 0 ? [aProposal()] : [...items] };
}

export function aPolicySpec(overrides: Partial<PolicySpec> = {}): PolicySpec {
  return {
    name: 'restart-shop',
    title: 'Restart the shop',
    enabled: true,
    mode: 'observe',
    priority: 0,
    sources: [],
    ownAlerts: false,
    when: { alert: ['alertname="ServiceDown"'] },
    target: { label: 'instance', map: { strip: ['port'], names: {} }, group: 'web' },
    do: { playbook: 'restart_service', with: { service: '{service}' }, dryRunFirst: false },
    guard: {
      cooldown: '15m',
      attempts: 2,
      relapse: '1h',
      targets: { atMost: 3, share: 0.1, per: '30m' },
      massFailure: { share: 0.3, atLeast: 5, within: '5m' },
      failures: { inARow: 3, ofLastTen: 0.5, for: '1h' },
      flap: { atMost: 3, per: '30m' },
      atOnce: { policy: 1, group: 2 },
      maxAge: '24h',
      calendars: [],
      onAbsence: false,
      dependsOn: [],
    },
    approve: { within: '15m', people: 1 },
    verify: { settle: '30s', healthy: 'probe_success == 1', for: '45s', every: '15s', within: '5m', notWorse: [] },
    otherwise: { rollback: true, escalate: [] },
    ...overrides,
  };
}

export function aPolicy(overrides: Partial<PolicySummary> = {}): PolicySummary {
  return {
    spec: aPolicySpec(),
    version: 4,
    origin: { kind: 'file', file: 'policies/shop.yaml' },
    updatedAtMs: nowMs - 24 * 60 * minuteMs,
    updatedBy: 'policies/shop.yaml',
    breaker: { state: 'closed', untilMs: null },
    runs: { total: 12, verified: 11, failed: 1 },
    refusals: { 'blast-radius': 2, cooldown: 5 },
    promotion: null,
    fault: null,
    ...overrides,
  };
}

export function aDecision(overrides: Partial<Decision> = {}): Decision {
  return {
    id: 'd1',
    episodeId: 'e1',
    policy: 'restart-shop',
    policyVersion: 4,
    mode: 'observe',
    atMs: nowMs - 2 * minuteMs,
    outcome: 'observed',
    verdicts: [aVerdict()],
    target: 'web-1',
    runId: null,
    ...overrides,
  };
}

export function aKillSwitch(overrides: Partial<KillSwitch> = {}): KillSwitch {
  return {
    scope: 'global',
    name: '',
    on: true,
    by: 'ada',
    atMs: nowMs - 5 * minuteMs,
    reason: 'migration',
    ...overrides,
  };
}

export function aRemediationStatus(overrides: Partial<RemediationStatus> = {}): RemediationStatus {
  return {
    configured: true,
    killSwitches: [],
    openEpisodes: 1,
    awaitingApproval: 1,
    openRuns: 1,
    blockedTargets: [],
    last30Days: { runs: 15, verified: 14, failed: 1, medianRecoveryMs: 74_000 },
    webhooks: [],
    engines: [],
    ...overrides,
  };
}

export function anAuditEntry(overrides: Partial<AuditEntry> = {}): AuditEntry {
  return {
    seq: 7,
    atMs: nowMs - minuteMs,
    kind: 'run.approved',
    subject: 'r1',
    actor: 'ada',
    data: { planHash: 'a'.repeat(64) },
    hash: 'c'.repeat(64),
    ...overrides,
  };
}
