import type { Generated } from 'kysely';

/** Who may do something alone, and until when. */
interface LeasesTable {
  name: string;
  holder: string;
  until_ms: number;
}

/** How far a job has been scored. `state` is what the next tick goes on from, encoded by its writer. */
interface ScoringTable {
  job: string;
  scored_to_ms: number;
  scored_at_ms: number;
  state: Uint8Array;
  error: string | null;
}

/** The detectors of a series, as its latest training made them and ticks carried them on. */
interface DetectorsTable {
  series_id: string;
  made_at_ms: number;
  scored_to_ms: number;
  state: Uint8Array;
}

export interface AnomaliesTable {
  id: string;
  job: string;
  kind: string;
  series_id: string | null;
  labels: string;
  started_at_ms: number;
  ended_at_ms: number | null;
  seen_to_ms: number;
  opened_at_ms: number;
  direction: string | null;
  score: number | null;
  peak_score: number | null;
  peak_at_ms: number | null;
  peak_value: number | null;
  expected_at_peak: number | null;
  evidence: string;
  flaps: number;
  late: number;
  muted_by: string | null;
  verdict: string | null;
  verdict_by: string | null;
  verdict_at_ms: number | null;
  level_decision: string | null;
  level_decision_by: string | null;
  level_decision_at_ms: number | null;
  updated_at_ms: number;
}

/** What a receiver was told about an anomaly, and whether it took it. */
interface AlertDeliveriesTable {
  anomaly_id: string;
  receiver: string;
  state: string;
  sent_at_ms: number;
  accepted_at_ms: number | null;
  attempts: number;
  error: string | null;
}

/** The annotation of an anomaly on one panel; `annotation_id` is Grafana's, null until it answered. */
interface AnnotationsTable {
  anomaly_id: string;
  dashboard_uid: string;
  panel_id: number;
  annotation_id: number | null;
  end_ms: number | null;
  closed: number;
  updated_at_ms: number;
  error: string | null;
}

/** Encoded and compressed remote-write requests that wait for their receiver. */
interface WriteQueueTable {
  id: Generated<number>;
  writer: string;
  made_at_ms: number;
  newest_ms: number;
  samples: number;
  body: Uint8Array;
  attempts: number;
  next_at_ms: number;
}

interface ChangesTable {
  id: string;
  title: string;
  labels: string;
  at_ms: number;
  widen_until_ms: number;
  source: string;
  changed_by: string;
  url: string | null;
}

/** Calendars that were made over the API; those of files are in the settings. */
interface CalendarsTable {
  name: string;
  spec: string;
  updated_at_ms: number;
  updated_by: string;
}

/** Times whose values no training may learn from. */
interface ExcludedRangesTable {
  id: string;
  job: string;
  series_id: string | null;
  from_ms: number;
  to_ms: number;
  reason: string;
  anomaly_id: string | null;
}

interface CapacityTable {
  job: string;
  series_id: string;
  limit_text: string;
  row: string;
  estimated_at_ms: number;
}

/** The tables of live scoring. */
export interface ScoringTables {
  leases: LeasesTable;
  scoring: ScoringTable;
  detectors: DetectorsTable;
  anomalies: AnomaliesTable;
  alert_deliveries: AlertDeliveriesTable;
  annotations: AnnotationsTable;
  write_queue: WriteQueueTable;
  changes: ChangesTable;
  calendars: CalendarsTable;
  excluded_ranges: ExcludedRangesTable;
  capacity: CapacityTable;
}
