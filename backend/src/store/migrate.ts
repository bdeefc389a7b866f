import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { jobsAndBands } from './migrations/0001-jobs-and-bands.ts';
import { scoring } from './migrations/0002-scoring.ts';
import { remediation } from './migrations/0003-remediation.ts';

/** In order; append only: a migration that was released is never changed. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-jobs-and-bands': jobsAndBands,
  '0002-scoring': scoring,
  '0003-remediation': remediation,
};

export type MigrationOutcome =
  | { readonly kind: 'done'; readonly applied: readonly string[] }
  /** The file has migrations that this program does not know. */
  | { readonly kind: 'newer'; readonly unknown: readonly string[] }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Brings the schema up to this program's version; touches nothing when the file is from a newer one. */
export async function migrate<T>(db: Kysely<T>): Promise<MigrationOutcome> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } });
  const unknown = await unknownMigrations(db);
  if (unknown.length > 0) {
    return { kind: 'newer', unknown };
  }
  const { error, results } = await migrator.migrateToLatest();
  return error === undefined
    ? { kind: 'done', applied: (results ?? []).map(({ migrationName }) => migrationName) }
    : { kind: 'failed', error };
}

async function unknownMigrations<T>(db: Kysely<T>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) {
    return [];
  }
  const kysely = db as unknown as Kysely<{ kysely_migration: { name: string } }>;
  const rows = await kysely.selectFrom('kysely_migration').select('name').orderBy('name').limit(10_000).execute();
  return rows.map(({ name }) => name).filter((name) => !(name in migrations));
}
