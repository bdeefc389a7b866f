import type { RemediationTables } from './remediation-tables.ts';
import type { ScoringTables } from './scoring-tables.ts';

/** A job and what its trainings came to. JSON columns are parsed with zod where they are read. */
export interface JobsTable {
  name: string;
  spec: string;
  origin: string;
  /** Why the job rests although it is kept: a file took its name. */
  aside_reason: string | null;
  created_at_ms: number;
  updated_at_ms: number;
  updated_by: string;
  retrain_requested_at_ms: number | null;
  /** Start of the latest training that was completed, and the end of the history that it read. */
  trained_at_ms: number | null;
  trained_to_ms: number | null;
  /** The parts of the definition that the training depended on. */
  trained_key: string | null;
  /** End of the latest attempt. */
  attempted_at_ms: number | null;
  /** Failed attempts since the last completed one. */
  failures: number;
  error: string | null;
  /** What the series came to: counts, model, error, coverage. */
  result: string;
}

export interface FitsTable {
  id: string;
  job: string;
  state: string;
  started_at_ms: number;
  ended_at_ms: number | null;
  trained_from_ms: number;
  trained_to_ms: number;
  series_done: number;
  series_total: number;
  series_failed: number;
  cpu_seconds: number;
  error: string | null;
  warnings: string;
}

export interface SeriesTable {
  id: string;
  job: string;
  labels: string;
  label_key: string;
  state: string;
  notes: string;
  model: string | null;
  mase: number | null;
  coverage: string;
  trained_at_ms: number | null;
  trained_key: string | null;
  /** End of the latest history in which the source answered the series. */
  seen_at_ms: number;
}

export interface BacktestsTable {
  series_id: string;
  backtest: string;
}

/** One row is one whole band: there can be no half of one. */
export interface BandsTable {
  series_id: string;
  kind: 'forecast' | 'backtest';
  start_ms: number;
  /** Instant of the last value that counts: a later forecast takes over after it. */
  end_ms: number;
  made_at_ms: number;
  band: Uint8Array;
}

/** All tables of the store. */
export interface Tables extends ScoringTables, RemediationTables {
  jobs: JobsTable;
  fits: FitsTable;
  series: SeriesTable;
  backtests: BacktestsTable;
  bands: BandsTable;
}
