import { CapacityRow } from '../contract/capacity.ts';
import type { Database } from '../store/database.ts';

const maxRows = 10_000;

/** The SQL that reads estimates of crossings. */
export class CapacityRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Soonest crossing first; series without one come last. */
  async list({ job }: { readonly job?: string | undefined }): Promise<CapacityRow[]> {
    const rows = await this.#db
      .selectFrom('capacity')
      .select('row')
      .$if(job !== undefined, (query) => query.where('job', '=', job ?? ''))
      .orderBy('job')
      .orderBy('series_id')
      .orderBy('limit_text')
      .limit(maxRows)
      .execute();
    return rows
      .map(({ row }) => CapacityRow.parse(JSON.parse(row)))
      .sort((a, b) => (a.etaMs ?? Infinity) - (b.etaMs ?? Infinity) || (b.probability ?? 0) - (a.probability ?? 0));
  }
}
