import type { Anomaly, Backtest, ForecastState, Note } from '../contract/forecast.ts';
import type { AtLeast, CountOf } from '../contract/detect.ts';
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
  /** When values outside of the band are an anomaly; as jobs do it by default when left out. */
  readonly alerting?: Alerting | undefined;
  readonly range: ValueRange | undefined;
  readonly query: string | undefined;
  readonly seed: number;
}

/** When values outside of a band open and close an anomaly. */
export interface Alerting {
  readonly open: CountOf;
  readonly close: CountOf;
  readonly atLeast: AtLeast | undefined;
  /** The band adapts anew after each training. */
  readonly retrainMs: number;
}

/** What a history says about how unusual values are. */
export interface Learnt {
  /** How unusual each value of the history was in the light of those before it, nats. */
  readonly evidence: Float32Array;
  /** From where a live score goes on, as it is stored. */
  readonly online: Uint8Array<ArrayBuffer>;
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
  /** What a job would have told of the history. */
  readonly anomalies: readonly Anomaly[];
  readonly nowScore: number | undefined;
  /** Undefined for a history without a value. */
  readonly learnt?: Learnt | undefined;
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
