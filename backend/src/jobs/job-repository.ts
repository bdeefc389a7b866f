import type { Selectable } from 'kysely';
import { z } from 'zod';
import { Coverage, JobOrigin, JobSpec } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { JobsTable } from '../store/tables.ts';
import { noResult, type JobRecord, type JobResult, type StoredError } from './job-record.ts';

// A bound for every list; the façade and the runner look at all jobs.
const maxJobs = 10_000;

const StoredErrorText = z.object({ code: z.string(), message: z.string() });
const ResultText = z.object({
  seriesCount: z.number(),
  warmingCount: z.number(),
  model: z.string().nullable(),
  mase: z.number().nullable(),
  coverage: z.array(Coverage),
});

const columns = [
  'name',
  'spec',
  'origin',
  'aside_reason',
  'created_at_ms',
  'updated_at_ms',
  'retrain_requested_at_ms',
  'trained_at_ms',
  'trained_to_ms',
  'trained_key',
  'attempted_at_ms',
  'failures',
  'error',
  'result',
] as const;

export interface JobChange {
  readonly spec: JobSpec;
  readonly origin: JobOrigin;
  readonly nowMs: number;
  readonly by: string;
}

/** A completed training. */
export interface JobTrained {
  readonly trainedAtMs: number;
  readonly trainedToMs: number;
  readonly trainedKey: string;
  readonly attemptedAtMs: number;
  readonly result: JobResult;
}

/** The SQL of jobs. */
export class JobRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** In the order of names. */
  async all(): Promise<readonly JobRecord[]> {
    const rows = await this.#db.selectFrom('jobs').select(columns).orderBy('name').limit(maxJobs).execute();
    return rows.map(recordOf);
  }

  async find(name: string): Promise<JobRecord | undefined> {
    const row = await this.#db.selectFrom('jobs').select(columns).where('name', '=', name).executeTakeFirst();
    return row === undefined ? undefined : recordOf(row);
  }

  /** False when the name is taken. */
  async insert(change: JobChange): Promise<boolean> {
    const { spec, nowMs } = change;
    const row = {
      ...written(change),
      name: spec.name,
      created_at_ms: nowMs,
      failures: 0,
      result: JSON.stringify(noResult),
    };
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('jobs')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** A changed definition starts with a clean record of failures; what was trained stays until the next training. */
  async update(name: string, change: JobChange): Promise<void> {
    const cleared = { aside_reason: null, failures: 0, error: null, attempted_at_ms: null };
    await this.#db
      .updateTable('jobs')
      .set({ ...written(change), ...cleared })
      .where('name', '=', name)
      .execute();
  }

  /** Takes fits, series and bands along. */
  async remove(name: string): Promise<void> {
    await this.#db.deleteFrom('jobs').where('name', '=', name).execute();
  }

  /** Keeps a definition under another name, untrained; its forecasts go. */
  async setAside(record: JobRecord, newName: string, reason: string): Promise<void> {
    const { name } = record.spec;
    await this.#db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('series').where('job', '=', name).execute();
      await transaction
        .updateTable('jobs')
        .set({
          name: newName,
          spec: JSON.stringify({ ...record.spec, name: newName }),
          aside_reason: reason,
          trained_at_ms: null,
          trained_to_ms: null,
          trained_key: null,
          result: JSON.stringify(noResult),
        })
        .where('name', '=', name)
        .execute();
    });
  }

  async requestTraining(name: string, nowMs: number): Promise<void> {
    await this.#db.updateTable('jobs').set({ retrain_requested_at_ms: nowMs }).where('name', '=', name).execute();
  }

  async recordTrained(name: string, trained: JobTrained): Promise<void> {
    await this.#db
      .updateTable('jobs')
      .set({
        trained_at_ms: trained.trainedAtMs,
        trained_to_ms: trained.trainedToMs,
        trained_key: trained.trainedKey,
        attempted_at_ms: trained.attemptedAtMs,
        failures: 0,
        error: null,
        result: JSON.stringify(trained.result),
      })
      .where('name', '=', name)
      .execute();
  }

  async recordFailure(name: string, attemptedAtMs: number, error: StoredError): Promise<void> {
    await this.#db
      .updateTable('jobs')
      .set((columnsOf) => ({
        attempted_at_ms: attemptedAtMs,
        failures: columnsOf('failures', '+', 1),
        error: JSON.stringify(error),
      }))
      .where('name', '=', name)
      .execute();
  }
}

function written({ spec, origin, nowMs, by }: JobChange) {
  return { spec: JSON.stringify(spec), origin: JSON.stringify(origin), updated_at_ms: nowMs, updated_by: by };
}

function recordOf(row: Pick<Selectable<JobsTable>, (typeof columns)[number]>): JobRecord {
  return {
    spec: parse(row.name, JobSpec, row.spec),
    origin: parse(row.name, JobOrigin, row.origin),
    asideReason: row.aside_reason ?? undefined,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    retrainRequestedAtMs: row.retrain_requested_at_ms ?? undefined,
    trainedAtMs: row.trained_at_ms ?? undefined,
    trainedToMs: row.trained_to_ms ?? undefined,
    trainedKey: row.trained_key ?? undefined,
    attemptedAtMs: row.attempted_at_ms ?? undefined,
    failures: row.failures,
    error: row.error === null ? undefined : parse(row.name, StoredErrorText, row.error),
    result: parse(row.name, ResultText, row.result),
  };
}

function parse<T>(name: string, schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const message = `the store holds the job "${name}" in a form that this version can't read: ${z.prettifyError(parsed.error)}`;
    throw new AppError('store_unusable', message, { cause: parsed.error });
  }
  return parsed.data;
}
