import type { LabelledSeries, Labels } from '../../timeseries/series.ts';

export interface RangeQuery {
  readonly promql: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** More series than this is an error (`too_many_series`) that says how many there are. */
  readonly maxSeries: number;
}

export interface RangeAnswer {
  /**
   * All on the grid of the question, NaN where a series has no value; infinities stay. A source that aligns the grid to
   * one of its own is heard all the same: each sample lies at the nearest step.
   */
  readonly series: readonly LabelledSeries[];
  /** What the server wants a person to know: partial response, infos, truncations. */
  readonly warnings: readonly string[];
}

export interface InstantAnswer {
  readonly samples: ReadonlyArray<{ readonly labels: Labels; readonly timestampMs: number; readonly value: number }>;
  readonly warnings: readonly string[];
}

/** One step of a connection test; the first that fails names the cause. */
export interface ConnectionStep {
  readonly step: 'dns' | 'tcp' | 'tls' | 'http' | 'auth' | 'product' | 'query';
  readonly ok: boolean;
  /** A sentence: what was seen, and at a failure what to do. */
  readonly detail: string;
}

export type ConnectionCause =
  'dns' | 'refused' | 'tls' | 'unauthorized' | 'not-found' | 'not-prometheus' | 'timeout' | 'unavailable';

export interface ConnectionReport {
  readonly ok: boolean;
  readonly steps: readonly ConnectionStep[];
  readonly cause?: ConnectionCause;
  readonly message: string;
  /** Product and version as the server says them, when it does. */
  readonly product?: string;
  readonly version?: string;
}

/** Where metrics are read from: Prometheus, Mimir or Thanos over the Prometheus HTTP API. */
export interface MetricStore {
  readonly name: string;
  readonly kind: 'prometheus' | 'mimir' | 'thanos';
  /** Splits long ranges; rejects with an AppError `source_…`. */
  queryRange(query: RangeQuery, signal: AbortSignal): Promise<RangeAnswer>;
  queryInstant(promql: string, atMs: number, signal: AbortSignal): Promise<InstantAnswer>;
  /** Never rejects for a bad source: the report says what is wrong. */
  checkConnection(signal: AbortSignal): Promise<ConnectionReport>;
  stop(): Promise<void>;
}
