import type { Selectable } from 'kysely';
import { ChangeRecord } from '../contract/change.ts';
import { LabelSet } from '../contract/forecast.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';

/** What a list shows, and what can widen bands at once. */
const maxListed = 500;
const maxActive = 5_000;

const columns = ['id', 'title', 'labels', 'at_ms', 'widen_until_ms', 'source', 'changed_by', 'url'] as const;

/** The SQL of changes. */
export class ChangeRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Newest first; those that were made, or still widen, between two instants. */
  async list(range: { readonly fromMs: number; readonly toMs: number }): Promise<ChangeRecord[]> {
    const rows = await this.#db
      .selectFrom('changes')
      .select(columns)
      .where('widen_until_ms', '>=', range.fromMs)
      .where('at_ms', '<=', range.toMs)
      .orderBy('at_ms', 'desc')
      .orderBy('id')
      .limit(maxListed)
      .execute();
    return rows.map(recordOf);
  }

  /** Those that widen bands after an instant, newest first. */
  async activeSince(sinceMs: number): Promise<ChangeRecord[]> {
    const rows = await this.#db
      .selectFrom('changes')
      .select(columns)
      .where('widen_until_ms', '>', sinceMs)
      .orderBy('at_ms', 'desc')
      .orderBy('id')
      .limit(maxActive)
      .execute();
    return rows.map(recordOf);
  }

  /** Writes a change, or what is new about one of the same id. */
  async save(change: ChangeRecord): Promise<void> {
    const row = {
      title: change.title,
      labels: JSON.stringify(change.labels),
      at_ms: change.atMs,
      widen_until_ms: change.widenUntilMs,
      source: change.source,
      changed_by: change.by,
      url: change.url,
    };
    await this.#db
      .insertInto('changes')
      .values({ id: change.id, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
  }

  /** @returns how many were forgotten */
  async prune(beforeMs: number): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('changes')
      .where('widen_until_ms', '<', beforeMs)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

function recordOf(row: Pick<Selectable<Tables['changes']>, (typeof columns)[number]>): ChangeRecord {
  return {
    id: row.id,
    title: row.title,
    labels: LabelSet.parse(JSON.parse(row.labels)),
    atMs: row.at_ms,
    widenUntilMs: row.widen_until_ms,
    source: ChangeRecord.shape.source.parse(row.source),
    by: row.changed_by,
    url: row.url,
  };
}
