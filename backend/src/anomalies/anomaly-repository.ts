import { sql, type ExpressionBuilder, type Kysely } from 'kysely';
import { AnomalyRecord, type AnomalyListQuery, type Verdict } from '../contract/anomaly.ts';
import type { Page } from '../contract/api.ts';
import { AppError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import {
  anomalyColumns,
  anomalyOf,
  rowOf,
  scoredColumns,
  type ScoredAnomaly,
  type StoredAnomaly,
} from './anomaly-columns.ts';

/** The store, or a transaction of it that the caller ends. */
type Connection = Kysely<Tables>;

// 20 columns a row, and SQLite takes at most 32,766 parameters.
const rowsPerWrite = 500;
const idsPerQuery = 500;
const prunedAtOnce = 1_000;
/** Open anomalies of one job, or those that receivers are told about: beyond it something else is wrong. */
const mostAtOnce = 10_000;

const DeliveryState = AnomalyRecord.shape.deliveries.element.shape.state;

/** What the next page begins after: newest first, so that anomalies that come in meanwhile move nothing. */
interface Position {
  readonly startedAtMs: number;
  readonly id: string;
}

/** The SQL of anomalies. Scoring saves them, people judge them, everyone reads them. */
export class AnomalyRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Writes new anomalies and what changed about known ones; what people decided stays. */
  async save(anomalies: readonly ScoredAnomaly[], nowMs: number, db: Connection = this.#db): Promise<void> {
    for (let from = 0; from < anomalies.length; from += rowsPerWrite) {
      const rows = anomalies.slice(from, from + rowsPerWrite).map((one) => ({ ...rowOf(one), updated_at_ms: nowMs }));
      await db
        .insertInto('anomalies')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet(({ ref }) =>
              Object.fromEntries(
                [...scoredColumns, 'updated_at_ms' as const].map((name) => [name, ref(`excluded.${name}`)])
              )
            )
        )
        .execute();
    }
  }

  async get(id: string): Promise<AnomalyRecord | undefined> {
    const row = await this.#db.selectFrom('anomalies').select(anomalyColumns).where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : (await this.#withTold([anomalyOf(row)]))[0];
  }

  /** Newest start first. @throws AppError `invalid_request` for a cursor that no page gave out */
  async list(query: AnomalyListQuery): Promise<Page<AnomalyRecord>> {
    const after = positionOf(query.cursor);
    const rows = await this.#db
      .selectFrom('anomalies')
      .select(anomalyColumns)
      .where((where) => where.and([...conditions(where, query), ...(after === undefined ? [] : [older(where, after)])]))
      .orderBy('started_at_ms', 'desc')
      .orderBy('id')
      .limit(query.limit + 1)
      .execute();
    const { total } = await this.#db
      .selectFrom('anomalies')
      .select((count) => count.fn.countAll<number>().as('total'))
      .where((where) => where.and(conditions(where, query)))
      .executeTakeFirstOrThrow();
    const items = await this.#withTold(rows.slice(0, query.limit).map(anomalyOf));
    const last = items.at(-1);
    return { items, total, nextCursor: rows.length > query.limit && last !== undefined ? cursorOf(last) : null };
  }

  /** Anomalies of a job that last, oldest first: what scoring goes on with. */
  async openOf(job: string, db: Connection = this.#db): Promise<readonly StoredAnomaly[]> {
    const rows = await db
      .selectFrom('anomalies')
      .select(anomalyColumns)
      .where('job', '=', job)
      .where('ended_at_ms', 'is', null)
      .orderBy('started_at_ms')
      .orderBy('id')
      .limit(mostAtOnce)
      .execute();
    return rows.map(anomalyOf);
  }

  /**
   * What receivers may have to be told: all that last, and those that ended or changed since, newest change first.
   * Late ones (`late`) are among them; nobody is alerted to those.
   */
  async recent(sinceMs: number): Promise<readonly AnomalyRecord[]> {
    const rows = await this.#db
      .selectFrom('anomalies')
      .select(anomalyColumns)
      .where((where) => where.or([where('ended_at_ms', 'is', null), where('updated_at_ms', '>=', sinceMs)]))
      .orderBy('updated_at_ms', 'desc')
      .orderBy('id')
      .limit(mostAtOnce)
      .execute();
    return await this.#withTold(rows.map(anomalyOf));
  }

  /** @param judged null takes a verdict back. @returns whether the anomaly exists */
  async setVerdict(id: string, judged: { readonly verdict: Verdict | null } & Decision): Promise<boolean> {
    const { verdict, by, atMs } = judged;
    const cleared = verdict === null;
    return await this.#decide(id, {
      verdict,
      verdict_by: cleared ? null : by,
      verdict_at_ms: cleared ? null : atMs,
      updated_at_ms: atMs,
    });
  }

  /** @returns whether the anomaly exists */
  async setLevelDecision(
    id: string,
    decided: { readonly decision: 'accepted' | 'rejected' } & Decision
  ): Promise<boolean> {
    const { decision, by, atMs } = decided;
    return await this.#decide(id, {
      level_decision: decision,
      level_decision_by: by,
      level_decision_at_ms: atMs,
      updated_at_ms: atMs,
    });
  }

  /** Forgets anomalies that ended before, with their deliveries and annotations. @returns how many */
  async prune(beforeMs: number): Promise<number> {
    let pruned = 0;
    // each round forgets some: it ends when none is left
    for (;;) {
      const { numDeletedRows } = await this.#db
        .deleteFrom('anomalies')
        .where('id', 'in', (old) =>
          old.selectFrom('anomalies').select('id').where('ended_at_ms', '<', beforeMs).orderBy('id').limit(prunedAtOnce)
        )
        .executeTakeFirst();
      pruned += Number(numDeletedRows);
      if (Number(numDeletedRows) < prunedAtOnce) {
        return pruned;
      }
    }
  }

  async #decide(id: string, columns: Readonly<Record<string, string | number | null>>): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('anomalies')
      .set(columns)
      .where('id', '=', id)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Adds on which panels they are drawn and how they were told. */
  async #withTold(anomalies: readonly StoredAnomaly[]): Promise<AnomalyRecord[]> {
    const records = anomalies.map((anomaly): AnomalyRecord => ({ ...anomaly, panels: [], deliveries: [] }));
    const byId = new Map(records.map((record) => [record.id, record]));
    const ids = [...byId.keys()];
    for (let from = 0; from < ids.length; from += idsPerQuery) {
      const some = ids.slice(from, from + idsPerQuery);
      await this.#addDeliveries(some, byId);
      await this.#addPanels(some, byId);
    }
    return records;
  }

  async #addDeliveries(ids: readonly string[], byId: ReadonlyMap<string, AnomalyRecord>): Promise<void> {
    const rows = await this.#db
      .selectFrom('alert_deliveries')
      .select(['anomaly_id', 'receiver', 'state', 'accepted_at_ms', 'error'])
      .where('anomaly_id', 'in', ids)
      .orderBy('receiver')
      .execute();
    for (const { anomaly_id: id, receiver, state, accepted_at_ms: acceptedAtMs, error } of rows) {
      byId.get(id)?.deliveries.push({ receiver, state: DeliveryState.parse(state), acceptedAtMs, error });
    }
  }

  /** Panels whose annotation Grafana has. */
  async #addPanels(ids: readonly string[], byId: ReadonlyMap<string, AnomalyRecord>): Promise<void> {
    const rows = await this.#db
      .selectFrom('annotations')
      .select(['anomaly_id', 'dashboard_uid', 'panel_id'])
      .where('anomaly_id', 'in', ids)
      .where('annotation_id', 'is not', null)
      .orderBy('dashboard_uid')
      .orderBy('panel_id')
      .execute();
    for (const { anomaly_id: id, dashboard_uid: uid, panel_id: panel } of rows) {
      byId.get(id)?.panels.push(`${uid}/${panel}`);
    }
  }
}

interface Decision {
  readonly by: string;
  readonly atMs: number;
}

type Where = ExpressionBuilder<Tables, 'anomalies'>;

function conditions(where: Where, query: AnomalyListQuery) {
  const { job, kind, state, verdict, from, to, search } = query;
  const like = `%${(search ?? '').replace(/[\\%_]/g, '\\$&')}%`;
  return [
    ...(job === undefined ? [] : [where('job', '=', job)]),
    ...(kind === undefined ? [] : [where('kind', '=', kind)]),
    ...(state === undefined ? [] : [where('ended_at_ms', state === 'open' ? 'is' : 'is not', null)]),
    ...(verdict === undefined ? [] : [where('verdict', 'is', verdict === 'none' ? null : verdict)]),
    ...(to === undefined ? [] : [where('started_at_ms', '<=', to)]),
    ...(from === undefined ? [] : [where.or([where('ended_at_ms', 'is', null), where('ended_at_ms', '>=', from)])]),
    ...(search === undefined ? [] : [where.or([contains('job', like), contains('labels', like)])]),
  ];
}

/** Upper and lower case are the same, as SQLite compares ASCII. */
function contains(column: 'job' | 'labels', pattern: string) {
  return sql<boolean>`${sql.ref(column)} like ${pattern} escape '\\'`;
}

function older(where: Where, { startedAtMs, id }: Position) {
  return where.or([
    where('started_at_ms', '<', startedAtMs),
    where.and([where('started_at_ms', '=', startedAtMs), where('id', '>', id)]),
  ]);
}

function cursorOf({ startedAtMs, id }: Position): string {
  return Buffer.from(`${startedAtMs} ${id}`).toString('base64url');
}

function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) {
    return undefined;
  }
  const match = /^(\d{1,15}) (\S{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match === null) {
    throw new AppError('invalid_request', 'cursor: expected the nextCursor of an earlier page');
  }
  return { startedAtMs: Number(match[1]), id: match[2] ?? '' };
}
