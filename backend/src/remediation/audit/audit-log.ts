import { createHash } from 'node:crypto';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Kysely, Selectable } from 'kysely';
import type { Clock } from '../../clock.ts';
import type { Page } from '../../contract/api.ts';
import type { AuditCheck, AuditEntry, AuditListQuery } from '../../contract/remediation/control.ts';
import { AppError } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import { canonicalJson } from './canonical-json.ts';
import { type ChainEntry, entryHash, exportLine, genesisHash } from './chain.ts';
import { ChainCheck } from './check-chain.ts';
import { createRedact, type Redact } from './redact.ts';

/** A fact that must stay: what happened (`run.approved`), to what (an id), by whom, and the numbers behind it. */
export interface AuditRecord {
  readonly kind: string;
  readonly subject: string;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface AuditLogDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Values that must never be written down, such as passwords of the settings. */
  readonly secrets?: readonly string[];
}

const longestName = 300;
/** Facts that are longer are left out: their size and hash stay. */
const longestData = 262_144;
const rowsPerRead = 100;
// 8 columns a row, and SQLite takes at most 32,766 parameters.
const rowsPerWrite = 500;

/**
 * The append-only chain of all that remediation decided and did: each entry holds the hash of the one before, so that a
 * change of any of them is found. The store refuses updates and deletes by itself.
 */
export class AuditLog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #redact: Redact;

  constructor({ database, clock, secrets }: AuditLogDeps) {
    this.#database = database;
    this.#clock = clock;
    this.#redact = createRedact(secrets);
  }

  /**
   * Writes one entry, without secrets and of bounded size.
   * @param db the transaction of the change that it tells of: both are kept, or neither
   */
  async append(record: AuditRecord, db: Kysely<Tables>): Promise<void> {
    await this.appendAll([record], db);
  }

  /** Writes the entries of one change in their order. */
  async appendAll(records: readonly AuditRecord[], db: Kysely<Tables>): Promise<void> {
    // Two appends between each other would both follow the same entry.
    await (db.isTransaction
      ? this.#write(records, db)
      : db.transaction().execute((transaction) => this.#write(records, transaction)));
  }

  /** Newest first. @throws AppError `invalid_request` for a cursor that no page gave out */
  async list({ limit, cursor, subject, kind }: AuditListQuery): Promise<Page<AuditEntry>> {
    const before = beforeOf(cursor);
    const fitting = this.#database
      .selectFrom('audit')
      .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
      .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? ''));
    const { total } = await fitting
      .select((select) => select.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    const rows = await fitting
      .selectAll()
      .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
      .orderBy('seq', 'desc')
      .limit(limit + 1)
      .execute();
    const items = rows.slice(0, limit).map(itemOf);
    const last = items.at(-1);
    const nextCursor = rows.length > limit && last !== undefined ? cursorOf(last.seq) : null;
    return { items, nextCursor, total };
  }

  /** Whether every entry stands as it was written. @param options `head`: hash that was noted earlier */
  async verify(options: { readonly head?: string } = {}): Promise<AuditCheck> {
    const check = new ChainCheck(options.head);
    for await (const entry of this.#entries()) {
      if (!check.add(entry)) {
        break;
      }
    }
    return check.result();
  }

  /** All entries from the oldest on, each a line of JSON that ends in a line feed: what `aiops audit verify --file` reads. */
  async *exportLines(): AsyncGenerator<string> {
    for await (const entry of this.#entries()) {
      yield `${exportLine(entry)}\n`;
    }
  }

  async #write(records: readonly AuditRecord[], db: Kysely<Tables>): Promise<void> {
    const last = await db
      .selectFrom('audit')
      .select(['seq', 'hash'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    let previous: Pick<ChainEntry, 'seq' | 'hash'> = last ?? { seq: 0, hash: genesisHash };
    const entries = records.map((record): ChainEntry => (previous = this.#entry(record, previous)));
    for (let from = 0; from < entries.length; from += rowsPerWrite) {
      await db
        .insertInto('audit')
        .values(entries.slice(from, from + rowsPerWrite).map(rowOf))
        .execute();
    }
  }

  #entry(record: AuditRecord, previous: Pick<ChainEntry, 'seq' | 'hash'>): ChainEntry {
    const unhashed = {
      seq: previous.seq + 1,
      atMs: this.#clock.nowMs(),
      kind: this.#name(record.kind),
      subject: this.#name(record.subject),
      actor: this.#name(record.actor),
      dataText: this.#dataText(record.data),
      previousHash: previous.hash,
    };
    return { ...unhashed, hash: entryHash(unhashed) };
  }

  #name(text: string): string {
    return String(this.#redact(text)).slice(0, longestName).toWellFormed();
  }

  #dataText(data: AuditRecord['data']): string {
    const text = canonicalJson(this.#redact(data));
    return text.length <= longestData
      ? text
      : canonicalJson({ leftOut: `${text.length} characters of facts`, sha256: sha256(text) });
  }

  async *#entries(): AsyncGenerator<ChainEntry> {
    let after = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const rows = await this.#database
        .selectFrom('audit')
        .selectAll()
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(rowsPerRead)
        .execute();
      yield* rows.map(chainEntryOf);
      const last = rows.at(-1);
      if (last === undefined || rows.length < rowsPerRead) {
        return;
      }
      after = last.seq;
      // The store answers without leaving the thread: a long chain must not keep everything else waiting.
      await yieldToOthers();
    }
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

type AuditRow = Selectable<Tables['audit']>;

function chainEntryOf(row: AuditRow): ChainEntry {
  return {
    seq: row.seq,
    atMs: row.at_ms,
    kind: row.kind,
    subject: row.subject,
    actor: row.actor,
    dataText: row.data,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

function rowOf(entry: ChainEntry): AuditRow {
  return {
    seq: entry.seq,
    at_ms: entry.atMs,
    kind: entry.kind,
    subject: entry.subject,
    actor: entry.actor,
    data: entry.dataText,
    previous_hash: entry.previousHash,
    hash: entry.hash,
  };
}

function itemOf(row: AuditRow): AuditEntry {
  const { seq, kind, subject, actor, hash } = row;
  return { seq, atMs: row.at_ms, kind, subject, actor, data: dataOf(row.data), hash };
}

/** The facts; a text that someone spoilt is shown as it is, since the chain names it anyway. */
function dataOf(text: string): AuditEntry['data'] {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === 'object' && data !== null ? { ...data } : { value: data };
  } catch {
    return { unreadable: text.slice(0, longestName) };
  }
}

function cursorOf(seq: number): string {
  return Buffer.from(`before:${seq}`).toString('base64url');
}

function beforeOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) {
    return undefined;
  }
  const found = /^before:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (found === null) {
    throw new AppError('invalid_request', 'cursor: expected the nextCursor of an earlier page');
  }
  return Number(found[1]);
}
