import { z } from 'zod';
import type { AnomalyRecord } from '../contract/anomaly.ts';
import type { ExcludedRange } from '../jobs/training/learnable-history.ts';
import type { Database } from '../store/database.ts';

const maxRanges = 10_000;
/** An anomaly that lasts has no end yet: it is looked up when the range is read. */
const openEndMs = Number.MAX_SAFE_INTEGER;

const Reason = z.enum(['incident', 'rejected-level', 'old-level']);

/** The SQL of times that no training may learn from. They follow from what people decided about anomalies. */
export class ExcludedRanges {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Oldest first. A range whose anomaly lasts goes on to the end of time. */
  async ofJob(job: string): Promise<ExcludedRange[]> {
    const rows = await this.#db
      .selectFrom('excluded_ranges')
      .leftJoin('anomalies', 'anomalies.id', 'excluded_ranges.anomaly_id')
      .select(['excluded_ranges.series_id', 'from_ms', 'to_ms', 'reason', 'anomalies.ended_at_ms'])
      .where('excluded_ranges.job', '=', job)
      .orderBy('from_ms')
      .limit(maxRanges)
      .execute();
    return rows.map((row) => ({
      seriesId: row.series_id,
      fromMs: row.from_ms,
      toMs: row.to_ms === openEndMs ? (row.ended_at_ms ?? openEndMs) : row.to_ms,
      reason: Reason.parse(row.reason),
    }));
  }

  /** What the decisions about an anomaly, as it is now, take out of the training data of its series. */
  async follow(anomaly: AnomalyRecord): Promise<void> {
    const ranges = rangesOf(anomaly);
    await this.#db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('excluded_ranges').where('anomaly_id', '=', anomaly.id).execute();
      for (const { reason, fromMs, toMs } of ranges) {
        await transaction
          .insertInto('excluded_ranges')
          .values({
            id: `${anomaly.id}/${reason}`,
            job: anomaly.job,
            series_id: anomaly.seriesId,
            from_ms: fromMs,
            to_ms: toMs,
            reason,
            anomaly_id: anomaly.id,
          })
          .execute();
      }
    });
  }
}

type Range = Pick<ExcludedRange, 'reason' | 'fromMs' | 'toMs'>;

/** A real incident and a level that was rejected leave; what was before an accepted level does. */
function rangesOf({ verdict, levelDecision, startedAtMs, endedAtMs }: AnomalyRecord): Range[] {
  const lasted = { fromMs: startedAtMs, toMs: endedAtMs ?? openEndMs };
  const ranges: Range[] = [];
  if (verdict?.verdict === 'real') {
    ranges.push({ ...lasted, reason: 'incident' });
  }
  if (levelDecision?.decision === 'rejected') {
    ranges.push({ ...lasted, reason: 'rejected-level' });
  }
  if (levelDecision?.decision === 'accepted') {
    ranges.push({ fromMs: 0, toMs: startedAtMs - 1, reason: 'old-level' });
  }
  return ranges;
}
