import { z } from 'zod';
import type { Database } from '../store/database.ts';

/** An entry as counters need it. */
export interface TailEntry {
  readonly atMs: number;
  readonly kind: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const Facts = z.record(z.string(), z.unknown());
const entriesPerRead = 500;
/** A scrape has seconds: what is left is counted by the next. */
const mostReads = 20;

/** What was added to the audit since this process began, each entry once. */
export class AuditTail {
  readonly #database: Database;
  /** Newest entry that was handed out; undefined until it is known where this process began. */
  #afterSeq: Promise<number>;

  constructor(database: Database) {
    this.#database = database;
    this.#afterSeq = this.newestSeq();
    // Told to whoever asks next.
    this.#afterSeq.catch(() => undefined);
  }

  /** Number of the newest entry; 0 for none. */
  async newestSeq(): Promise<number> {
    const row = await this.#database
      .selectFrom('audit')
      .select('seq')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.seq ?? 0;
  }

  /** Hands out what is new, page by page. @param take must not fail: what it was given is not given again */
  async read(take: (entries: readonly TailEntry[]) => Promise<void>): Promise<void> {
    for (let i = 0; i < mostReads; i++) {
      const after = await this.#afterSeq;
      const rows = await this.#database
        .selectFrom('audit')
        .select(['seq', 'at_ms', 'kind', 'subject', 'data'])
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(entriesPerRead)
        .execute();
      const last = rows.at(-1);
      if (last === undefined) {
        return;
      }
      this.#afterSeq = Promise.resolve(last.seq);
      await take(rows.map(({ at_ms: atMs, kind, subject, data }) => ({ atMs, kind, subject, data: factsOf(data) })));
      if (rows.length < entriesPerRead) {
        return;
      }
    }
  }
}

function factsOf(text: string): TailEntry['data'] {
  try {
    return Facts.parse(JSON.parse(text));
  } catch {
    // Someone spoilt the entry: the check of the chain says so.
    return {};
  }
}
