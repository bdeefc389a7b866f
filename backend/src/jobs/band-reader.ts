import type { ForecastState } from '../contract/forecast.ts';
import type { JobSpec, JobState } from '../contract/job.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { Labels, RegularSeries } from '../timeseries/series.ts';

/** A series of a job as readers of bands see it. */
export interface ForecastSeriesEntry {
  readonly job: JobSpec;
  /** The source's name, also when the job leaves it out. */
  readonly source: string;
  readonly jobState: JobState;
  readonly seriesId: string;
  /** As the source answered them, `__name__` included when there is one. */
  readonly labels: Labels;
  /** Of the latest fit of this series; undefined before the first. */
  readonly trainedAtMs: number | undefined;
  readonly state: ForecastState;
}

/** Observed values of a job's query by series id, on the grid of the job's step. */
export interface ObservedSeries {
  readonly seriesId: string;
  readonly labels: Labels;
  readonly series: RegularSeries;
}

/** What the façade reads: the series of all jobs, their bands, and what was really observed. */
export interface BandReader {
  /** All series of all jobs, ordered by job name and labels; kept in memory until something changes. */
  listSeries(): Promise<readonly ForecastSeriesEntry[]>;
  /**
   * Bands in [startMs, endMs] with one value a step, stitched: at each instant the latest fit that covers it wins.
   * Series are read in batches, the event loop has its turn between them. A series without any band in the range is missing from the map.
   */
  readBands(seriesIds: readonly string[], startMs: number, endMs: number): Promise<ReadonlyMap<string, BandArrays>>;
  /**
   * Observed values of a job from its source, cached for 15 s and asked once for callers at the same time.
   * @throws AppError `not_found` for an unknown job, `source_…` when the source does not answer
   */
  observed(
    job: string,
    range: { readonly startMs: number; readonly endMs: number },
    signal: AbortSignal
  ): Promise<readonly ObservedSeries[]>;
}
