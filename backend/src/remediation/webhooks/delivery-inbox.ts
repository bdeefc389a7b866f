import { setTimeout as delay } from 'node:timers/promises';
import type { Insertable } from 'kysely';
import type { Clock } from '../../clock.ts';
import type { WebhookSettings } from '../../config/config-types.ts';
import { AppError } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { DeliveriesTable } from '../../store/remediation-tables.ts';

/** A message that was taken, before anything is made of it. */
export interface NewDelivery {
  readonly webhook: Pick<WebhookSettings, 'name' | 'kind' | 'tenant'>;
  readonly body: Uint8Array;
  /** With those that the sender left out. */
  readonly alerts: number;
}

export interface StoredDelivery {
  readonly id: number;
  readonly source: string;
  readonly receivedAtMs: number;
  readonly body: Uint8Array;
}

/** What became of a delivery. */
export interface DeliveryOutcome {
  readonly id: number;
  readonly state: 'done' | 'faulty';
  /** What was left out of it, or why nothing could be made of it. */
  readonly error: string | null;
}

export interface DeliveryCount {
  readonly waiting: number;
  readonly lastAtMs: number | null;
}

/** The disk takes about as long. */
const gatherMs = 5;
const rowsPerWrite = 256;
const bytesPerWrite = 8_000_000;
/** Messages that wait may take this much of the disk; a sender that is told to come again loses nothing. */
const mostWaiting = 100_000;
const mostWaitingBytes = 1_000_000_000;
const prunedAtOnce = 500;

interface Pending {
  readonly row: Insertable<DeliveriesTable>;
  readonly bytes: number;
  readonly stored: (id: number) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Where messages lie until they are made into episodes. Those that arrive while the disk is written share the next write:
 * each sender is answered when its own message is on the disk.
 */
export class DeliveryInbox {
  readonly #database: Database;
  readonly #clock: Clock;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #waiting = { count: 0, bytes: 0 };
  #stopped = false;

  constructor(deps: { readonly database: Database; readonly clock: Clock }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
  }

  /** Counts what an earlier process left. */
  async start(): Promise<void> {
    const { count, bytes } = await this.#database
      .selectFrom('deliveries')
      .select(({ fn, val }) => [
        fn.countAll<number>().as('count'),
        fn.coalesce(fn.sum<number>(fn('length', ['body'])), val(0)).as('bytes'),
      ])
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow();
    this.#waiting = { count, bytes };
  }

  /**
   * Resolves with the number of the delivery once it is on the disk.
   * @throws AppError `busy` when it could not be stored: the sender has to come again
   */
  async add({ webhook, body, alerts }: NewDelivery): Promise<number> {
    if (this.#stopped) {
      throw new AppError('busy', 'The backend is stopping. Send the message again shortly.');
    }
    if (this.#waiting.count >= mostWaiting || this.#waiting.bytes + body.length > mostWaitingBytes) {
      throw new AppError('busy', `${this.#waiting.count} messages wait to be worked on. Send the message again later.`);
    }
    this.#count(1, body.length);
    const row = {
      ...{ source: webhook.name, source_kind: webhook.kind, tenant: webhook.tenant, body, alerts },
      ...{ received_at_ms: this.#clock.nowMs(), state: 'waiting', error: null, processed_at_ms: null },
    };
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#pending.push({ row, bytes: body.length, stored: resolve, failed: reject });
    this.#writing ??= this.#writeAll();
    return await promise;
  }

  /** The oldest that wait, as many as fit into a share of memory. */
  async next(mostRows: number, mostBytes: number): Promise<StoredDelivery[]> {
    const sizes = await this.#database
      .selectFrom('deliveries')
      .select(({ fn }) => ['id', fn<number>('length', ['body']).as('bytes')])
      .where('state', '=', 'waiting')
      .orderBy('id')
      .limit(mostRows)
      .execute();
    let bytes = 0;
    const fitting = sizes.filter((one, index) => (bytes += one.bytes) <= mostBytes || index === 0);
    if (fitting.length === 0) {
      return [];
    }
    const rows = await this.#database
      .selectFrom('deliveries')
      .select(['id', 'source', 'received_at_ms', 'body'])
      .where(
        'id',
        'in',
        fitting.map(({ id }) => id)
      )
      .orderBy('id')
      .execute();
    return rows.map(({ id, source, received_at_ms: receivedAtMs, body }) => ({ id, source, receivedAtMs, body }));
  }

  async finish(outcomes: readonly DeliveryOutcome[], bytes: number): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const plain = outcomes.filter(({ state, error }) => state === 'done' && error === null);
    await this.#database.transaction().execute(async (transaction) => {
      const set = (state: string, error: string | null) =>
        transaction.updateTable('deliveries').set({ state, error, processed_at_ms: nowMs });
      if (plain.length > 0) {
        await set('done', null)
          .where(
            'id',
            'in',
            plain.map(({ id }) => id)
          )
          .execute();
      }
      for (const { id, state, error } of outcomes.filter((one) => !plain.includes(one))) {
        await set(state, error).where('id', '=', id).execute();
      }
    });
    this.#count(-outcomes.length, -bytes);
  }

  /** The newest message of a source that was understood; undefined before any. */
  async newestOf(source: string): Promise<Uint8Array | undefined> {
    const row = await this.#database
      .selectFrom('deliveries')
      .select('body')
      .where('source', '=', source)
      .where('state', '=', 'done')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.body;
  }

  /** Messages by source: how many wait, and when the newest came. */
  async counts(): Promise<ReadonlyMap<string, DeliveryCount>> {
    const rows = await this.#database
      .selectFrom('deliveries')
      .select(({ fn }) => ['source', fn.max('received_at_ms').as('last')])
      .groupBy('source')
      .execute();
    const waiting = await this.#database
      .selectFrom('deliveries')
      .select(({ fn }) => ['source', fn.countAll<number>().as('count')])
      .where('state', '=', 'waiting')
      .groupBy('source')
      .execute();
    const waitingOf = new Map(waiting.map(({ source, count }) => [source, count]));
    return new Map(rows.map(({ source, last }) => [source, { lastAtMs: last, waiting: waitingOf.get(source) ?? 0 }]));
  }

  /** Forgets messages that were worked on before. @returns how many */
  async prune(beforeMs: number): Promise<number> {
    let pruned = 0;
    // each round forgets some: it ends when none is left
    for (;;) {
      const { numDeletedRows } = await this.#database
        .deleteFrom('deliveries')
        .where('id', 'in', (old) =>
          old
            .selectFrom('deliveries')
            .select('id')
            .where('state', 'in', ['done', 'faulty'])
            .where('received_at_ms', '<', beforeMs)
            .orderBy('id')
            .limit(prunedAtOnce)
        )
        .executeTakeFirst();
      pruned += Number(numDeletedRows);
      if (Number(numDeletedRows) < prunedAtOnce) {
        return pruned;
      }
    }
  }

  /** Takes no more; resolves when what it took is on the disk. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      // A commit waits for the disk, and everything else waits with it: a few messages share one.
      await delay(gatherMs);
      const batch = this.#takeBatch();
      try {
        const ids = await this.#insert(batch.map(({ row }) => row));
        batch.forEach(({ stored }, index) => stored(ids[index] ?? 0));
      } catch (cause) {
        this.#count(-batch.length, -batch.reduce((sum, { bytes }) => sum + bytes, 0));
        const error = new AppError(
          'busy',
          "The message could not be stored. Send it again; the backend's log has the cause.",
          { cause }
        );
        batch.forEach(({ failed }) => failed(error));
      }
    }
    this.#writing = undefined;
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    const over = this.#pending.findIndex(
      (one, index) => index === rowsPerWrite || ((bytes += one.bytes) > bytesPerWrite && index > 0)
    );
    return this.#pending.splice(0, over < 0 ? this.#pending.length : over);
  }

  /** @returns the ids in the order of the rows: a list of values is inserted from first to last */
  async #insert(rows: ReadonlyArray<Insertable<DeliveriesTable>>): Promise<number[]> {
    const inserted = await this.#database.insertInto('deliveries').values(rows).returning('id').execute();
    return inserted.map(({ id }) => id).sort((a, b) => a - b);
  }

  #count(deliveries: number, bytes: number): void {
    this.#waiting = { count: this.#waiting.count + deliveries, bytes: this.#waiting.bytes + bytes };
  }
}
