import type { JobForecast, JobSeries } from '../contract/forecast.ts';
import { scoreSeries } from '../detection/score.ts';
import { AppError } from '../errors.ts';
import { toBand } from '../forecasting/preview.ts';
import { retold } from '../scoring/retold.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import type { BandReader } from './band-reader.ts';
import type { JobRecord } from './job-record.ts';
import { jobDurations } from './job-spec-faults.ts';
import type { SeriesRecord, SeriesRepository } from './series-repository.ts';

export interface JobForecastDeps {
  readonly bands: BandReader;
  readonly series: SeriesRepository;
  readonly nowMs: number;
}

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

// What a page can draw and a browser can hold.
const maxSteps = 50_000;

/** What a series' detail page draws: its stitched bands, what was observed, and where it left its band. */
export async function readJobForecast(
  deps: JobForecastDeps,
  target: { readonly record: JobRecord; readonly series: SeriesRecord; readonly range: Range },
  signal: AbortSignal
): Promise<JobForecast> {
  const { record, series, range } = target;
  const { spec } = record;
  checkRange(range, jobDurations(spec).stepMs);
  const band = (await deps.bands.readBands([series.id], range.fromMs, range.toMs)).get(series.id);
  const observed = await readObserved(deps, target, signal);
  const anomalies =
    band === undefined || observed.values === undefined
      ? []
      : retold({ history: observed.values, band }, await deps.series.detectors(series.id), spec);
  const scores =
    band === undefined || observed.values === undefined
      ? undefined
      : scoreSeries(observed.values, band, spec.direction);
  return {
    series: publicSeries(series),
    observed:
      observed.values === undefined
        ? null
        : {
            startMs: observed.values.startMs,
            stepMs: observed.values.stepMs,
            values: Array.from(observed.values.values, (value) => (Number.isFinite(value) ? value : null)),
          },
    observedError: observed.error ?? null,
    band: band === undefined ? null : toBand(band),
    anomalies,
    nowScore: scores?.findLast((score) => Number.isFinite(score)) ?? null,
    backtest: (await deps.series.backtest(series.id)) ?? null,
  };
}

/** A series without the name of its job. */
export function publicSeries({ job: _job, ...series }: SeriesRecord): JobSeries {
  return series;
}

function checkRange({ fromMs, toMs }: Range, stepMs: number): void {
  if (!(fromMs < toMs)) {
    throw new AppError('invalid_request', 'range: expected a start before its end');
  }
  if ((toMs - fromMs) / stepMs > maxSteps) {
    throw new AppError('invalid_request', `range: expected at most ${maxSteps} steps of the job`);
  }
}

async function readObserved(
  deps: JobForecastDeps,
  target: { readonly record: JobRecord; readonly series: SeriesRecord; readonly range: Range },
  signal: AbortSignal
): Promise<{ readonly values?: RegularSeries; readonly error?: string }> {
  const { record, series, range } = target;
  const endMs = Math.min(range.toMs, deps.nowMs);
  if (range.fromMs > endMs) {
    return { error: 'the range lies in the future: nothing was observed yet' };
  }
  try {
    const all = await deps.bands.observed(record.spec.name, { startMs: range.fromMs, endMs }, signal);
    const own = all.find(({ seriesId }) => seriesId === series.id);
    return own === undefined
      ? { error: 'the source answered no values of this series in the range' }
      : { values: own.series };
  } catch (error) {
    if (!(error instanceof AppError) || signal.aborted) {
      throw error;
    }
    return { error: error.message };
  }
}
