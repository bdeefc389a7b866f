import type { CreateTableBuilder, Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Live scoring: who scores, how far, what was found, and what was told to whom. */
export const scoring: Migration = {
  async up(db) {
    await createScoring(db as Kysely<unknown>);
    await createAnomalies(db as Kysely<unknown>);
    await createDeliveries(db as Kysely<unknown>);
    await createContext(db as Kysely<unknown>);
  },
};

async function createScoring(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('until_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('scoring')
    .addColumn('job', 'text', (column) =>
      column.primaryKey().references('jobs.name').onDelete('cascade').onUpdate('cascade')
    )
    .addColumn('scored_to_ms', 'bigint', (column) => column.notNull())
    .addColumn('scored_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('state', 'blob', (column) => column.notNull())
    .addColumn('error', 'text')
    .execute();
  await db.schema
    .createTable('detectors')
    .addColumn('series_id', 'text', (column) => column.primaryKey().references('series.id').onDelete('cascade'))
    .addColumn('made_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('scored_to_ms', 'bigint', (column) => column.notNull())
    .addColumn('state', 'blob', (column) => column.notNull())
    .execute();
}

async function createAnomalies(db: Kysely<unknown>): Promise<void> {
  await ofJob(db.schema.createTable('anomalies').addColumn('id', 'text', (column) => column.primaryKey()))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('series_id', 'text')
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('seen_to_ms', 'bigint', (column) => column.notNull())
    .addColumn('opened_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('direction', 'text')
    .addColumn('score', 'double precision')
    .addColumn('peak_score', 'double precision')
    .addColumn('peak_at_ms', 'bigint')
    .addColumn('peak_value', 'double precision')
    .addColumn('expected_at_peak', 'double precision')
    .addColumn('evidence', 'text', (column) => column.notNull())
    .addColumn('flaps', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('late', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('muted_by', 'text')
    .addColumn('verdict', 'text')
    .addColumn('verdict_by', 'text')
    .addColumn('verdict_at_ms', 'bigint')
    .addColumn('level_decision', 'text')
    .addColumn('level_decision_by', 'text')
    .addColumn('level_decision_at_ms', 'bigint')
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('anomalies_by_start').on('anomalies').columns(['started_at_ms', 'id']).execute();
  await db.schema.createIndex('anomalies_by_job').on('anomalies').columns(['job', 'started_at_ms']).execute();
  await db.schema.createIndex('anomalies_by_end').on('anomalies').columns(['ended_at_ms']).execute();
  await db.schema.createIndex('anomalies_by_update').on('anomalies').columns(['updated_at_ms']).execute();
}

async function createDeliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('alert_deliveries')
    .addColumn('anomaly_id', 'text', (column) => column.notNull().references('anomalies.id').onDelete('cascade'))
    .addColumn('receiver', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('sent_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('accepted_at_ms', 'bigint')
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('alert_deliveries_by_receiver', ['anomaly_id', 'receiver'])
    .execute();
  await db.schema
    .createTable('annotations')
    .addColumn('anomaly_id', 'text', (column) => column.notNull().references('anomalies.id').onDelete('cascade'))
    .addColumn('dashboard_uid', 'text', (column) => column.notNull())
    .addColumn('panel_id', 'integer', (column) => column.notNull())
    .addColumn('annotation_id', 'bigint')
    .addColumn('end_ms', 'bigint')
    .addColumn('closed', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('annotations_by_panel', ['anomaly_id', 'dashboard_uid', 'panel_id'])
    .execute();
  await db.schema
    .createTable('write_queue')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('writer', 'text', (column) => column.notNull())
    .addColumn('made_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('newest_ms', 'bigint', (column) => column.notNull())
    .addColumn('samples', 'integer', (column) => column.notNull())
    .addColumn('body', 'blob', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('next_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('write_queue_by_writer').on('write_queue').columns(['writer', 'id']).execute();
}

async function createContext(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('changes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('widen_until_ms', 'bigint', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('changed_by', 'text', (column) => column.notNull())
    .addColumn('url', 'text')
    .execute();
  await db.schema.createIndex('changes_by_time').on('changes').columns(['at_ms']).execute();
  await db.schema
    .createTable('calendars')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('spec', 'text', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_by', 'text', (column) => column.notNull())
    .execute();
  await ofJob(db.schema.createTable('excluded_ranges').addColumn('id', 'text', (column) => column.primaryKey()))
    .addColumn('series_id', 'text')
    .addColumn('from_ms', 'bigint', (column) => column.notNull())
    .addColumn('to_ms', 'bigint', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('anomaly_id', 'text')
    .execute();
  await ofJob(db.schema.createTable('capacity').addColumn('series_id', 'text', (column) => column.notNull()))
    .addColumn('limit_text', 'text', (column) => column.notNull())
    .addColumn('row', 'text', (column) => column.notNull())
    .addColumn('estimated_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('capacity_by_series', ['job', 'series_id', 'limit_text'])
    .execute();
}

function ofJob<T extends string, C extends string>(table: CreateTableBuilder<T, C>): CreateTableBuilder<T, C | 'job'> {
  return table.addColumn('job', 'text', (column) =>
    column.notNull().references('jobs.name').onDelete('cascade').onUpdate('cascade')
  );
}
