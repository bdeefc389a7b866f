import { resolve } from 'node:path';
import { AppError, messageOf } from '../errors.ts';

interface Fault {
  readonly cause?: unknown;
  readonly newerMigrations?: readonly string[];
  /** What the check of the pages found. */
  readonly damage?: string;
}

/** Result codes of SQLite, without the extended part. @see https://www.sqlite.org/rescode.html */
const sqliteCodes = {
  busy: 5,
  locked: 6,
  readonly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
};

/** One sentence for a store that can't be used: what, which file, what to do. An AppError passes unchanged. */
export function storeError(file: string, fault: Fault): AppError {
  if (fault.cause instanceof AppError) {
    return fault.cause;
  }
  const path = resolve(file);
  const text = sentence(path, fault);
  return new AppError('store_unusable', text, { cause: fault.cause, context: { file: path } });
}

function sentence(path: string, { cause, newerMigrations, damage }: Fault): string {
  if (newerMigrations !== undefined) {
    return (
      `the store ${path} was written by a newer version (it has ${newerMigrations.join(', ')}); ` +
      'start that version, or name another file with "store"'
    );
  }
  return damage === undefined ? sqliteSentence(path, cause) : damaged(path, damage);
}

function damaged(path: string, found: string): string {
  // The check of the pages answers several lines below a heading of asterisks.
  const oneLine = found
    .replace(/\*{3}[^*]*\*{3}/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return (
    `the store ${path} is no SQLite database or is damaged (${oneLine}); nothing was changed: ` +
    'move it away or restore a backup, then start again'
  );
}

function sqliteSentence(path: string, cause: unknown): string {
  switch (primaryCode(cause)) {
    case sqliteCodes.busy:
    case sqliteCodes.locked:
      return `the store ${path} is in use by another process; stop that one, or name another file with "store"`;
    case sqliteCodes.readonly:
    case sqliteCodes.cantOpen:
      return `the store ${path} can't be opened for writing; give this user the right to write to the file and its folder`;
    case sqliteCodes.corrupt:
    case sqliteCodes.notADatabase:
      return damaged(path, messageOf(cause));
    case sqliteCodes.full:
      return `the disk of the store ${path} is full; make room, then start again`;
    case sqliteCodes.ioError:
      return `the store ${path} can't be read or written (${messageOf(cause)}); check its disk`;
    default:
      return systemSentence(path, cause);
  }
}

function systemSentence(path: string, cause: unknown): string {
  switch (property(cause, 'code')) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOENT':
      return `the folder of the store ${path} can't be made; give this user the right to write there, or name another file with "store"`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `the store ${path} can't be made: a part of its path is a file and no folder; name another file with "store"`;
    case 'ENOSPC':
      return `the disk of the store ${path} is full; make room, then start again`;
    default:
      return `the store ${path} can't be used: ${messageOf(cause)}`;
  }
}

function primaryCode(cause: unknown): number | undefined {
  const code = property(cause, 'errcode');
  // the low byte is the primary result code
  return typeof code === 'number' ? code & 0xff : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Whether a thrown value comes from SQLite, such as when the disk is full. */
export function isSqliteError(cause: unknown): cause is Error {
  return primaryCode(cause) !== undefined;
}
