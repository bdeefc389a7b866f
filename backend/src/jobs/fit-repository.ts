import type { Selectable } from 'kysely';
import { z } from 'zod';
import { Fit } from '../contract/job.ts';
import type { Database } from '../store/database.ts';
import type { FitsTable } from '../store/tables.ts';
import type { StoredError } from './job-record.ts';

// A year of trainings at the default interval.
const keptFitsPerJob = 730;

const columns = [
  'id',
  'job',
  'state',
  'started_at_ms',
  'ended_at_ms',
  'trained_from_ms',
  'trained_to_ms',
  'series_done',
  'series_total',
  'series_failed',
  'cpu_seconds',
  'error',
  'warnings',
] as const;

const ErrorText = z.object({ code: z.string(), message: z.string() });
const WarningsText = z.array(z.string());

export interface FitStart {
  readonly id: string;
  readonly job: string;
  readonly startedAtMs: number;
  readonly trainedFromMs: number;
  readonly trainedToMs: number;
}

export interface FitEnd {
  readonly state: 'done' | 'failed' | 'interrupted';
  readonly endedAtMs: number;
  readonly error: StoredError | undefined;
}

/** The SQL of trainings of whole jobs. */
export class FitRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async begin(start: FitStart): Promise<void> {
    await this.#db
      .insertInto('fits')
      .values({
        id: start.id,
        job: start.job,
        state: 'running',
        started_at_ms: start.startedAtMs,
        trained_from_ms: start.trainedFromMs,
        trained_to_ms: start.trainedToMs,
        series_done: 0,
        series_total: 0,
        series_failed: 0,
        cpu_seconds: 0,
        warnings: '[]',
      })
      .execute();
  }

  async setRead(id: string, seriesTotal: number, warnings: readonly string[]): Promise<void> {
    await this.#db
      .updateTable('fits')
      .set({ series_total: seriesTotal, warnings: JSON.stringify(warnings) })
      .where('id', '=', id)
      .execute();
  }

  async end(id: string, end: FitEnd): Promise<void> {
    const error = end.error === undefined ? null : JSON.stringify(end.error);
    await this.#db
      .updateTable('fits')
      .set({ state: end.state, ended_at_ms: end.endedAtMs, error })
      .where('id', '=', id)
      .execute();
  }

  /** What a crash left running: called once, before anything runs. Answers how many there were. */
  async interruptRunning(nowMs: number): Promise<number> {
    const { numUpdatedRows } = await this.#db
      .updateTable('fits')
      .set({ state: 'interrupted', ended_at_ms: nowMs })
      .where('state', '=', 'running')
      .executeTakeFirst();
    return Number(numUpdatedRows);
  }

  /** Newest first. */
  async page(job: string, limit: number, offset: number): Promise<{ items: Fit[]; total: number }> {
    const rows = await this.#db
      .selectFrom('fits')
      .select(columns)
      .where('job', '=', job)
      .orderBy('started_at_ms', 'desc')
      .orderBy('id')
      .limit(limit)
      .offset(offset)
      .execute();
    const { total } = await this.#db
      .selectFrom('fits')
      .select((count) => count.fn.countAll<number>().as('total'))
      .where('job', '=', job)
      .executeTakeFirstOrThrow();
    return { items: rows.map(fitOf), total };
  }

  /** Forgets the oldest trainings of a job. */
  async prune(job: string): Promise<void> {
    const oldest = await this.#db
      .selectFrom('fits')
      .select('started_at_ms')
      .where('job', '=', job)
      .orderBy('started_at_ms', 'desc')
      .limit(1)
      .offset(keptFitsPerJob)
      .executeTakeFirst();
    if (oldest !== undefined) {
      await this.#db
        .deleteFrom('fits')
        .where('job', '=', job)
        .where('started_at_ms', '<=', oldest.started_at_ms)
        .execute();
    }
  }
}

function fitOf(row: Pick<Selectable<FitsTable>, (typeof columns)[number]>): Fit {
  return {
    id: row.id,
    state: Fit.shape.state.parse(row.state),
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    trainedFromMs: row.trained_from_ms,
    trainedToMs: row.trained_to_ms,
    seriesDone: row.series_done,
    seriesTotal: row.series_total,
    seriesFailed: row.series_failed,
    cpuSeconds: row.cpu_seconds,
    error: row.error === null ? null : ErrorText.parse(JSON.parse(row.error)),
    warnings: WarningsText.parse(JSON.parse(row.warnings)),
  };
}
