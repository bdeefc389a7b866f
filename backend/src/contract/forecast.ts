import { z } from 'zod';
import { DurationText } from './duration.ts';
import { Coverage, Direction, JobSpec, LevelText, ModelName, ValueRange } from './job.ts';
import { Sensitivity } from './sensitivity.ts';

export const LabelSet = z.record(z.string(), z.string());

/** JSON has no NaN: a gap is null. */
const Values = z.array(z.number().nullable());

/** An expected line with one pair of bounds for each level; index i belongs to startMs + i * stepMs. */
export const Band = z.object({
  startMs: z.number(),
  stepMs: z.number(),
  expected: Values,
  levels: z.array(z.object({ levelPercent: z.number(), lower: Values, upper: Values })),
});
export type Band = z.infer<typeof Band>;

/** What a person should know about the data or the forecast. `code` is what the interface translates. */
export const Note = z.object({
  code: z.enum([
    'warming-up',
    'short-history',
    'constant',
    'all-zero',
    'sparse',
    'gaps',
    'not-finite',
    'counter-without-rate',
    'no-better-than-naive',
    'no-season',
    'level-shift',
    'model-failed',
    'partial-response',
    'clipped-to-range',
    'holidays',
    'excluded',
    'new-level',
    'borrowed-from-siblings',
  ]),
  severity: z.enum(['info', 'warning']),
  /** English sentence: what was found and what to do. */
  text: z.string(),
  /** Numbers and names of the sentence, for those who say it in another language. */
  facts: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});
export type Note = z.infer<typeof Note>;

/** How the forecast came to be: from a model, from a rule, or not yet. */
export const ForecastState = z.enum(['modelled', 'rule', 'warming-up']);
export type ForecastState = z.infer<typeof ForecastState>;

/** One line of the back-test table. Errors are means over the folds; winner first. */
export const BacktestRow = z.object({
  /** A model family, or `blend`. */
  model: z.string(),
  /** Mean absolute scaled error (Hyndman & Koehler 2006), scaled by the in-sample seasonal naive error. Null when it cannot be scaled. */
  mase: z.number().nullable(),
  /** Mean absolute error in the unit of the series. */
  mae: z.number().nullable(),
  coverage: z.array(Coverage),
  /** CPU seconds of one fit. */
  seconds: z.number(),
  /** Share in the blend, 0..1. */
  weight: z.number(),
  /** Why the model did not take part or failed; null when it took part. */
  excluded: z.string().nullable(),
});
export type BacktestRow = z.infer<typeof BacktestRow>;

export const Backtest = z.object({
  rows: z.array(BacktestRow),
  folds: z.number().int(),
  foldSteps: z.number().int(),
  /** Seasons found and used, longest last. */
  seasonsMs: z.array(z.number()),
  /** `mase`'s winner or `blend`. */
  selected: z.string(),
  /** One English sentence: why this one. */
  reason: z.string(),
  /** Measured coverage of the bands that are served. */
  coverage: z.array(Coverage),
  /** The same by how far ahead it was, nearest first: thirds of the horizon. Empty where none was measured. */
  coverageByHorizon: z
    .array(z.object({ fromMs: z.number(), toMs: z.number(), coverage: z.array(Coverage) }))
    .default([]),
});
export type Backtest = z.infer<typeof Backtest>;

/** A time in which the series left its band. */
export const Anomaly = z.object({
  startMs: z.number(),
  endMs: z.number(),
  direction: z.enum(['above', 'below']),
  /** 1 at the band's edge, 2 a band width's half further out. */
  peakScore: z.number(),
  peakValue: z.number(),
  peakMs: z.number(),
  expectedAtPeak: z.number(),
});
export type Anomaly = z.infer<typeof Anomaly>;

export const PreviewRequest = z.strictObject({
  series: z.strictObject({
    labels: LabelSet.default({}),
    timestampsMs: z.array(z.number().int()).max(200_000),
    values: z.array(z.number().nullable()).max(200_000),
  }),
  /** Spacing of the samples; found from the data when left out. */
  step: DurationText.optional(),
  horizon: DurationText.default('24h'),
  direction: Direction.default('both'),
  sensitivity: Sensitivity.default(1),
  range: ValueRange.optional(),
  models: z.union([z.literal('auto'), z.array(ModelName).min(1)]).default('auto'),
  levels: z.array(LevelText).min(1).max(4).default([80, 95]),
  /** The query the series came from, for warnings such as a counter without rate(). */
  query: z.string().max(10_000).optional(),
  seed: z.number().int().min(0).default(1),
});
export type PreviewRequest = z.output<typeof PreviewRequest>;
export type PreviewRequestInput = z.input<typeof PreviewRequest>;

/** What keeping this forecast as a job would cost. */
export const Cost = z.object({
  seriesCount: z.number().int(),
  trainingsPerDay: z.number(),
  /** Series times trainings. */
  fitsPerDay: z.number(),
  cpuSecondsPerDay: z.number(),
  /** In the store. */
  storedBytes: z.number(),
  /** Of the process, while the job is scored: bands and states of its series. */
  memoryBytes: z.number(),
  /** Series that are remote-written; 0 when nothing is. */
  writtenSeries: z.number().int(),
  /** Times a week that a series left its band in the back-test. */
  alertsPerSeriesWeek: z.number(),
  /** The same for all series of the job together. */
  alertsPerWeek: z.number(),
});
export type Cost = z.infer<typeof Cost>;

export const Preview = z.object({
  /** The history on its grid, as the models saw it. */
  history: z.object({ startMs: z.number(), stepMs: z.number(), values: Values }),
  state: ForecastState,
  notes: z.array(Note),
  /** Bands over the end of the history from fits that had not seen it. */
  heldOut: Band.nullable(),
  forecast: Band.nullable(),
  anomalies: z.array(Anomaly),
  /** The last value against its held-out band: 0 as expected, 1 at the edge; null when it can't be said. */
  nowScore: z.number().nullable(),
  backtest: Backtest.nullable(),
  cost: Cost,
  seconds: z.number(),
});
export type Preview = z.infer<typeof Preview>;

/** Preview of a job whose history the backend reads itself. */
export const JobPreviewRequest = z.strictObject({ job: JobSpec, seriesIndex: z.number().int().min(0).default(0) });
export const JobPreview = z.object({
  seriesCount: z.number().int(),
  seriesLabels: z.array(LabelSet),
  warnings: z.array(z.string()),
  preview: Preview,
});
export type JobPreview = z.infer<typeof JobPreview>;

/** One series of a job, as lists show it. */
export const JobSeries = z.object({
  id: z.string(),
  labels: LabelSet,
  state: ForecastState,
  notes: z.array(Note),
  model: z.string().nullable(),
  mase: z.number().nullable(),
  coverage: z.array(Coverage),
  trainedAtMs: z.number().nullable(),
});
export type JobSeries = z.infer<typeof JobSeries>;

/** A series of a job with everything its detail page draws. */
export const JobForecast = z.object({
  series: JobSeries,
  /** Observed values read from the source now; null with a reason when the source does not answer. */
  observed: z.object({ startMs: z.number(), stepMs: z.number(), values: Values }).nullable(),
  observedError: z.string().nullable(),
  band: Band.nullable(),
  anomalies: z.array(Anomaly),
  nowScore: z.number().nullable(),
  backtest: Backtest.nullable(),
});
export type JobForecast = z.infer<typeof JobForecast>;
