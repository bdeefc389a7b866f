import { Kysely } from 'kysely';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Logger } from 'pino';
import { migrate } from './migrate.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { storeError } from './store-error.ts';

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

export interface Tables {
  jobs: JobsTable;
  fits: FitsTable;
  series: SeriesTable;
  backtests: BacktestsTable;
  bands: BandsTable;
}

/** A connection to the store; `destroy()` closes it. */
export type Database = Kysely<Tables>;

// Reads about 1 GB a second from a warm disk: what is larger would hold up the start.
const checkedBytes = 268_435_456;
// A backup or a sqlite3 shell may hold the file for a moment; a second backend holds it for good.
const busyTimeoutMs = 2_000;

/**
 * Opens the store, creating the file when there is none, and brings its schema up to date.
 * Nothing that is already there is ever deleted or made anew.
 * @throws AppError `store_unusable` naming the file, what is wrong with it and what to do
 */
export async function openDatabase(options: { readonly file: string; readonly logger?: Logger }): Promise<Database> {
  const { file, logger } = options;
  let connection: DatabaseSync | undefined;
  try {
    makeFolder(dirname(resolve(file)));
    connection = new DatabaseSync(file);
    configure(connection);
    checkPages(connection, file);
    const database: Database = new Kysely<Tables>({ dialect: sqliteDialect(connection) });
    const outcome = await migrate(database);
    if (outcome.kind === 'failed') {
      throw outcome.error;
    }
    if (outcome.kind === 'newer') {
      throw storeError(file, { newerMigrations: outcome.unknown });
    }
    logger?.info({ file, applied: outcome.applied }, 'store opened');
    return database;
  } catch (cause) {
    if (connection?.isOpen === true) {
      connection.close();
    }
    throw storeError(file, { cause });
  }
}

function configure(connection: DatabaseSync): void {
  connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  // One process owns the file: a second one would train everything twice.
  connection.exec('PRAGMA locking_mode = EXCLUSIVE');
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec('PRAGMA synchronous = FULL');
  connection.exec('PRAGMA foreign_keys = ON');
  // Takes the lock now, so that a second process is told at its start and not at its first write.
  connection.exec('BEGIN EXCLUSIVE; COMMIT');
}

function checkPages(connection: DatabaseSync, file: string): void {
  if (statSync(file).size > checkedBytes) {
    return;
  }
  const found = String(connection.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
  if (found !== 'ok') {
    throw storeError(file, { damage: found });
  }
}

/** Not `recursive`: that never returns where the system refuses, such as below /proc (seen with Node 24.21). */
function makeFolder(path: string): void {
  if (existsSync(path)) {
    return;
  }
  makeFolder(dirname(path));
  mkdirSync(path);
}
