import type { Database } from '../store/database.ts';

/** How often people found that what was told was real. */
export interface Precision {
  readonly judged: number;
  /** Real ones among the judged, 0..1; null before any verdict. */
  readonly precision: number | null;
}

const maxJobs = 10_000;

/** Verdicts counted, by job. A job without a verdict is missing. */
export async function precisionByJob(db: Database): Promise<ReadonlyMap<string, Precision>> {
  const rows = await db
    .selectFrom('anomalies')
    .select(({ fn, eb }) => [
      'job',
      fn.countAll<number>().as('judged'),
      fn.sum<number>(eb.case().when('verdict', '=', 'real').then(1).else(0).end()).as('real'),
    ])
    .where('verdict', 'is not', null)
    .groupBy('job')
    .orderBy('job')
    .limit(maxJobs)
    .execute();
  return new Map(rows.map(({ job, judged, real }) => [job, { judged, precision: real / judged }]));
}

/** The same over all jobs. */
export function overallPrecision(byJob: ReadonlyMap<string, Precision>): Precision {
  let judged = 0;
  let real = 0;
  for (const one of byJob.values()) {
    judged += one.judged;
    real += one.judged * (one.precision ?? 0);
  }
  return { judged, precision: judged === 0 ? null : real / judged };
}

export async function countOpen(db: Database): Promise<number> {
  const { open } = await db
    .selectFrom('anomalies')
    .select((count) => count.fn.countAll<number>().as('open'))
    .where('ended_at_ms', 'is', null)
    .executeTakeFirstOrThrow();
  return open;
}
