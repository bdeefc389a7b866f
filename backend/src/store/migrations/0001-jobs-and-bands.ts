import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Instants are epoch milliseconds (bigint), documents JSON text, flags 0 or 1: the same in every dialect. */
export const jobsAndBands: Migration = {
  async up(db) {
    await createJobs(db as Kysely<unknown>);
    await createFits(db as Kysely<unknown>);
    await createSeries(db as Kysely<unknown>);
    await createBands(db as Kysely<unknown>);
  },
};

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('jobs')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('spec', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('aside_reason', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_by', 'text', (column) => column.notNull())
    .addColumn('retrain_requested_at_ms', 'bigint')
    .addColumn('trained_at_ms', 'bigint')
    .addColumn('trained_to_ms', 'bigint')
    .addColumn('trained_key', 'text')
    .addColumn('attempted_at_ms', 'bigint')
    .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('error', 'text')
    .addColumn('result', 'text', (column) => column.notNull())
    .execute();
}

async function createFits(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('fits')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('job', 'text', (column) =>
      column.notNull().references('jobs.name').onDelete('cascade').onUpdate('cascade')
    )
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('trained_from_ms', 'bigint', (column) => column.notNull())
    .addColumn('trained_to_ms', 'bigint', (column) => column.notNull())
    .addColumn('series_done', 'integer', (column) => column.notNull())
    .addColumn('series_total', 'integer', (column) => column.notNull())
    .addColumn('series_failed', 'integer', (column) => column.notNull())
    .addColumn('cpu_seconds', 'double precision', (column) => column.notNull())
    .addColumn('error', 'text')
    .addColumn('warnings', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('fits_by_job').on('fits').columns(['job', 'started_at_ms']).execute();
}

async function createSeries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('series')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('job', 'text', (column) =>
      column.notNull().references('jobs.name').onDelete('cascade').onUpdate('cascade')
    )
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('label_key', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('notes', 'text', (column) => column.notNull())
    .addColumn('model', 'text')
    .addColumn('mase', 'double precision')
    .addColumn('coverage', 'text', (column) => column.notNull())
    .addColumn('trained_at_ms', 'bigint')
    .addColumn('trained_key', 'text')
    .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('series_by_labels', ['job', 'label_key'])
    .execute();
  await db.schema
    .createTable('backtests')
    .addColumn('series_id', 'text', (column) => column.primaryKey().references('series.id').onDelete('cascade'))
    .addColumn('backtest', 'text', (column) => column.notNull())
    .execute();
}

async function createBands(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('bands')
    .addColumn('series_id', 'text', (column) => column.notNull().references('series.id').onDelete('cascade'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('start_ms', 'bigint', (column) => column.notNull())
    .addColumn('end_ms', 'bigint', (column) => column.notNull())
    .addColumn('made_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('band', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('bands_by_start', ['series_id', 'kind', 'start_ms'])
    .execute();
  await db.schema.createIndex('bands_by_end').on('bands').columns(['series_id', 'end_ms']).execute();
}
