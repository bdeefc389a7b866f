import type { Labels } from '../timeseries/series.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** A label matcher as PromQL has it; the regex is anchored and runs in linear time. */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  matches(value: string): boolean;
}

/** One of the product's own series on its grid; NaN where there is no sample. */
export interface OwnSeries {
  /** With `__name__`. */
  readonly labels: Labels;
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: Float64Array | Float32Array;
  /** Until when the last value holds; one step after it when left out. */
  readonly holdUntilMs?: number;
}

export interface OwnSeriesAnswer {
  readonly series: readonly OwnSeries[];
  /** Such as "the forecast of checkout-latency is 31 h old". */
  readonly infos: readonly string[];
  readonly warnings: readonly string[];
}

/** What the façade serves: bands, scores and observed values of all jobs, under both dialects of names. */
export interface OwnSeriesStore {
  /**
   * Samples in [startMs, endMs] of the series that all matchers accept, and the one in force at startMs.
   * Present-tense series (observed values, scores) have no sample after now.
   * @throws PromqlError `execution` when that would be too many samples
   */
  select(matchers: readonly Matcher[], startMs: number, endMs: number, signal: AbortSignal): Promise<OwnSeriesAnswer>;
  /** Label sets only: never asks a source. Of series that may have a sample in the range. */
  labelSets(
    matchers: readonly Matcher[],
    range?: { readonly startMs: number; readonly endMs: number }
  ): Promise<readonly Labels[]>;
  /** Help texts and types by metric name. */
  metadata(): Promise<
    ReadonlyArray<{ readonly metric: string; readonly type: 'gauge'; readonly help: string; readonly unit: string }>
  >;
}
