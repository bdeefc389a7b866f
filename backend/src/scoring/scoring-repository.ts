import { randomUUID } from 'node:crypto';
import type { Insertable, Kysely } from 'kysely';
import { LabelSet } from '../contract/forecast.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import type { Labels } from '../timeseries/series.ts';
import { decodeDetectors, encodeDetectors, newDetectors, type SeriesDetectors } from './series-detectors.ts';

/** A transaction of the store, or the store. */
type Connection = Kysely<Tables>;

// One process owns the store's file: whoever holds a lease under another mark is gone.
const thisProcess = randomUUID();
const rowsPerWrite = 500;
const seriesPerRead = 2_000;

/** A series that a job was trained on. */
export interface TrainedSeries {
  readonly id: string;
  readonly labels: Labels;
  readonly labelKey: string;
  /** Whether it has bands. */
  readonly hasBand: boolean;
  readonly detectors: SeriesDetectors;
  /** When its training made them; 0 when it has none. */
  readonly madeAtMs: number;
  /** Newest value that its detectors have seen; 0 when it has none. */
  readonly detectedToMs: number;
}

/** Detectors of a series as ticks have carried them on. */
export type CarriedDetectors = Pick<TrainedSeries, 'id' | 'madeAtMs' | 'detectors'>;

/** How far a job has been scored and what the next tick goes on from. */
export interface Cursor {
  readonly scoredToMs: number;
  readonly scoredAtMs: number;
  readonly state: Uint8Array;
  readonly error: string | null;
}

/** The SQL of cursors, leases and detectors. */
export class ScoringRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** A name for an engine that no other one has. */
  newHolder(): string {
    return `${thisProcess} ${randomUUID()}`;
  }

  /** Leases of processes that ended without giving them back. */
  async dropDeadLeases(): Promise<void> {
    await this.#db.deleteFrom('leases').where('holder', 'not like', `${thisProcess} %`).execute();
  }

  async dropLeases(holder: string): Promise<void> {
    await this.#db.deleteFrom('leases').where('holder', '=', holder).execute();
  }

  /** Takes or renews a lease; false while another one holds it. Do it in the transaction of what it protects. */
  async takeLease(
    lease: { readonly name: string; readonly holder: string; readonly nowMs: number; readonly untilMs: number },
    db: Connection = this.#db
  ): Promise<boolean> {
    const { name, holder, nowMs, untilMs } = lease;
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('leases')
      .values({ name, holder, until_ms: untilMs })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet({ holder, until_ms: untilMs })
          .where((where) => where.or([where('leases.holder', '=', holder), where('leases.until_ms', '<=', nowMs)]))
      )
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  async cursor(job: string, db: Connection = this.#db): Promise<Cursor | undefined> {
    const row = await db
      .selectFrom('scoring')
      .select(['scored_to_ms', 'scored_at_ms', 'state', 'error'])
      .where('job', '=', job)
      .executeTakeFirst();
    return row === undefined
      ? undefined
      : { scoredToMs: row.scored_to_ms, scoredAtMs: row.scored_at_ms, state: row.state, error: row.error };
  }

  async saveCursor(job: string, cursor: Cursor, db: Connection): Promise<void> {
    const { scoredToMs, scoredAtMs, state, error } = cursor;
    const row = { scored_to_ms: scoredToMs, scored_at_ms: scoredAtMs, state, error };
    await db
      .insertInto('scoring')
      .values({ ...row, job })
      .onConflict((conflict) => conflict.column('job').doUpdateSet(row))
      .execute();
  }

  /** Why the latest tick failed; a job that was never scored has nowhere to keep it. */
  async saveError(job: string, error: string): Promise<void> {
    await this.#db.updateTable('scoring').set({ error }).where('job', '=', job).execute();
  }

  /** All series of a job with their detectors, by id. */
  async series(job: string): Promise<readonly TrainedSeries[]> {
    const found: TrainedSeries[] = [];
    for (let after = ''; ;) {
      const rows = await this.#db
        .selectFrom('series')
        .leftJoin('detectors', 'detectors.series_id', 'series.id')
        .select(['series.id', 'labels', 'label_key', 'series.state as series_state', 'series.trained_at_ms'])
        .select(['detectors.state as detectors', 'detectors.made_at_ms', 'detectors.scored_to_ms'])
        .where('job', '=', job)
        .where('series.id', '>', after)
        .orderBy('series.id')
        .limit(seriesPerRead)
        .execute();
      for (const row of rows) {
        const known = row.detectors === null ? undefined : decodeDetectors(row.detectors);
        found.push({
          id: row.id,
          labels: LabelSet.parse(JSON.parse(row.labels)),
          labelKey: row.label_key,
          hasBand: row.trained_at_ms !== null && row.series_state !== 'warming-up',
          detectors: known ?? newDetectors(),
          madeAtMs: row.made_at_ms ?? 0,
          detectedToMs: row.scored_to_ms ?? 0,
        });
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < seriesPerRead) {
        return found;
      }
      after = last.id;
    }
  }

  /** What ticks have carried on. What is gone, or was trained anew meanwhile, is left as it is. */
  async saveDetectors(
    carried: readonly CarriedDetectors[],
    scoredToMs: number,
    db: Connection = this.#db
  ): Promise<void> {
    for (let from = 0; from < carried.length; from += rowsPerWrite) {
      const rows = carried.slice(from, from + rowsPerWrite).map(({ id, madeAtMs, detectors }) => ({
        series_id: id,
        made_at_ms: madeAtMs,
        scored_to_ms: scoredToMs,
        state: encodeDetectors(detectors),
      }));
      const known = await db
        .selectFrom('series')
        .select('id')
        .where(
          'id',
          'in',
          rows.map(({ series_id: id }) => id)
        )
        .execute();
      const ids = new Set(known.map(({ id }) => id));
      await writeDetectors(
        rows.filter(({ series_id: id }) => ids.has(id)),
        db
      );
    }
  }
}

async function writeDetectors(rows: ReadonlyArray<Insertable<Tables['detectors']>>, db: Connection): Promise<void> {
  if (rows.length === 0) {
    return;
  }
  await db
    .insertInto('detectors')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('series_id')
        .doUpdateSet(({ ref }) => ({ scored_to_ms: ref('excluded.scored_to_ms'), state: ref('excluded.state') }))
        .whereRef('detectors.made_at_ms', '=', 'excluded.made_at_ms')
    )
    .execute();
}
