import type { Clock } from '../clock.ts';
import type { JobPreview, Preview, PreviewRequest } from '../contract/forecast.ts';
import { parseDurationMs } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import type { ForecastTask, TrainingPool } from '../forecasting/forecast-task.ts';
import { toPreview } from '../forecasting/preview.ts';
import { labelKey } from '../timeseries/series.ts';
import { checkSpec } from './check-spec.ts';
import { seriesIdOf } from './job-record.ts';
import { jobDurations } from './job-spec-faults.ts';
import type { JobSources } from './job-sources.ts';
import { ascending, forecastTask, readHistory } from './training/forecast-request.ts';
import { widenOnHolidays } from './training/holiday-bands.ts';
import { learnableHistory, type TrainingContext } from './training/learnable-history.ts';

export interface PreviewDeps {
  readonly sources: JobSources;
  readonly pool: TrainingPool;
  readonly clock: Clock;
  readonly maxSeries: number;
  /** Series that are remote-written for each series of a job. */
  readonly writtenPerSeries: (spec: JobSpec) => number;
  readonly context: TrainingContext;
}

/** Forecasts one series of a job as it would be; saves nothing. */
export async function previewJob(
  deps: PreviewDeps,
  request: { readonly spec: JobSpec; readonly seriesIndex: number },
  signal: AbortSignal
): Promise<JobPreview> {
  const { spec, seriesIndex } = request;
  checkSpec(spec);
  const startedAtMs = deps.clock.nowMs();
  const { stepMs, trainingMs, horizonMs, retrainMs } = jobDurations(spec);
  const endMs = deps.sources.newestMs(spec, startedAtMs, stepMs);
  const store = deps.sources.storeOf(spec);
  const answer = await readHistory(store, spec, { endMs, nowMs: startedAtMs, maxSeries: deps.maxSeries }, signal);
  const series = answer.series[seriesIndex];
  if (series === undefined) {
    const message = `seriesIndex: the query answers ${answer.series.length} series, there is no number ${seriesIndex}`;
    throw new AppError('invalid_request', message);
  }
  const holidays = deps.context.holidays(spec, endMs - trainingMs, endMs + horizonMs);
  const excluded = (await deps.context.excluded(spec.name)).filter(
    ({ seriesId }) => seriesId === null || seriesId === seriesIdOf(spec.name, labelKey(series.labels))
  );
  const learnable = learnableHistory(series, { holidays, excluded });
  const made = await deps.pool.run(forecastTask(spec, learnable.series, horizonMs), signal);
  const outcome = widenOnHolidays({ ...made, notes: [...made.notes, ...learnable.notes] }, holidays, spec.range);
  const seconds = (deps.clock.nowMs() - startedAtMs) / 1000;
  return {
    seriesCount: answer.series.length,
    seriesLabels: answer.series.map(({ labels }) => ({ ...labels })),
    warnings: [...answer.warnings],
    preview: toPreview(outcome, {
      seconds,
      seriesCount: answer.series.length,
      retrainMs,
      writtenPerSeries: deps.writtenPerSeries(spec),
    }),
  };
}

/** Forecasts a history that the caller brought. */
export async function previewHistory(
  deps: PreviewDeps,
  request: PreviewRequest,
  signal: AbortSignal
): Promise<Preview> {
  const startedAtMs = deps.clock.nowMs();
  const outcome = await deps.pool.run(taskOf(request), signal);
  return toPreview(outcome, { seconds: (deps.clock.nowMs() - startedAtMs) / 1000 });
}

function taskOf(request: PreviewRequest): ForecastTask {
  const { timestampsMs, values } = request.series;
  if (timestampsMs.length !== values.length) {
    const message = `series: ${timestampsMs.length} timestamps and ${values.length} values; expected as many of each`;
    throw new AppError('invalid_request', message);
  }
  const wrong = timestampsMs.findIndex((timeMs, i) => i > 0 && timeMs <= (timestampsMs[i - 1] ?? timeMs));
  if (wrong > 0) {
    throw new AppError('invalid_request', `series.timestampsMs: expected ascending instants, number ${wrong} is not`);
  }
  return {
    timestampsMs: Float64Array.from(timestampsMs),
    values: Float64Array.from(values, (value) => value ?? NaN),
    stepMs: request.step === undefined ? undefined : parseDurationMs(request.step),
    horizonMs: parseDurationMs(request.horizon) ?? 0,
    models: request.models,
    levels: ascending(request.levels),
    direction: request.direction,
    alertsPerWeek: request.sensitivity,
    range: request.range,
    query: request.query,
    seed: request.seed,
  };
}
