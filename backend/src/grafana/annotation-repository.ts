import { anomalyColumns, anomalyOf, type StoredAnomaly } from '../anomalies/anomaly-columns.ts';
import type { Database } from '../store/database.ts';
import type { AnnotationRecord } from './annotation-plan.ts';

const recordColumns = [
  'anomaly_id',
  'dashboard_uid',
  'panel_id',
  'annotation_id',
  'end_ms',
  'closed',
  'updated_at_ms',
  'error',
] as const;

// 100 annotations on each of 200 dashboards; what is older waits until some are erased.
const maxRecords = 20_000;
const maxAnomalies = 10_000;

/** The SQL of what we drew in Grafana. */
export class AnnotationRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async records(): Promise<readonly AnnotationRecord[]> {
    const rows = await this.#db
      .selectFrom('annotations')
      .select(recordColumns)
      .orderBy('updated_at_ms', 'desc')
      .orderBy('anomaly_id')
      .limit(maxRecords)
      .execute();
    return rows.map((row) => ({
      anomalyId: row.anomaly_id,
      dashboardUid: row.dashboard_uid,
      panelId: row.panel_id,
      annotationId: row.annotation_id,
      endMs: row.end_ms,
      closed: row.closed !== 0,
      updatedAtMs: row.updated_at_ms,
      error: row.error,
    }));
  }

  /** Anomalies of the jobs that last or ended since, and those that have a record; newest first. */
  async anomalies(jobs: readonly string[], endedSinceMs: number): Promise<readonly StoredAnomaly[]> {
    const rows = await this.#db
      .selectFrom('anomalies')
      .select(anomalyColumns)
      .where(({ or, and, eb, exists, selectFrom }) =>
        or([
          and([
            eb('job', 'in', jobs.length === 0 ? [''] : jobs),
            eb('late', '=', 0),
            or([eb('ended_at_ms', 'is', null), eb('ended_at_ms', '>=', endedSinceMs)]),
          ]),
          exists(
            selectFrom('annotations')
              .select('annotations.anomaly_id')
              .whereRef('annotations.anomaly_id', '=', 'anomalies.id')
          ),
        ])
      )
      .orderBy('started_at_ms', 'desc')
      .orderBy('id')
      .limit(maxAnomalies)
      .execute();
    return rows.map(anomalyOf);
  }

  async save(record: AnnotationRecord): Promise<void> {
    const changing = {
      annotation_id: record.annotationId,
      end_ms: record.endMs,
      closed: record.closed ? 1 : 0,
      updated_at_ms: record.updatedAtMs,
      error: record.error,
    };
    const { anomalyId, dashboardUid, panelId } = record;
    // The anomaly may have been deleted with its job while Grafana answered.
    const anomaly = await this.#db.selectFrom('anomalies').select('id').where('id', '=', anomalyId).executeTakeFirst();
    if (anomaly === undefined) {
      return;
    }
    await this.#db
      .insertInto('annotations')
      .values({ anomaly_id: anomalyId, dashboard_uid: dashboardUid, panel_id: panelId, ...changing })
      .onConflict((conflict) => conflict.columns(['anomaly_id', 'dashboard_uid', 'panel_id']).doUpdateSet(changing))
      .execute();
  }

  async remove({ anomalyId, dashboardUid, panelId }: AnnotationRecord): Promise<void> {
    await this.#db
      .deleteFrom('annotations')
      .where('anomaly_id', '=', anomalyId)
      .where('dashboard_uid', '=', dashboardUid)
      .where('panel_id', '=', panelId)
      .execute();
  }
}
