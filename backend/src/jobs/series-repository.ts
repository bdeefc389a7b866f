import type { Selectable } from 'kysely';
import { z } from 'zod';
import { Backtest, ForecastState, LabelSet, Note, type JobSeries } from '../contract/forecast.ts';
import { Coverage } from '../contract/job.ts';
import { decodeDetectors, type SeriesDetectors } from '../scoring/series-detectors.ts';
import type { Database } from '../store/database.ts';
import type { SeriesTable } from '../store/tables.ts';

// Jobs × series a job is far below in every use we know; a bound all the same.
const maxSeries = 200_000;

const columns = ['id', 'job', 'labels', 'state', 'notes', 'model', 'mase', 'coverage', 'trained_at_ms'] as const;

/** A series and the job it belongs to. */
export interface SeriesRecord extends JobSeries {
  readonly job: string;
}

/** The SQL that reads series; the band repository writes them together with their bands. */
export class SeriesRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** By job and labels. */
  async all(): Promise<readonly SeriesRecord[]> {
    const rows = await this.#db
      .selectFrom('series')
      .select(columns)
      .orderBy('job')
      .orderBy('label_key')
      .limit(maxSeries)
      .execute();
    return rows.map(seriesOf);
  }

  async page(job: string, limit: number, offset: number): Promise<{ items: SeriesRecord[]; total: number }> {
    const rows = await this.#db
      .selectFrom('series')
      .select(columns)
      .where('job', '=', job)
      .orderBy('label_key')
      .limit(limit)
      .offset(offset)
      .execute();
    const { total } = await this.#db
      .selectFrom('series')
      .select((count) => count.fn.countAll<number>().as('total'))
      .where('job', '=', job)
      .executeTakeFirstOrThrow();
    return { items: rows.map(seriesOf), total };
  }

  async find(job: string, id: string): Promise<SeriesRecord | undefined> {
    const row = await this.#db
      .selectFrom('series')
      .select(columns)
      .where('job', '=', job)
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : seriesOf(row);
  }

  async backtest(id: string): Promise<Backtest | undefined> {
    const row = await this.#db
      .selectFrom('backtests')
      .select('backtest')
      .where('series_id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : Backtest.parse(JSON.parse(row.backtest));
  }

  /** What scoring knows of a series beside its band; undefined before its first training. */
  async detectors(id: string): Promise<SeriesDetectors | undefined> {
    const row = await this.#db.selectFrom('detectors').select('state').where('series_id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : decodeDetectors(row.state);
  }

  /** Series that the source has not answered since an instant, or that another definition of the job brought. */
  async dropGone(job: string, options: { readonly seenBeforeMs: number; readonly key: string }): Promise<void> {
    await this.#db
      .deleteFrom('series')
      .where('job', '=', job)
      .where((where) =>
        where.or([where('seen_at_ms', '<', options.seenBeforeMs), where('trained_key', '!=', options.key)])
      )
      .execute();
  }
}

function seriesOf(row: Pick<Selectable<SeriesTable>, (typeof columns)[number]>): SeriesRecord {
  return {
    id: row.id,
    job: row.job,
    labels: LabelSet.parse(JSON.parse(row.labels)),
    state: ForecastState.parse(row.state),
    notes: z.array(Note).parse(JSON.parse(row.notes)),
    model: row.model,
    mase: row.mase,
    coverage: z.array(Coverage).parse(JSON.parse(row.coverage)),
    trainedAtMs: row.trained_at_ms,
  };
}
