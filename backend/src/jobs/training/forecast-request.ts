import type { JobSpec } from '../../contract/job.ts';
import type { MetricStore } from '../../datasources/metrics/metric-store.ts';
import { AppError } from '../../errors.ts';
import type { ForecastTask } from '../../forecasting/forecast-task.ts';
import { labelKey, type LabelledSeries, type RegularSeries } from '../../timeseries/series.ts';
import { excursionRuleOf } from '../../scoring/series-detectors.ts';
import { jobDurations } from '../job-spec-faults.ts';

// Fixed, so that the same history gives the same forecast.
const seed = 1;

export interface History {
  /** The caller's to use up: a thousand series of four weeks at 5 minutes are 65 MB, which can go one by one. */
  readonly series: LabelledSeries[];
  readonly warnings: readonly string[];
}

/**
 * The history of a job's series up to `endMs`, in the order of labels.
 * @throws AppError `no_series`, `series_too_young` (there are some now), `too_many_series` (says how many, and how to raise the cap), `source_…`
 */
export async function readHistory(
  store: MetricStore,
  spec: JobSpec,
  window: { readonly endMs: number; readonly nowMs: number; readonly maxSeries: number },
  signal: AbortSignal
): Promise<History> {
  const { stepMs, trainingMs } = jobDurations(spec);
  // a multiple of the step, so that the grids of all trainings fall together
  const startMs = Math.ceil((window.endMs - trainingMs) / stepMs) * stepMs;
  const query = { promql: spec.query, startMs, endMs: window.endMs, stepMs, maxSeries: window.maxSeries };
  const answer = await store.queryRange(query, signal).catch((cause: unknown) => {
    throw explainTooMany(cause, window.maxSeries);
  });
  if (answer.series.length > window.maxSeries) {
    throw tooManySeries(answer.series.length, window.maxSeries);
  }
  if (answer.series.length === 0) {
    const now = await store.queryInstant(spec.query, window.nowMs, signal);
    if (now.samples.length > 0) {
      const message = `its ${now.samples.length} series began less than a step ago; there is no history yet`;
      throw new AppError('series_too_young', message);
    }
    const message =
      `the query answered no series from source "${store.name}" in the last ${spec.training}: ` +
      'check metric name and labels in Explore';
    throw new AppError('no_series', message);
  }
  return { series: inOrderOfLabels(answer.series), warnings: answer.warnings };
}

function inOrderOfLabels(series: readonly LabelledSeries[]): LabelledSeries[] {
  return series
    .map((one) => ({ one, key: labelKey(one.labels) }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ one }) => one);
}

/** The error for a query that answers more series than a job may have. */
export function tooManySeries(count: number, maxSeries: number): AppError {
  const message =
    `the query answers ${count} series, a job may have ${maxSeries}: ` +
    'aggregate it (sum by …), select fewer, or raise limits.seriesPerJob in aiops.yaml';
  return new AppError('too_many_series', message, { context: { count, maxSeries } });
}

function explainTooMany(cause: unknown, maxSeries: number): unknown {
  if (!(cause instanceof AppError) || cause.code !== 'too_many_series') {
    return cause;
  }
  const message = `${cause.message} (a job may have ${maxSeries}; limits.seriesPerJob in aiops.yaml raises it)`;
  return cause.message.includes('seriesPerJob') ? cause : new AppError('too_many_series', message, { cause });
}

/** What a worker needs to forecast one series of a job `aheadMs` beyond its history. */
export function forecastTask(spec: JobSpec, { startMs, stepMs, values }: RegularSeries, aheadMs: number): ForecastTask {
  const { hysteresis, retrainMs } = excursionRuleOf(spec);
  return {
    ...samplesOf({ startMs, stepMs, values }),
    stepMs: jobDurations(spec).stepMs,
    horizonMs: aheadMs,
    models: spec.models,
    levels: ascending(spec.levels),
    direction: spec.direction,
    alertsPerWeek: spec.sensitivity,
    alerting: { open: hysteresis.open, close: hysteresis.close, atLeast: spec.atLeast, retrainMs },
    range: spec.range,
    query: spec.query,
    seed,
  };
}

/** The steps that have a value. */
function samplesOf({ startMs, stepMs, values }: RegularSeries): Pick<ForecastTask, 'timestampsMs' | 'values'> {
  const length = values.reduce((count, value) => count + Number(!Number.isNaN(value)), 0);
  const samples = { timestampsMs: new Float64Array(length), values: new Float64Array(length) };
  let next = 0;
  for (const [i, value] of values.entries()) {
    if (!Number.isNaN(value)) {
      samples.timestampsMs[next] = startMs + i * stepMs;
      samples.values[next] = value;
      next++;
    }
  }
  return samples;
}

/** Levels as models and bands have them: each once, the widest last. */
export function ascending(levels: readonly number[]): number[] {
  return [...new Set(levels)].sort((a, b) => a - b);
}
