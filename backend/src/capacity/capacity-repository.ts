import { z } from 'zod';
import { CapacityRow } from '../contract/capacity.ts';
import type { Database } from '../store/database.ts';

const maxRows = 10_000;
/** Crossings are kept as so many equal shares of the possible futures. */
const shares = 40;

/** A row with when the possible futures cross, so that people can ask for any date. Null: beyond what was looked at. */
const StoredCapacity = CapacityRow.extend({ crossingsMs: z.array(z.number().nullable()).default([]) });
export type StoredCapacity = z.infer<typeof StoredCapacity>;

/** Instants by which 1/40, 2/40 … of the possible futures have crossed. @param crossingsMs ascending, Infinity for never */
export function crossingShares(crossingsMs: Float64Array): Array<number | null> {
  return crossingsMs.length === 0
    ? []
    : Array.from({ length: shares }, (_, i) => {
        const at = crossingsMs[Math.ceil(((i + 1) / shares) * crossingsMs.length) - 1] ?? Infinity;
        return Number.isFinite(at) ? at : null;
      });
}

/** Share of possible futures that have crossed by an instant, to 1/40; null when nothing is known. */
function probabilityBy(crossingsMs: ReadonlyArray<number | null>, beforeMs: number): number | null {
  return crossingsMs.length === 0
    ? null
    : crossingsMs.filter((at) => at !== null && at <= beforeMs).length / crossingsMs.length;
}

/** The SQL that reads estimates of crossings. */
export class CapacityRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Soonest crossing first; series without one come last.
   * @param query.before the probabilities are those of a crossing before this instant instead of within the job's `warn`
   */
  async list(query: {
    readonly job?: string | undefined;
    readonly before?: number | undefined;
  }): Promise<CapacityRow[]> {
    const { job, before } = query;
    const rows = await this.#db
      .selectFrom('capacity')
      .select('row')
      .$if(job !== undefined, (select) => select.where('job', '=', job ?? ''))
      .orderBy('job')
      .orderBy('series_id')
      .orderBy('limit_text')
      .limit(maxRows)
      .execute();
    return rows
      .map(({ row }) => StoredCapacity.parse(JSON.parse(row)))
      .map(({ crossingsMs, ...row }) =>
        before === undefined ? row : { ...row, probability: probabilityBy(crossingsMs, before) }
      )
      .sort((a, b) => soonness(a) - soonness(b) || (b.probability ?? 0) - (a.probability ?? 0));
  }
}

function soonness({ etaMs }: CapacityRow): number {
  return etaMs ?? Number.MAX_SAFE_INTEGER;
}
