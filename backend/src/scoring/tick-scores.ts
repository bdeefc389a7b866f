import type { JobSpec } from '../contract/job.ts';
import type { Labels } from '../timeseries/series.ts';

/** What the forecast said at this tick about an instant `horizonMs` ahead. */
export interface HorizonForecast {
  readonly horizonMs: number;
  readonly expected: number;
  /** Bounds of the widest level. */
  readonly lower: number;
  readonly upper: number;
}

/** One series of a tick; index i of every array belongs to `timesMs[i]`, ascending. NaN where nothing is known. */
export interface SeriesScores {
  /** Of the source, with its `__name__`. The same object in each tick saves writers from encoding it again. */
  readonly labels: Labels;
  readonly timesMs: Float64Array;
  readonly observed: Float64Array;
  readonly expected: Float32Array;
  /** Bounds of the widest level. */
  readonly lower: Float32Array;
  readonly upper: Float32Array;
  /** 0 as expected, 1 at the edge of the band, above 1 abnormal. */
  readonly scores: Float32Array;
  readonly horizons: readonly HorizonForecast[];
}

/** What scoring a job once came to: the samples that are new since the tick before. */
export interface TickScores {
  /** The same object while the job is not changed, for the same reason. */
  readonly job: JobSpec;
  readonly series: readonly SeriesScores[];
}
