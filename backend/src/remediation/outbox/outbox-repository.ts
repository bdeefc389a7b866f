import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import { Notice } from './notice.ts';

/** The store, or a transaction of it. */
type Connection = Kysely<Tables>;

/** More than these for one contact and the oldest is given up. */
const mostWaiting = 5_000;
const rowsPerRead = 100;
const mostLookedAt = 2_000;
/** SQLite takes at most 32,766. */
const mostParameters = 10_000;

/** A notice on its way to one contact. */
export interface Parcel {
  readonly id: number;
  readonly contact: string;
  readonly notice: Notice;
  readonly madeAtMs: number;
  readonly attempts: number;
}

/** How much waits for a contact. */
export interface Waiting {
  readonly contact: string;
  readonly count: number;
  readonly oldestAtMs: number;
}

/** The SQL of the outbox. A notice lies in it once for each contact that is to hear it. */
export class OutboxRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Puts a notice in, unless the contact has it already. @returns whether it was new */
  async add(contact: string, notice: Notice, nowMs: number, db: Connection = this.#db): Promise<boolean> {
    const row = { contact, key: keyOf(contact, notice.key), body: JSON.stringify(notice) };
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('outbox')
      .values({ ...row, made_at_ms: nowMs, next_at_ms: nowMs, attempts: 0, state: 'waiting' })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) {
      return false;
    }
    await this.#dropBeyondBound(contact, db);
    return true;
  }

  /** What is due for a contact, longest waiting first. */
  async due(contact: string, nowMs: number, limit: number): Promise<readonly Parcel[]> {
    const rows = await this.#waiting(contact).where('next_at_ms', '<=', nowMs).limit(limit).execute();
    return rows.map(parcelOf);
  }

  /** What waits for a contact since before an instant. */
  async waitingSince(contact: string, beforeMs: number): Promise<readonly Parcel[]> {
    const rows = await this.#waiting(contact).where('made_at_ms', '<=', beforeMs).limit(rowsPerRead).execute();
    return rows.map(parcelOf);
  }

  /** When something for a contact is due next; undefined when nothing waits. */
  async nextAtMs(contact: string): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('outbox')
      .select((select) => select.fn.min('next_at_ms').as('next'))
      .where('state', '=', 'waiting')
      .where('contact', '=', contact)
      .executeTakeFirst();
    return row?.next ?? undefined;
  }

  async markSent({ id }: Parcel, nowMs: number, db: Connection): Promise<void> {
    await db
      .updateTable('outbox')
      .set((columns) => ({ state: 'sent', sent_at_ms: nowMs, error: null, attempts: columns('attempts', '+', 1) }))
      .where('id', '=', id)
      .execute();
  }

  async markFailed({ id }: Parcel, failure: { readonly error: string; readonly nextAtMs: number }): Promise<void> {
    await this.#db
      .updateTable('outbox')
      .set((columns) => ({
        error: failure.error,
        next_at_ms: failure.nextAtMs,
        attempts: columns('attempts', '+', 1),
      }))
      .where('id', '=', id)
      .execute();
  }

  async giveUp({ id }: Parcel, error: string, db: Connection): Promise<void> {
    await db.updateTable('outbox').set({ state: 'given-up', error }).where('id', '=', id).execute();
  }

  /** What waits for contacts that the settings no longer have. */
  async orphans(known: readonly string[]): Promise<readonly Parcel[]> {
    const rows = await this.#db
      .selectFrom('outbox')
      .select(columns)
      .where('state', '=', 'waiting')
      .$if(known.length > 0, (query) => query.where('contact', 'not in', known))
      .orderBy('id')
      .limit(rowsPerRead)
      .execute();
    return rows.map(parcelOf);
  }

  /** Keys of notices of between two instants that no contact at all has taken, of the newest 2,000 that wait. */
  async undelivered(fromMs: number, toMs: number): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('outbox')
      .select(['key', 'contact'])
      .where('state', '!=', 'sent')
      .where('made_at_ms', '>=', fromMs)
      .where('made_at_ms', '<=', toMs)
      .orderBy('id', 'desc')
      .limit(mostLookedAt)
      .execute();
    const keys = [...new Set(rows.map(({ key, contact }) => key.slice(contact.length + 1)))];
    const taken = await this.#takenOf(keys);
    return keys.filter((key) => !taken.has(key));
  }

  /** By contact. */
  async waiting(): Promise<readonly Waiting[]> {
    const rows = await this.#db
      .selectFrom('outbox')
      .select((select) => [
        'contact',
        select.fn.countAll<number>().as('count'),
        select.fn.min('made_at_ms').as('oldest'),
      ])
      .where('state', '=', 'waiting')
      .groupBy('contact')
      .execute();
    return rows.map(({ contact, count, oldest }) => ({ contact, count, oldestAtMs: oldest }));
  }

  /** Forgets what was sent or given up long ago. */
  async prune(beforeMs: number): Promise<void> {
    await this.#db.deleteFrom('outbox').where('state', '!=', 'waiting').where('made_at_ms', '<', beforeMs).execute();
  }

  #waiting(contact: string) {
    return this.#db
      .selectFrom('outbox')
      .select(columns)
      .where('state', '=', 'waiting')
      .where('contact', '=', contact)
      .orderBy('id');
  }

  async #takenOf(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const contacts = await this.#db.selectFrom('outbox').select('contact').distinct().execute();
    const atOnce = Math.max(1, Math.floor(mostParameters / Math.max(1, contacts.length)));
    const taken = new Set<string>();
    for (let from = 0; from < keys.length; from += atOnce) {
      const some = keys.slice(from, from + atOnce);
      const found = await this.#db
        .selectFrom('outbox')
        .select(['key', 'contact'])
        .where(
          'key',
          'in',
          contacts.flatMap(({ contact }) => some.map((key) => keyOf(contact, key)))
        )
        .where('state', '=', 'sent')
        .execute();
      found.forEach(({ key, contact }) => taken.add(key.slice(contact.length + 1)));
    }
    return taken;
  }

  async #dropBeyondBound(contact: string, db: Connection): Promise<void> {
    const beyond = await db
      .selectFrom('outbox')
      .select('id')
      .where('state', '=', 'waiting')
      .where('contact', '=', contact)
      .orderBy('id', 'desc')
      .offset(mostWaiting)
      .limit(1)
      .executeTakeFirst();
    if (beyond !== undefined) {
      await db
        .updateTable('outbox')
        .set({ state: 'given-up', error: `more than ${mostWaiting} wait for this contact` })
        .where('state', '=', 'waiting')
        .where('contact', '=', contact)
        .where('id', '<=', beyond.id)
        .execute();
    }
  }
}

const columns = ['id', 'contact', 'body', 'made_at_ms', 'attempts'] as const;

// Names of contacts have no blank: no two pairs make the same text.
function keyOf(contact: string, key: string): string {
  return `${contact} ${key}`;
}

function parcelOf(row: Pick<Selectable<Tables['outbox']>, (typeof columns)[number]>): Parcel {
  const { id, contact, attempts } = row;
  return { id, contact, attempts, notice: Notice.parse(JSON.parse(row.body)), madeAtMs: row.made_at_ms };
}
