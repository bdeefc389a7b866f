import { sql, type Kysely, type Selectable, type Updateable } from 'kysely';
import type { Page } from '../../contract/api.ts';
import { openRunStates, RunEvent, type RunListQuery, type RunState } from '../../contract/remediation/run.ts';
import { AppError } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { RunsTable } from '../../store/remediation-tables.ts';
import type { Tables } from '../../store/tables.ts';
import { runOf, type StoredRun } from './stored-run.ts';

/** A transaction of the store, or the store. */
export type Connection = Kysely<Tables>;

const maxOpenRuns = 10_000;
const maxEvents = 5_000;
const Cursor = /^(\d{1,16})\.([0-9a-f-]{36})$/;

/** The SQL of runs and of what they said while they ran. */
export class RunRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @returns false when a run of this policy, episode and attempt is there already */
  async insert(run: StoredRun, db: Connection): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('runs')
      .values({
        id: run.id,
        policy: run.plan.policy,
        episode_id: run.plan.episodeId,
        plan: JSON.stringify(run.plan),
        plan_hash: run.plan.hash,
        digest: run.plan.digest,
        mode: run.mode,
        state: run.state,
        state_reason: run.stateReason,
        attempt: run.attempt,
        group_name: run.plan.group,
        verdicts: JSON.stringify(run.verdicts),
        approval: run.approval === null ? null : JSON.stringify(run.approval),
        created_at_ms: run.createdAtMs,
        started_at_ms: null,
        engine_ended_at_ms: null,
        ended_at_ms: null,
        handle: null,
        engine_outcome: null,
        verification: null,
        updated_at_ms: run.createdAtMs,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** Changes a run that is still in `from`. @returns false when another one was faster */
  async update(id: string, from: RunState, patch: Updateable<RunsTable>, db: Connection): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('runs')
      .set(patch)
      .where('id', '=', id)
      .where('state', '=', from)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async find(id: string, db: Connection = this.#db): Promise<StoredRun | undefined> {
    const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : (await this.#withLocks([row], db))[0];
  }

  /** Runs on which something is still to happen, oldest first. */
  async open(states: readonly RunState[] = openRunStates): Promise<StoredRun[]> {
    const rows = await this.#db
      .selectFrom('runs')
      .selectAll()
      .where('state', 'in', states)
      .orderBy('created_at_ms')
      .orderBy('id')
      .limit(maxOpenRuns)
      .execute();
    return await this.#withLocks(rows);
  }

  async ofEpisode(episodeId: string, db: Connection = this.#db): Promise<StoredRun[]> {
    const rows = await db
      .selectFrom('runs')
      .selectAll()
      .where('episode_id', '=', episodeId)
      .orderBy('created_at_ms')
      .limit(500)
      .execute();
    return await this.#withLocks(rows, db);
  }

  /** Newest first. @throws AppError `invalid_request` for a cursor that no page gave out */
  async list(query: RunListQuery): Promise<Page<StoredRun>> {
    let found = this.#db.selectFrom('runs');
    if (query.policy !== undefined) {
      found = found.where('policy', '=', query.policy);
    }
    if (query.episode !== undefined) {
      found = found.where('episode_id', '=', query.episode);
    }
    if (query.state === 'awaiting-approval') {
      found = found.where('state', '=', query.state);
    } else if (query.state !== undefined) {
      found = found.where('state', query.state === 'open' ? 'in' : 'not in', openRunStates);
    }
    const { total } = await found.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
    const after = query.cursor === undefined ? undefined : parseCursor(query.cursor);
    if (after !== undefined) {
      found = found.where(sql<boolean>`(created_at_ms, id) < (${after.atMs}, ${after.id})`);
    }
    const rows = await found
      .selectAll()
      .orderBy('created_at_ms', 'desc')
      .orderBy('id', 'desc')
      .limit(query.limit + 1)
      .execute();
    const items = await this.#withLocks(rows.slice(0, query.limit));
    const last = rows.length > query.limit ? rows[query.limit - 1] : undefined;
    return { items, total, nextCursor: last === undefined ? null : `${last.created_at_ms}.${last.id}` };
  }

  /** @returns the number that it got: one more than the newest of the run */
  async addEvent(runId: string, event: Omit<RunEvent, 'seq'>, db: Connection): Promise<number> {
    const { atMs, kind, host, text } = event;
    const { rows } = await sql<{ seq: number }>`
      insert into run_events (run_id, seq, at_ms, kind, host, text)
      select ${runId}, coalesce(max(seq), 0) + 1, ${atMs}, ${kind}, ${host}, ${text} from run_events
      where run_id = ${runId} returning seq`.execute(db);
    return Number(rows[0]?.seq);
  }

  /** In the order they came, after `afterSeq`. */
  async events(runId: string, afterSeq = 0): Promise<RunEvent[]> {
    const rows = await this.#db
      .selectFrom('run_events')
      .select(['seq', 'at_ms', 'kind', 'host', 'text'])
      .where('run_id', '=', runId)
      .where('seq', '>', afterSeq)
      .orderBy('seq')
      .limit(maxEvents)
      .execute();
    return rows.map(({ seq, at_ms, kind, host, text }) => RunEvent.parse({ seq, atMs: at_ms, kind, host, text }));
  }

  async #withLocks(rows: ReadonlyArray<Selectable<RunsTable>>, db: Connection = this.#db): Promise<StoredRun[]> {
    if (rows.length === 0) {
      return [];
    }
    const blocked = await db
      .selectFrom('target_locks')
      .select('run_id')
      .where('blocked', '=', 1)
      .limit(maxOpenRuns)
      .execute();
    const ids = new Set(blocked.map(({ run_id }) => run_id));
    return rows.map((row) => runOf(row, ids.has(row.id)));
  }
}

function parseCursor(cursor: string): { atMs: number; id: string } {
  const match = Cursor.exec(cursor);
  if (match === null) {
    throw new AppError('invalid_request', 'query.cursor: no page gave out this cursor; begin without one');
  }
  return { atMs: Number(match[1]), id: match[2] ?? '' };
}
