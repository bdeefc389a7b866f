import { z } from 'zod';
import { PageQuery } from './api.ts';
import { DetectionKind, PanelRef } from './detect.ts';
import { Anomaly, LabelSet } from './forecast.ts';

/** One line of why: `code` and `facts` are what the interface translates, `text` is the English sentence. */
export const Evidence = z.object({
  code: z.string().max(60),
  text: z.string().max(1000),
  facts: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});
export type Evidence = z.infer<typeof Evidence>;

export const Verdict = z.enum(['real', 'expected', 'false-alarm']);
export type Verdict = z.infer<typeof Verdict>;

/** Who decided, and when. */
const Decision = { by: z.string(), atMs: z.number() };

/** An anomaly that a job found while values came in: kept until the store's retention. */
export const AnomalyRecord = z.object({
  id: z.string(),
  job: z.string(),
  kind: DetectionKind,
  /** Null when it is about the job as a whole, or a set of series. */
  seriesId: z.string().nullable(),
  labels: LabelSet,
  state: z.enum(['open', 'closed']),
  startedAtMs: z.number(),
  /** Last instant at which it was abnormal; null while it lasts. */
  endedAtMs: z.number().nullable(),
  /** Newest sample that was looked at. */
  seenToMs: z.number(),
  /** When it was told first: the time between this and the start is the delay. */
  openedAtMs: z.number(),
  direction: z.enum(['above', 'below']).nullable(),
  /** 1 at the band's edge; null for kinds without a score. */
  score: z.number().nullable(),
  peakScore: z.number().nullable(),
  peakAtMs: z.number().nullable(),
  peakValue: z.number().nullable(),
  expectedAtPeak: z.number().nullable(),
  evidence: z.array(Evidence),
  /** Times it came back within the damping time instead of opening a new one. */
  flaps: z.number().int(),
  /** Found while catching up after a stop, and over before it was found: told to nobody. */
  late: z.boolean(),
  /** Calendar, change or excluded range that keeps its alert back; null when nothing does. */
  mutedBy: z.string().nullable(),
  verdict: z.object({ verdict: Verdict, ...Decision }).nullable(),
  /** A change of level waits for a person: accepted ranges leave the training data, and the new level is normal. */
  levelDecision: z.object({ decision: z.enum(['accepted', 'rejected']), ...Decision }).nullable(),
  /** Panels on which it is drawn. */
  panels: z.array(PanelRef),
  /** How it was told, by receiver. */
  deliveries: z.array(
    z.object({
      receiver: z.string(),
      state: z.enum(['waiting', 'firing', 'resolved', 'failing']),
      acceptedAtMs: z.number().nullable(),
      error: z.string().nullable(),
    })
  ),
});
export type AnomalyRecord = z.infer<typeof AnomalyRecord>;

export const AnomalyListQuery = PageQuery.extend({
  job: z.string().max(63).optional(),
  kind: DetectionKind.optional(),
  state: z.enum(['open', 'closed']).optional(),
  verdict: z.union([Verdict, z.literal('none')]).optional(),
  /** Anomalies that overlap [from, to], epoch milliseconds. */
  from: z.coerce.number().int().min(0).optional(),
  to: z.coerce.number().int().min(0).optional(),
  search: z.string().max(200).optional(),
});
export type AnomalyListQuery = z.output<typeof AnomalyListQuery>;

/** Null takes a verdict back. `apply` also changes the setting that the preview of this verdict names. */
export const VerdictRequest = z.strictObject({ verdict: Verdict.nullable(), apply: z.boolean().default(false) });
export const VerdictPreviewRequest = z.strictObject({ verdict: Verdict });

/** What came of a verdict: the anomaly as it is now, and what became of the job's setting. */
export const JudgedAnomaly = AnomalyRecord.extend({
  setting: z.discriminatedUnion('state', [
    z.object({ state: z.literal('unchanged') }),
    z.object({ state: z.literal('applied'), key: z.string(), value: z.string() }),
    /** The job is defined in a file: this line has to be written there. */
    z.object({ state: z.literal('in-file'), file: z.string(), line: z.number().int().nullable(), write: z.string() }),
  ]),
});
export type JudgedAnomaly = z.infer<typeof JudgedAnomaly>;
export const LevelDecisionRequest = z.strictObject({ decision: z.enum(['accepted', 'rejected']) });

/** What a verdict would change, over the alerts of the last days, before it is applied. */
export const VerdictPreview = z.object({
  days: z.number().int(),
  /** Setting that the verdict suggests to change; null when none would help. */
  change: z
    .object({
      key: z.enum(['sensitivity', 'atLeast']),
      from: z.string(),
      to: z.string(),
      /** One English sentence. */
      text: z.string(),
    })
    .nullable(),
  alertsNow: z.number().int(),
  alertsThen: z.number().int(),
  removed: z.array(Anomaly.extend({ id: z.string().nullable(), labels: LabelSet })),
  added: z.array(Anomaly.extend({ id: z.string().nullable(), labels: LabelSet })),
  /** Share of judged anomalies of this job that were real, 0..1; null before any verdict. */
  precision: z.number().nullable(),
  judged: z.number().int(),
});
export type VerdictPreview = z.infer<typeof VerdictPreview>;
