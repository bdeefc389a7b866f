import { CalendarSpec } from '../contract/calendar.ts';
import { AppError } from '../errors.ts';
import type { Database } from '../store/database.ts';

const maxCalendars = 1_000;

export interface StoredCalendar {
  readonly spec: CalendarSpec;
  readonly by: string;
}

/** The SQL of calendars that were made over the API. */
export class CalendarRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** By name. */
  async all(): Promise<readonly StoredCalendar[]> {
    const rows = await this.#db
      .selectFrom('calendars')
      .select(['name', 'spec', 'updated_by'])
      .orderBy('name')
      .limit(maxCalendars)
      .execute();
    return rows.map(({ name, spec, updated_by: by }) => ({ spec: parse(name, spec), by }));
  }

  async save(spec: CalendarSpec, changed: { readonly by: string; readonly atMs: number }): Promise<void> {
    const row = { spec: JSON.stringify(spec), updated_at_ms: changed.atMs, updated_by: changed.by };
    await this.#db
      .insertInto('calendars')
      .values({ name: spec.name, ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
  }

  async remove(name: string): Promise<void> {
    await this.#db.deleteFrom('calendars').where('name', '=', name).execute();
  }
}

function parse(name: string, text: string): CalendarSpec {
  const parsed = CalendarSpec.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const message = `the store holds the calendar "${name}" in a form that this version can't read: ${parsed.error.message}`;
    throw new AppError('store_unusable', message, { cause: parsed.error });
  }
  return parsed.data;
}
