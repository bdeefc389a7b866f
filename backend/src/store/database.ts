import { Kysely } from 'kysely';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import { migrate } from './migrate.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { storeError } from './store-error.ts';
import type { Tables } from './tables.ts';

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

/**
 * Opens a store that is there only to read it: nothing in it is changed, its schema is taken as it is.
 * @throws AppError `store_unusable` naming the file, such as when a backend holds it
 */
export function openDatabaseToRead({ file }: { readonly file: string }): Database {
  if (!existsSync(file)) {
    throw new AppError('store_unusable', `there is no store ${resolve(file)}; the settings name it with "store"`);
  }
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file, { readOnly: true });
    connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    // Reads the first page: a file that is locked or no database is told now.
    connection.exec('SELECT count(*) FROM sqlite_schema');
    return new Kysely<Tables>({ dialect: sqliteDialect(connection) });
  } catch (cause) {
    connection?.close();
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
