import { z } from 'zod';
import { DurationText, parseDurationMs } from './duration.ts';

/** What can be abnormal about a series; each kind has evidence of its own. */
export const DetectionKind = z.enum(['band', 'level-shift', 'outlier', 'joint', 'silence', 'flat', 'capacity']);
export type DetectionKind = z.infer<typeof DetectionKind>;

const LabelNames = z.array(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'expected a label name' })).max(20);

/** `95%` is 0.95; a number or the text of one stays as it is. */
const QuantityText = z
  .union([
    z.number(),
    z.string().regex(/^-?\d+(\.\d+)?%?$/, { error: 'expected a number such as 90 or a share such as 95%' }),
  ])
  .transform((given) => (typeof given === 'number' ? given : numberOf(given)));

function numberOf(text: string): number {
  return text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
}

/** A share: `80%` or 0.8. */
const ShareText = QuantityText.pipe(
  z.number().gt(0, { error: 'expected more than 0%' }).lt(1, { error: 'expected less than 100%' })
);

/** How one kind of detection is set up in a job; those without settings can be written as their name. */
const DetectorObject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('band') }),
  z.strictObject({ kind: z.literal('level-shift') }),
  z.strictObject({
    kind: z.literal('outlier'),
    among: LabelNames.default([]).meta({ description: 'Labels whose equal values make peers; all series when empty' }),
  }),
  z.strictObject({
    kind: z.literal('joint'),
    among: LabelNames.default([]).meta({ description: 'Labels whose equal values make one set of metrics' }),
  }),
  z.strictObject({ kind: z.literal('silence') }),
  z.strictObject({ kind: z.literal('flat') }),
  z.strictObject({
    kind: z.literal('capacity'),
    limit: QuantityText.meta({ description: 'The value not to cross, in the unit of the series; 95% is 0.95' }),
    side: z.enum(['above', 'below']).default('above').meta({ description: 'On which side of the limit trouble is' }),
    warn: DurationText.default('3d').meta({ description: 'Tell when the limit may be crossed within this time' }),
    probability: ShareText.default(0.8).meta({ description: 'How probable a crossing must be to be told' }),
  }),
]);

/** Kinds that need no setting: their name is enough. */
const DetectorName = z
  .enum(['band', 'level-shift', 'outlier', 'joint', 'silence', 'flat'])
  .transform((kind) => DetectorObject.parse({ kind }));

export const Detector = z.union([DetectorName, DetectorObject]);
export type Detector = z.output<typeof DetectorObject>;
export type CapacityDetector = Extract<Detector, { kind: 'capacity' }>;

/** Of the last `of` values `count` must be outside (or inside). */
export interface CountOf {
  readonly count: number;
  readonly of: number;
}

/** `2 of 3`; undefined when it does not say that. */
export function parseCountOf(text: string): CountOf | undefined {
  const match = /^(\d+) of (\d+)$/.exec(text.trim());
  const [count, of] = [Number(match?.[1]), Number(match?.[2])];
  return match !== null && count >= 1 && of >= count && of <= 100 ? { count, of } : undefined;
}

export const CountOfText = z.string().refine((text) => parseCountOf(text) !== undefined, {
  error: 'expected a count such as 2 of 3, of at most 100 values',
});

const unitsBelow: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** A size in the unit of the series: a number, a duration in seconds (`50ms`) or bytes (`10MB`). */
const AbsoluteText = z
  .union([z.number(), z.string()])
  .transform((given) => (typeof given === 'number' ? given : absoluteOf(given)))
  .pipe(z.number({ error: 'expected a size such as 0.5, 50ms or 10MB' }).min(0));

function absoluteOf(text: string): number {
  const size = /^(\d+(?:\.\d+)?)(kB|MB|GB|TB)?$/.exec(text);
  if (size !== null) {
    return Number(size[1]) * (unitsBelow[size[2] ?? ''] ?? 1);
  }
  const ms = parseDurationMs(text);
  return ms === undefined ? NaN : ms / 1000;
}

/** What an excursion must reach beside leaving the band. */
export const AtLeast = z.strictObject({
  absolute: AbsoluteText.optional().meta({
    description: 'Distance from the expected value, in the unit of the series',
  }),
  relative: QuantityText.optional().meta({ description: 'Distance as a share of the expected value, such as 10%' }),
});
export type AtLeast = z.output<typeof AtLeast>;

const AlertLabelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'expected a label name such as team' })
  .refine((name) => !['alertname', 'origin', 'severity', 'job_name', 'kind'].includes(name), {
    error: 'this label is set by the product',
  });

/** How the anomalies of a job are told to Alertmanager. */
export const AlertSpec = z.strictObject({
  severity: z.string().min(1).max(40).default('warning').meta({ description: 'Value of the label severity' }),
  labels: z.record(AlertLabelName, z.string().min(1).max(200)).default({}).meta({ description: 'Labels to add' }),
  annotations: z
    .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().max(2000))
    .default({})
    .meta({ description: 'Annotations to add' }),
});
export type AlertSpec = z.output<typeof AlertSpec>;

/** `dashboardUid/panelId`. */
export const PanelRef = z.string().regex(/^[A-Za-z0-9_-]{1,60}\/\d{1,9}$/, {
  error: 'expected a panel as dashboard uid/panel id, such as shop-main/4',
});
export type PanelRef = z.infer<typeof PanelRef>;

/** On which panels anomalies are drawn as annotations. */
export const OverlaySpec = z.union([z.enum(['none', 'matching']), z.array(PanelRef).min(1).max(50)]);
export type OverlaySpec = z.infer<typeof OverlaySpec>;
