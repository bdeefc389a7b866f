import type { Insertable, Selectable } from 'kysely';
import { z } from 'zod';
import { AnomalyRecord, Evidence, Verdict } from '../contract/anomaly.ts';
import { DetectionKind } from '../contract/detect.ts';
import { LabelSet } from '../contract/forecast.ts';
import type { AnomaliesTable } from '../store/scoring-tables.ts';

/** An anomaly without what others know of it: on which panels it is drawn and to whom it was told. */
export type StoredAnomaly = Omit<AnomalyRecord, 'panels' | 'deliveries'>;

/** What scoring writes; what people decided about an anomaly has columns of its own. */
export type ScoredAnomaly = Omit<StoredAnomaly, 'state' | 'verdict' | 'levelDecision'>;

/** Columns of what scoring writes. */
export const scoredColumns = [
  'id',
  'job',
  'kind',
  'series_id',
  'labels',
  'started_at_ms',
  'ended_at_ms',
  'seen_to_ms',
  'opened_at_ms',
  'direction',
  'score',
  'peak_score',
  'peak_at_ms',
  'peak_value',
  'expected_at_peak',
  'evidence',
  'flaps',
  'late',
  'muted_by',
] as const;

/** All columns of an anomaly. */
export const anomalyColumns = [
  ...scoredColumns,
  'verdict',
  'verdict_by',
  'verdict_at_ms',
  'level_decision',
  'level_decision_by',
  'level_decision_at_ms',
] as const;

type ScoredRow = Pick<Insertable<AnomaliesTable>, (typeof scoredColumns)[number]>;
type AnomalyRow = Pick<Selectable<AnomaliesTable>, (typeof anomalyColumns)[number]>;

const Direction = AnomalyRecord.shape.direction;
const LevelDecision = z.enum(['accepted', 'rejected']);

/** An anomaly as a row; numbers that are not finite become null. */
export function rowOf(anomaly: ScoredAnomaly): ScoredRow {
  return {
    id: anomaly.id,
    job: anomaly.job,
    kind: anomaly.kind,
    series_id: anomaly.seriesId,
    labels: JSON.stringify(anomaly.labels),
    started_at_ms: anomaly.startedAtMs,
    ended_at_ms: anomaly.endedAtMs,
    seen_to_ms: anomaly.seenToMs,
    opened_at_ms: anomaly.openedAtMs,
    direction: anomaly.direction,
    score: finite(anomaly.score),
    peak_score: finite(anomaly.peakScore),
    peak_at_ms: anomaly.peakAtMs,
    peak_value: finite(anomaly.peakValue),
    expected_at_peak: finite(anomaly.expectedAtPeak),
    evidence: JSON.stringify(anomaly.evidence),
    flaps: anomaly.flaps,
    late: anomaly.late ? 1 : 0,
    muted_by: anomaly.mutedBy,
  };
}

function finite(value: number | null): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A row as an anomaly. @throws ZodError when the store holds what this version does not know */
export function anomalyOf(row: AnomalyRow): StoredAnomaly {
  return {
    id: row.id,
    job: row.job,
    kind: DetectionKind.parse(row.kind),
    seriesId: row.series_id,
    labels: LabelSet.parse(JSON.parse(row.labels)),
    state: row.ended_at_ms === null ? 'open' : 'closed',
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    seenToMs: row.seen_to_ms,
    openedAtMs: row.opened_at_ms,
    direction: Direction.parse(row.direction),
    score: row.score,
    peakScore: row.peak_score,
    peakAtMs: row.peak_at_ms,
    peakValue: row.peak_value,
    expectedAtPeak: row.expected_at_peak,
    evidence: z.array(Evidence).parse(JSON.parse(row.evidence)),
    flaps: row.flaps,
    late: row.late !== 0,
    mutedBy: row.muted_by,
    ...decisionsOf(row),
  };
}

function decisionsOf(row: AnomalyRow): Pick<StoredAnomaly, 'verdict' | 'levelDecision'> {
  const verdict = Verdict.nullable().parse(row.verdict);
  const decision = LevelDecision.nullable().parse(row.level_decision);
  return {
    verdict: verdict === null ? null : { verdict, by: row.verdict_by ?? '', atMs: row.verdict_at_ms ?? 0 },
    levelDecision:
      decision === null ? null : { decision, by: row.level_decision_by ?? '', atMs: row.level_decision_at_ms ?? 0 },
  };
}
