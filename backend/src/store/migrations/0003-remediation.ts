import { sql, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Remediation: what came in, what was decided, what was done, and the proof of it. */
export const remediation: Migration = {
  async up(db) {
    await createDeliveries(db as Kysely<unknown>);
    await createEpisodes(db as Kysely<unknown>);
    await createPolicies(db as Kysely<unknown>);
    await createRuns(db as Kysely<unknown>);
    await createRunEvents(db as Kysely<unknown>);
    await createDecisions(db as Kysely<unknown>);
    await createControls(db as Kysely<unknown>);
    await createProof(db as Kysely<unknown>);
  },
};

async function createDeliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('deliveries')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('source_kind', 'text', (column) => column.notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('received_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('body', 'blob', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('alerts', 'integer', (column) => column.notNull())
    .addColumn('error', 'text')
    .addColumn('processed_at_ms', 'bigint')
    .execute();
  await db.schema.createIndex('deliveries_by_state').on('deliveries').columns(['state', 'id']).execute();
}

async function createEpisodes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('episodes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('source_kind', 'text', (column) => column.notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('alertname', 'text', (column) => column.notNull())
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('annotations', 'text', (column) => column.notNull())
    .addColumn('generator_url', 'text')
    .addColumn('starts_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('opened_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('closed_at_ms', 'bigint')
    .addColumn('close_reason', 'text')
    .addColumn('flaps', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('deliveries', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('absence', 'text')
    .addColumn('senders', 'text', (column) => column.notNull().defaultTo('{}'))
    .addColumn('truncated', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('undecided', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  // The mutex of remediation: one open episode for one alert of one source.
  await db.schema
    .createIndex('episodes_open')
    .on('episodes')
    .columns(['source', 'tenant', 'fingerprint'])
    .unique()
    .where(sql.ref('closed_at_ms'), 'is', null)
    .execute();
  await db.schema.createIndex('episodes_by_time').on('episodes').columns(['opened_at_ms', 'id']).execute();
  await db.schema
    .createIndex('episodes_by_fingerprint')
    .on('episodes')
    .columns(['source', 'tenant', 'fingerprint', 'opened_at_ms'])
    .execute();
  await db.schema.createIndex('episodes_undecided').on('episodes').columns(['undecided', 'opened_at_ms']).execute();
}

async function createPolicies(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('policies')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('spec', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_by', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('policy_versions')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('spec', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('policy_versions_by_name', ['name', 'version'])
    .execute();
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await ofEpisode(db.schema.createTable('runs').addColumn('id', 'text', (column) => column.primaryKey()))
    .addColumn('policy', 'text', (column) => column.notNull())
    .addColumn('plan', 'text', (column) => column.notNull())
    .addColumn('plan_hash', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('mode', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('state_reason', 'text')
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('group_name', 'text', (column) => column.notNull())
    .addColumn('verdicts', 'text', (column) => column.notNull())
    .addColumn('approval', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('started_at_ms', 'bigint')
    .addColumn('engine_ended_at_ms', 'bigint')
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('handle', 'text')
    .addColumn('engine_outcome', 'text')
    .addColumn('verification', 'text')
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  // Nothing starts twice: not by a resend, not by two clicks.
  await db.schema.createIndex('runs_once').on('runs').columns(['episode_id', 'policy', 'attempt']).unique().execute();
  await db.schema.createIndex('runs_by_state').on('runs').columns(['state', 'created_at_ms']).execute();
  await db.schema.createIndex('runs_by_digest').on('runs').columns(['digest']).execute();
  await db.schema.createIndex('runs_by_policy').on('runs').columns(['policy', 'created_at_ms']).execute();
}

async function createRunEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('run_events')
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('host', 'text')
    .addColumn('text', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_events_by_run', ['run_id', 'seq'])
    .execute();
  await db.schema
    .createTable('dry_runs')
    .addColumn('plan_hash', 'text', (column) => column.primaryKey())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ok', 'integer', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .execute();
}

async function createDecisions(db: Kysely<unknown>): Promise<void> {
  await ofEpisode(db.schema.createTable('decisions').addColumn('id', 'text', (column) => column.primaryKey()))
    .addColumn('policy', 'text', (column) => column.notNull())
    .addColumn('policy_version', 'integer', (column) => column.notNull())
    .addColumn('mode', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('refused_by', 'text')
    .addColumn('verdicts', 'text', (column) => column.notNull())
    .addColumn('target', 'text')
    .addColumn('run_id', 'text')
    .execute();
  await db.schema.createIndex('decisions_by_episode').on('decisions').columns(['episode_id', 'at_ms']).execute();
  await db.schema.createIndex('decisions_by_policy').on('decisions').columns(['policy', 'at_ms']).execute();
}

async function createControls(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('target_locks')
    .addColumn('target', 'text', (column) => column.primaryKey())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('fence', 'integer', (column) => column.notNull())
    .addColumn('taken_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('released_at_ms', 'bigint')
    .addColumn('blocked', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('kill_switches')
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('on', 'integer', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('kill_switches_by_scope', ['scope', 'name'])
    .execute();
  await db.schema
    .createTable('breakers')
    .addColumn('policy', 'text', (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('until_ms', 'bigint')
    .addColumn('history', 'text', (column) => column.notNull())
    .execute();
}

async function createProof(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('seq', 'integer', (column) => column.primaryKey())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('audit_by_subject').on('audit').columns(['subject', 'seq']).execute();
  for (const verb of ['UPDATE', 'DELETE'] as const) {
    await sql`CREATE TRIGGER ${sql.raw(`audit_no_${verb.toLowerCase()}`)} BEFORE ${sql.raw(verb)} ON audit
      BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`.execute(db);
  }
  await db.schema
    .createTable('outbox')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('key', 'text', (column) => column.notNull().unique())
    .addColumn('contact', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('made_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('next_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('error', 'text')
    .addColumn('sent_at_ms', 'bigint')
    .execute();
  await db.schema.createIndex('outbox_by_state').on('outbox').columns(['state', 'next_at_ms']).execute();
}

function ofEpisode<T extends string, C extends string>(
  table: CreateTableBuilder<T, C>
): CreateTableBuilder<T, C | 'episode_id'> {
  return table.addColumn('episode_id', 'text', (column) =>
    column.notNull().references('episodes.id').onDelete('restrict')
  );
}
