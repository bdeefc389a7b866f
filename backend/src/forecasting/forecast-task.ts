import type { Anomaly, Backtest, ForecastState, Note } from '../contract/forecast.ts';
import type { Direction, ModelName, ValueRange } from '../contract/job.ts';
import type { RegularSeries } from '../timeseries/series.ts';

/** Everything one series needs to be forecast; plain data, so that it can cross to a worker. */
export interface ForecastTask {
  /** As the source answered: ascending, NaN and ±Inf allowed. */
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** The grid; found from the data when undefined. */
  readonly stepMs: number | undefined;
  readonly horizonMs: number;
  readonly models: 'auto' | readonly ModelName[];
  /** Ascending percentages, such as [80, 95]. */
  readonly levels: readonly number[];
  readonly direction: Direction;
  /** How many anomalies a week may be told; above 0. */
  readonly alertsPerWeek: number;
  readonly range: ValueRange | undefined;
  readonly query: string | undefined;
  readonly seed: number;
}

/** A band in typed arrays; index i belongs to startMs + i * stepMs, NaN where nothing is known. */
export interface BandArrays {
  readonly startMs: number;
  readonly stepMs: number;
  readonly expected: Float32Array;
  readonly levels: ReadonlyArray<{
    readonly levelPercent: number;
    readonly lower: Float32Array;
    readonly upper: Float32Array;
  }>;
}

export interface ForecastOutcome {
  readonly state: ForecastState;
  readonly notes: readonly Note[];
  /** The cleaned history on its grid; NaN where there was a gap. */
  readonly history: RegularSeries;
  /** Bands over the end of the history, each fold from a fit that had not seen it. */
  readonly heldOut: BandArrays | undefined;
  /** From the step after the history's last one on; undefined while warming up. */
  readonly forecast: BandArrays | undefined;
  readonly anomalies: readonly Anomaly[];
  readonly nowScore: number | undefined;
  readonly backtest: Backtest | undefined;
  /** Name of the model or `blend`; the rule's name when state is `rule`. */
  readonly model: string | undefined;
  readonly cpuSeconds: number;
}

/** Fits run elsewhere, with a hard deadline. */
export interface TrainingPool {
  /**
   * @throws AppError `fit_timeout` when the deadline passed and the worker was ended, `busy` when the queue is full,
   *   `fit_failed` when the worker died; the signal's reason when aborted
   */
  run(task: ForecastTask, signal: AbortSignal): Promise<ForecastOutcome>;
  /** For the status page. */
  load(): { readonly running: number; readonly queued: number; readonly workers: number };
  stop(): Promise<void>;
}
