import { z } from 'zod';
import { AlertSpec, AtLeast, CountOfText, Detector, OverlaySpec } from './detect.ts';
import { DurationText } from './duration.ts';
import { Sensitivity } from './sensitivity.ts';

/** The model families; `auto` blends those that a rolling-origin back-test likes. */
export const ModelName = z.enum([
  'naive',
  'seasonal-naive',
  'slot-median',
  'slot-median-week',
  'theta',
  'ets',
  'mstl',
  'prophet',
  'ridge',
  'ar',
  'ar-recent',
  'ar-week',
  'ar-raw',
  'analogue',
  'dlinear',
]);
export type ModelName = z.infer<typeof ModelName>;

export const Direction = z.enum(['above', 'below', 'both']);
export type Direction = z.infer<typeof Direction>;

/** Prometheus label name that a user may set: not one of ours and not reserved (`__…`). */
const OwnLabelName = z.string().regex(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/, {
  error: 'expected a label name such as team (letters, digits, _; not starting with __)',
});

/** What values can exist; a forecast is cut to it, so that a count is never forecast below 0. */
export const ValueRange = z
  .strictObject({
    min: z.number().optional().meta({ description: 'Least value that can exist' }),
    max: z.number().optional().meta({ description: 'Greatest value that can exist' }),
  })
  .refine((r) => r.min === undefined || r.max === undefined || r.min < r.max, { error: 'expected min below max' });
export type ValueRange = z.infer<typeof ValueRange>;

/** `95%` or 95: the share of values that a band promises to hold. */
export const LevelText = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?%$/, { error: 'expected a level such as 95%' })])
  .transform((v) => (typeof v === 'number' ? v : Number(v.slice(0, -1))))
  .pipe(z.number().min(50, { error: 'expected at least 50%' }).max(99.9, { error: 'expected at most 99.9%' }));

const defaults = { step: '1m', training: '28d', retrain: '12h', horizon: '24h' } as const;

/** A job as a person writes it, in a file or over the API. */
export const JobSpec = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
      error: 'expected lower-case letters, digits and dashes, at most 63, such as checkout-latency',
    })
    .meta({ description: 'Unique name of the job; the label `for` of its series' }),
  title: z
    .union([z.string().max(200), z.strictObject({ en: z.string().max(200), ko: z.string().max(200).optional() })])
    .optional()
    .meta({ description: 'What people read instead of the name, in one language or in `en` and `ko`' }),
  source: z.string().optional().meta({ description: 'Name of a source; the first one when left out' }),
  query: z.string().min(1).max(10_000).meta({ description: 'PromQL that answers the series to forecast' }),
  step: DurationText.default(defaults.step).meta({ description: 'Spacing of the values that are read and forecast' }),
  training: DurationText.default(defaults.training).meta({ description: 'How much history a training reads' }),
  retrain: DurationText.default(defaults.retrain).meta({ description: 'Time between trainings' }),
  horizon: DurationText.default(defaults.horizon).meta({
    description: 'How far ahead the forecast reaches at any time',
  }),
  unit: z
    .string()
    .max(40)
    .optional()
    .meta({ description: 'Unit of the values as Grafana names it, such as s or bytes' }),
  direction: Direction.default('both').meta({ description: 'On which side of the band a value is abnormal' }),
  sensitivity: Sensitivity.default(1).meta({
    description: 'How many alerts a week a series may raise on average, or as text: `2 alerts per day`',
  }),
  range: ValueRange.optional().meta({ description: 'What values can exist, such as `{ min: 0 }` for a count' }),
  models: z
    .union([z.literal('auto'), z.array(ModelName).min(1)])
    .default('auto')
    .meta({ description: 'Model families to choose from by back-test' }),
  levels: z
    .array(LevelText)
    .min(1)
    .max(4)
    .default([80, 95])
    .meta({ description: 'Shares of values that the bands promise to hold' }),
  labels: z
    .record(OwnLabelName, z.string().max(200))
    .default({})
    .meta({ description: 'Added to every series that the job serves' }),
  detect: z
    .array(Detector)
    .min(1)
    .max(10)
    .default([{ kind: 'band' }])
    .meta({ description: 'What is looked for: kinds by name, or with their settings' }),
  atLeast: AtLeast.optional().meta({ description: 'How far from the expected value an anomaly must be' }),
  open: CountOfText.default('2 of 3').meta({ description: 'How many of the last values must be outside to open' }),
  close: CountOfText.default('3 of 3').meta({ description: 'How many of the last values must be inside to close' }),
  ignoreLabels: z
    .array(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'expected a label name such as pod' }))
    .max(20)
    .default([])
    .meta({ description: 'Labels that come and go, such as pod: a new one carries on with the band of the others' }),
  calendars: z
    .array(z.string().min(1).max(63))
    .max(20)
    .default([])
    .meta({ description: 'Calendars whose holidays the models know and whose maintenance keeps alerts back' }),
  alert: z
    .union([z.literal('none'), AlertSpec])
    .prefault({})
    .meta({ description: 'How anomalies are told to Alertmanager; `none` keeps them to the pages' }),
  overlay: OverlaySpec.default('none').meta({
    description: 'Panels that show anomalies as annotations: `matching` the query, or a list of dashboard uid/panel id',
  }),
  write: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .meta({ description: 'Writer that results are remote-written to; `none`, or the first writer when left out' }),
});
export type JobSpec = z.output<typeof JobSpec>;
export type JobSpecInput = z.input<typeof JobSpec>;

export const JobState = z.enum(['waiting', 'training', 'warming-up', 'fresh', 'stale', 'failing']);
export type JobState = z.infer<typeof JobState>;

/** Where a job was defined. One from a file is changed in the file only. */
export const JobOrigin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), file: z.string(), line: z.number().int().optional() }),
  z.object({ kind: z.literal('api'), by: z.string() }),
]);
export type JobOrigin = z.infer<typeof JobOrigin>;

/** Nominal against measured: the honest figure of a band. */
export const Coverage = z.object({
  levelPercent: z.number(),
  /** Share of held-out values inside the band, 0..1; null before there are any. */
  measuredRatio: z.number().nullable(),
});
export type Coverage = z.infer<typeof Coverage>;

export const JobSummary = z.object({
  spec: JobSpec,
  origin: JobOrigin,
  state: JobState,
  /** One sentence for a person: why it is failing, what it waits for. */
  stateReason: z.string().nullable(),
  seriesCount: z.number().int(),
  /** Model or blend that most series use. */
  model: z.string().nullable(),
  /** Mean over series of the back-test's MASE. */
  mase: z.number().nullable(),
  coverage: z.array(Coverage),
  trainedAtMs: z.number().nullable(),
  nextTrainingAtMs: z.number().nullable(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});
export type JobSummary = z.infer<typeof JobSummary>;

/** One training of a whole job. */
export const Fit = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed', 'interrupted']),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  trainedFromMs: z.number(),
  trainedToMs: z.number(),
  seriesDone: z.number().int(),
  seriesTotal: z.number().int(),
  seriesFailed: z.number().int(),
  cpuSeconds: z.number(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  warnings: z.array(z.string()),
});
export type Fit = z.infer<typeof Fit>;
