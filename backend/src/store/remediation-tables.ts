import type { Generated } from 'kysely';

/** A body that a webhook took, before anything was made of it. */
export interface DeliveriesTable {
  id: Generated<number>;
  source: string;
  source_kind: string;
  tenant: string;
  received_at_ms: number;
  body: Uint8Array;
  /** waiting, done or faulty. */
  state: string;
  alerts: number;
  error: string | null;
  processed_at_ms: number | null;
}

export interface EpisodesTable {
  id: string;
  source: string;
  source_kind: string;
  tenant: string;
  fingerprint: string;
  alertname: string;
  labels: string;
  annotations: string;
  generator_url: string | null;
  starts_at_ms: number;
  opened_at_ms: number;
  seen_at_ms: number;
  closed_at_ms: number | null;
  close_reason: string | null;
  flaps: number;
  deliveries: number;
  absence: string | null;
  /** When it began by each replica that told of it, JSON: two never agree to the second. */
  senders: Generated<string>;
  /** Alerts of its group that the source cut off: they fail too, and nothing else will say so. */
  truncated: Generated<number>;
  /** What the decision still owes it: 1 until policies have looked at its newest state. */
  undecided: number;
  updated_at_ms: number;
}

export interface PoliciesTable {
  name: string;
  spec: string;
  origin: string;
  version: number;
  updated_at_ms: number;
  updated_by: string;
}

export interface PolicyVersionsTable {
  name: string;
  version: number;
  spec: string;
  at_ms: number;
  by: string;
}

export interface DecisionsTable {
  id: string;
  episode_id: string;
  policy: string;
  policy_version: number;
  mode: string;
  at_ms: number;
  outcome: string;
  /** Guard that refused first; null when none did. */
  refused_by: string | null;
  verdicts: string;
  target: string | null;
  run_id: string | null;
}

/** What was planned and what came of it. JSON columns are parsed with zod where they are read. */
export interface RunsTable {
  id: string;
  policy: string;
  episode_id: string;
  plan: string;
  plan_hash: string;
  /** Of the playbook. */
  digest: string;
  mode: string;
  state: string;
  state_reason: string | null;
  /** Number among the runs of policy and episode; unique with both, so that nothing starts twice. */
  attempt: number;
  group_name: string;
  verdicts: string;
  approval: string | null;
  created_at_ms: number;
  started_at_ms: number | null;
  engine_ended_at_ms: number | null;
  ended_at_ms: number | null;
  /** What finds the engine's work again after a crash. */
  handle: string | null;
  engine_outcome: string | null;
  verification: string | null;
  updated_at_ms: number;
}

export interface RunEventsTable {
  run_id: string;
  seq: number;
  at_ms: number;
  kind: string;
  host: string | null;
  text: string;
}

/** Playbooks that were tried in check mode, by their digest. */
export interface DryRunsTable {
  digest: string;
  plan_hash: string;
  at_ms: number;
  ok: number;
  by: string;
}

/** Who may act on a target. A lock whose run has an unknown effect stays until it is released. */
export interface TargetLocksTable {
  target: string;
  run_id: string;
  /** Grows with each holder: what comes with an older one is too late. */
  fence: number;
  taken_at_ms: number;
  /** Null while it is held. */
  released_at_ms: number | null;
  /** 1: held although its run ended, because nobody knows what the run did. */
  blocked: number;
}

export interface KillSwitchesTable {
  scope: string;
  name: string;
  on: number;
  by: string;
  at_ms: number;
  reason: string;
}

export interface BreakersTable {
  policy: string;
  state: string;
  until_ms: number | null;
  /** Outcomes of the last ten runs, newest last: 1 verified, 0 not. */
  history: string;
}

/** Append-only; triggers refuse every update and delete. */
export interface AuditTable {
  seq: number;
  at_ms: number;
  kind: string;
  subject: string;
  actor: string;
  data: string;
  previous_hash: string;
  hash: string;
}

/** What must reach a person or a server, again and again until it does. */
export interface OutboxTable {
  id: Generated<number>;
  /** Says the same thing once: unique. */
  key: string;
  contact: string;
  body: string;
  made_at_ms: number;
  next_at_ms: number;
  attempts: number;
  /** waiting, sent or given-up. */
  state: string;
  error: string | null;
  sent_at_ms: number | null;
}

export interface RemediationTables {
  deliveries: DeliveriesTable;
  episodes: EpisodesTable;
  policies: PoliciesTable;
  policy_versions: PolicyVersionsTable;
  decisions: DecisionsTable;
  runs: RunsTable;
  run_events: RunEventsTable;
  dry_runs: DryRunsTable;
  target_locks: TargetLocksTable;
  kill_switches: KillSwitchesTable;
  breakers: BreakersTable;
  audit: AuditTable;
  outbox: OutboxTable;
}
