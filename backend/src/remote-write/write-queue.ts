import { sql } from 'kysely';
import type { Database } from '../store/database.ts';
import type { WriteRequest } from './tick-encoder.ts';

/** The message that is next to be sent. */
export interface QueuedRequest {
  readonly id: number;
  readonly newestMs: number;
  readonly samples: number;
  readonly body: Uint8Array;
  readonly attempts: number;
  readonly nextAtMs: number;
}

export interface QueueSize {
  readonly requests: number;
  readonly samples: number;
  readonly bytes: number;
  /** When the oldest message was made; null for an empty queue. */
  readonly oldestMadeAtMs: number | null;
}

/** What was given up. */
export interface Dropped {
  readonly requests: number;
  readonly samples: number;
}

// A message and its labels in one statement; SQLite binds at most 32,766 values.
const rowsPerInsert = 500;

/** The SQL of messages that wait for their receiver: oldest first, so that samples of a series stay in order. */
export class WriteQueue {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Adds messages as a part of the given transaction: they wait exactly when what they tell is stored. */
  async enqueue(
    transaction: Database,
    writer: string,
    requests: readonly WriteRequest[],
    nowMs: number
  ): Promise<void> {
    for (let from = 0; from < requests.length; from += rowsPerInsert) {
      const rows = requests.slice(from, from + rowsPerInsert).map(({ body, samples, newestMs }) => ({
        writer,
        made_at_ms: nowMs,
        newest_ms: newestMs,
        samples,
        body,
        next_at_ms: nowMs,
      }));
      await transaction
        .insertInto('write_queue')
        .values(rows.map((row) => ({ ...row, attempts: 0 })))
        .execute();
    }
  }

  /** The oldest message; undefined when none waits. */
  async head(writer: string): Promise<QueuedRequest | undefined> {
    const row = await this.#db
      .selectFrom('write_queue')
      .select(['id', 'newest_ms', 'samples', 'body', 'attempts', 'next_at_ms'])
      .where('writer', '=', writer)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    return (
      row && {
        id: row.id,
        newestMs: row.newest_ms,
        samples: row.samples,
        body: row.body,
        attempts: row.attempts,
        nextAtMs: row.next_at_ms,
      }
    );
  }

  /** Forgets a message that was taken or refused. */
  async remove(id: number): Promise<void> {
    await this.#db.deleteFrom('write_queue').where('id', '=', id).execute();
  }

  /** Keeps what is left of a message for a later attempt. */
  async postpone(
    id: number,
    rest: Pick<QueuedRequest, 'attempts' | 'nextAtMs'> & Partial<Pick<QueuedRequest, 'body' | 'samples'>>
  ): Promise<void> {
    const { attempts, nextAtMs, body, samples } = rest;
    await this.#db
      .updateTable('write_queue')
      .set({
        attempts,
        next_at_ms: nextAtMs,
        ...(body !== undefined && { body }),
        ...(samples !== undefined && { samples }),
      })
      .where('id', '=', id)
      .execute();
  }

  async size(writer: string): Promise<QueueSize> {
    const row = await this.#db
      .selectFrom('write_queue')
      .select((of) => [
        of.fn.countAll<number>().as('requests'),
        of.fn.coalesce(of.fn.sum<number>('samples'), sql<number>`0`).as('samples'),
        sql<number>`coalesce(sum(length(body)), 0)`.as('bytes'),
        of.fn.min('made_at_ms').as('oldest'),
      ])
      .where('writer', '=', writer)
      .executeTakeFirstOrThrow();
    return { requests: row.requests, samples: row.samples, bytes: row.bytes, oldestMadeAtMs: row.oldest };
  }

  /** Gives up messages whose newest sample is older than an instant. */
  async dropOlder(writer: string, beforeMs: number): Promise<Dropped> {
    const rows = await this.#db
      .deleteFrom('write_queue')
      .where('writer', '=', writer)
      .where('newest_ms', '<', beforeMs)
      .returning('samples')
      .execute();
    return summed(rows);
  }

  /** Gives up the oldest messages until the rest fits. */
  async dropBeyond(writer: string, maxBytes: number): Promise<Dropped> {
    const sized = this.#db
      .selectFrom('write_queue')
      .select(['id', sql<number>`sum(length(body)) over (order by id desc)`.as('bytes_from_newest')])
      .where('writer', '=', writer);
    const rows = await this.#db
      .deleteFrom('write_queue')
      .where('id', 'in', (of) =>
        of.selectFrom(sized.as('sized')).select('sized.id').where('sized.bytes_from_newest', '>', maxBytes)
      )
      .returning('samples')
      .execute();
    return summed(rows);
  }

  /** Gives up what waits for writers that are no longer set up. */
  async dropAllBut(writers: readonly string[]): Promise<Dropped> {
    const rows = await this.#db
      .deleteFrom('write_queue')
      .$if(writers.length > 0, (query) => query.where('writer', 'not in', writers))
      .returning('samples')
      .execute();
    return summed(rows);
  }
}

function summed(rows: ReadonlyArray<{ readonly samples: number }>): Dropped {
  return { requests: rows.length, samples: rows.reduce((sum, { samples }) => sum + samples, 0) };
}
