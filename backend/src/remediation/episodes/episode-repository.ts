import { sql, type ExpressionBuilder, type Kysely } from 'kysely';
import type { Page } from '../../contract/api.ts';
import type { Episode, EpisodeListQuery } from '../../contract/remediation/episode.ts';
import { AppError } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import { episodeColumns, episodeOf, labelText, rowOf, stateColumns, stateOf } from './episode-columns.ts';
import type { EpisodeState } from './episode-transition.ts';

/** The store, or a transaction of it that the caller ends. */
type Connection = Kysely<Tables>;

/** Whose alert it is: with the fingerprint the identity that one episode at a time may be open for. */
export interface EpisodeOwner {
  readonly source: string;
  readonly tenant: string;
}

export interface EpisodeIdentity extends EpisodeOwner {
  readonly fingerprint: string;
}

/** An opened episode as blast radius counts it. */
export interface OpenedEpisode {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly openedAtMs: number;
  readonly closedAtMs: number | null;
  /** Alerts of its group that the source left out: they fail too. */
  readonly truncated: number;
}

// 21 columns a row, and SQLite takes at most 32,766 parameters.
const rowsPerWrite = 500;
const prunedAtOnce = 500;
/** Episodes of one storm: beyond it a fraction of them says as much. */
const mostAtOnce = 20_000;

/** The SQL of episodes. The book writes them, the coordinator decides about them, everyone reads them. */
export class EpisodeRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async get(id: string, db: Connection = this.#db): Promise<Episode | undefined> {
    const row = await db.selectFrom('episodes').select(episodeColumns).where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : episodeOf(row);
  }

  /** Newest first. @throws AppError `invalid_request` for a cursor that no page gave out */
  async list(query: EpisodeListQuery): Promise<Page<Episode>> {
    const after = positionOf(query.cursor);
    const rows = await this.#db
      .selectFrom('episodes')
      .select(episodeColumns)
      .where((where) => where.and([...conditions(where, query), ...(after === undefined ? [] : [older(where, after)])]))
      .orderBy('opened_at_ms', 'desc')
      .orderBy('id')
      .limit(query.limit + 1)
      .execute();
    const { total } = await this.#db
      .selectFrom('episodes')
      .select((select) => select.fn.countAll<number>().as('total'))
      .where((where) => where.and(conditions(where, query)))
      .executeTakeFirstOrThrow();
    const items = rows.slice(0, query.limit).map(episodeOf);
    const last = items.at(-1);
    return { items, total, nextCursor: rows.length > query.limit && last !== undefined ? cursorOf(last) : null };
  }

  /** Open episodes that policies have not looked at in their newest state, oldest first. */
  async undecided(limit: number): Promise<Episode[]> {
    const rows = await this.#db
      .selectFrom('episodes')
      .select(episodeColumns)
      .where('undecided', '=', 1)
      .where('closed_at_ms', 'is', null)
      .orderBy('opened_at_ms')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(episodeOf);
  }

  /**
   * Nothing is owed to these episodes any more; one that was heard of since it was read has to be looked at again.
   * @param db the transaction that writes the decisions: both are kept, or neither
   */
  async markDecided(looked: ReadonlyArray<Pick<Episode, 'id' | 'deliveries'>>, db: Connection): Promise<void> {
    for (let from = 0; from < looked.length; from += rowsPerWrite) {
      const pairs = looked.slice(from, from + rowsPerWrite).map(({ id, deliveries }) => sql`(${id}, ${deliveries})`);
      await db
        .updateTable('episodes')
        .set({ undecided: 0 })
        .where(sql<boolean>`(id, deliveries) in (values ${sql.join(pairs)})`)
        .execute();
    }
  }

  /** Episodes that opened since, oldest first: what a replay goes through. */
  async recent(fromMs: number, limit: number): Promise<Episode[]> {
    const rows = await this.#db
      .selectFrom('episodes')
      .select(episodeColumns)
      .where('opened_at_ms', '>=', fromMs)
      .orderBy('opened_at_ms')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(episodeOf);
  }

  /**
   * The open episode of an alert that a person points at; the newest when several sources tell of it. Grafana's own
   * labels (`__…`) are not compared: its interface shows them, its messages do not.
   */
  async openOfLabels(labels: Readonly<Record<string, string>>): Promise<Episode | undefined> {
    const own = Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith('__')));
    const row = await this.#db
      .selectFrom('episodes')
      .select(episodeColumns)
      .where('closed_at_ms', 'is', null)
      .where('labels', '=', labelText(own))
      .orderBy('opened_at_ms', 'desc')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : episodeOf(row);
  }

  /** How often an alert opened an episode since: what flapping is told by. */
  async opensSince({ source, tenant, fingerprint }: EpisodeIdentity, sinceMs: number): Promise<number> {
    const { opens } = await this.#db
      .selectFrom('episodes')
      .select((select) => select.fn.countAll<number>().as('opens'))
      .where('source', '=', source)
      .where('tenant', '=', tenant)
      .where('fingerprint', '=', fingerprint)
      .where('opened_at_ms', '>=', sinceMs)
      .executeTakeFirstOrThrow();
    return opens;
  }

  /** Episodes that opened since, whatever became of them, newest first: what blast radius is told by. */
  async openedInGroup(sinceMs: number): Promise<OpenedEpisode[]> {
    const rows = await this.#db
      .selectFrom('episodes')
      .select(['id', 'labels', 'opened_at_ms', 'closed_at_ms', 'truncated'])
      .where('opened_at_ms', '>=', sinceMs)
      .orderBy('opened_at_ms', 'desc')
      .orderBy('id')
      .limit(mostAtOnce)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      labels: JSON.parse(row.labels) as Record<string, string>,
      openedAtMs: row.opened_at_ms,
      closedAtMs: row.closed_at_ms,
      truncated: row.truncated,
    }));
  }

  /** Forgets episodes that closed before and that no decision or run speaks of. @returns how many */
  async prune(beforeMs: number): Promise<number> {
    let pruned = 0;
    // each round forgets some: it ends when none is left
    for (;;) {
      const { numDeletedRows } = await this.#db
        .deleteFrom('episodes')
        .where('id', 'in', (old) =>
          old
            .selectFrom('episodes as e')
            .select('e.id')
            .where('e.closed_at_ms', '<', beforeMs)
            .where(sql<boolean>`not exists (select 1 from runs where runs.episode_id = e.id)`)
            .where(sql<boolean>`not exists (select 1 from decisions where decisions.episode_id = e.id)`)
            .orderBy('e.id')
            .limit(prunedAtOnce)
        )
        .executeTakeFirst();
      pruned += Number(numDeletedRows);
      if (Number(numDeletedRows) < prunedAtOnce) {
        return pruned;
      }
    }
  }

  /** The open and the newest closed episode of some alerts of one source, by fingerprint. */
  async newestOf(owner: EpisodeOwner, fingerprints: readonly string[], db: Connection): Promise<NewestEpisodes> {
    const of = () =>
      db
        .selectFrom('episodes')
        .select(stateColumns)
        .where('source', '=', owner.source)
        .where('tenant', '=', owner.tenant)
        .where('fingerprint', 'in', fingerprints);
    const open = await of().where('closed_at_ms', 'is', null).execute();
    const closed = await of()
      .where('closed_at_ms', 'is not', null)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('episodes as newer')
              .select('newer.id')
              .whereRef('newer.source', '=', 'episodes.source')
              .whereRef('newer.tenant', '=', 'episodes.tenant')
              .whereRef('newer.fingerprint', '=', 'episodes.fingerprint')
              .where('newer.closed_at_ms', 'is not', null)
              .where(
                sql<boolean>`(newer.opened_at_ms, newer.updated_at_ms, newer.id) > (episodes.opened_at_ms, episodes.updated_at_ms, episodes.id)`
              )
          )
        )
      )
      .execute();
    const byFingerprint = (rows: typeof open) => new Map(rows.map((row) => [row.fingerprint, stateOf(row)]));
    return { open: byFingerprint(open), closed: byFingerprint(closed) };
  }

  /** Writes episodes as they are now. Those that close have to come before those that open in their place. */
  async save(episodes: readonly EpisodeState[], nowMs: number, db: Connection): Promise<void> {
    for (let from = 0; from < episodes.length; from += rowsPerWrite) {
      const rows = episodes.slice(from, from + rowsPerWrite).map((one) => rowOf(one, nowMs));
      await db
        .insertInto('episodes')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet(({ ref }) =>
              Object.fromEntries([...changing, 'updated_at_ms' as const].map((name) => [name, ref(`excluded.${name}`)]))
            )
        )
        .execute();
    }
  }

  /** Open episodes of a source that were not heard of since, oldest first. */
  async silentSince(owner: EpisodeOwner, beforeMs: number, limit: number): Promise<EpisodeState[]> {
    const rows = await this.#db
      .selectFrom('episodes')
      .select(stateColumns)
      .where('source', '=', owner.source)
      .where('tenant', '=', owner.tenant)
      .where('closed_at_ms', 'is', null)
      .where('seen_at_ms', '<', beforeMs)
      .orderBy('seen_at_ms')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(stateOf);
  }
}

export interface NewestEpisodes {
  readonly open: ReadonlyMap<string, EpisodeState>;
  readonly closed: ReadonlyMap<string, EpisodeState>;
}

const fixed: ReadonlySet<string> = new Set(['id', 'source', 'source_kind', 'tenant', 'fingerprint', 'opened_at_ms']);
const changing = stateColumns.filter((name) => !fixed.has(name));

interface Position {
  readonly openedAtMs: number;
  readonly id: string;
}

type Where = ExpressionBuilder<Tables, 'episodes'>;

function conditions(where: Where, { state, search, from }: EpisodeListQuery) {
  const like = `%${(search ?? '').replace(/[\\%_]/g, '\\$&')}%`;
  return [
    ...(state === undefined ? [] : [where('closed_at_ms', state === 'open' ? 'is' : 'is not', null)]),
    ...(from === undefined ? [] : [where.or([where('closed_at_ms', 'is', null), where('closed_at_ms', '>=', from)])]),
    ...(search === undefined ? [] : [sql<boolean>`labels like ${like} escape '\\'`]),
  ];
}

function older(where: Where, { openedAtMs, id }: Position) {
  return where.or([
    where('opened_at_ms', '<', openedAtMs),
    where.and([where('opened_at_ms', '=', openedAtMs), where('id', '>', id)]),
  ]);
}

function cursorOf({ openedAtMs, id }: Position): string {
  return Buffer.from(`${openedAtMs} ${id}`).toString('base64url');
}

function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) {
    return undefined;
  }
  const match = /^(\d{1,15}) (\S{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match === null) {
    throw new AppError('invalid_request', 'cursor: expected the nextCursor of an earlier page');
  }
  return { openedAtMs: Number(match[1]), id: match[2] ?? '' };
}
