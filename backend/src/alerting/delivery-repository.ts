import type { Database } from '../store/database.ts';
import type { Delivery } from './alert-plan.ts';

const idsPerWrite = 500;

/** What came of telling one receiver about anomalies. */
export interface Told {
  readonly anomalyId: string;
  readonly state: 'firing' | 'resolved';
  readonly accepted: boolean;
  /** Why it was not taken; null when it was. */
  readonly error: string | null;
}

/** The SQL of what receivers were told. */
export class DeliveryRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** What a receiver was told about anomalies that last or ended since. */
  async of(receiver: string, endedSinceMs: number): Promise<ReadonlyMap<string, Delivery>> {
    const rows = await this.#db
      .selectFrom('alert_deliveries')
      .innerJoin('anomalies', 'anomalies.id', 'alert_deliveries.anomaly_id')
      .select(['anomaly_id', 'alert_deliveries.state', 'sent_at_ms', 'accepted_at_ms', 'attempts'])
      .where('receiver', '=', receiver)
      .where((where) =>
        where.or([where('anomalies.ended_at_ms', 'is', null), where('anomalies.updated_at_ms', '>=', endedSinceMs)])
      )
      .execute();
    return new Map(
      rows.map((row): [string, Delivery] => [
        row.anomaly_id,
        {
          state: row.state === 'firing' || row.state === 'resolved' ? row.state : 'failing',
          sentAtMs: row.sent_at_ms,
          acceptedAtMs: row.accepted_at_ms,
          attempts: row.attempts,
        },
      ])
    );
  }

  /** Writes down what came of one round; a refused state leaves what was taken before. */
  async save(
    receiver: string,
    told: readonly Told[],
    before: ReadonlyMap<string, Delivery>,
    nowMs: number
  ): Promise<void> {
    for (let from = 0; from < told.length; from += idsPerWrite) {
      const rows = told.slice(from, from + idsPerWrite).map((one) => {
        const next = afterwards(one, before.get(one.anomalyId), nowMs);
        return {
          anomaly_id: one.anomalyId,
          receiver,
          state: next.state,
          sent_at_ms: next.sentAtMs,
          accepted_at_ms: next.acceptedAtMs,
          attempts: next.attempts,
          error: one.error,
        };
      });
      await this.#db
        .insertInto('alert_deliveries')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['anomaly_id', 'receiver']).doUpdateSet(({ ref }) => ({
            state: ref('excluded.state'),
            sent_at_ms: ref('excluded.sent_at_ms'),
            accepted_at_ms: ref('excluded.accepted_at_ms'),
            attempts: ref('excluded.attempts'),
            error: ref('excluded.error'),
          }))
        )
        .execute();
    }
  }
}

function afterwards({ state, accepted }: Told, before: Delivery | undefined, nowMs: number): Delivery {
  const attempts = (before?.attempts ?? 0) + 1;
  if (!accepted) {
    const unchanged = before === undefined ? ({ state: 'failing', acceptedAtMs: null } as const) : before;
    return { ...unchanged, attempts, sentAtMs: nowMs };
  }
  const first = before?.state !== state || before.acceptedAtMs === null;
  return { state, attempts, sentAtMs: nowMs, acceptedAtMs: first ? nowMs : before.acceptedAtMs };
}
