import type { Labels } from '../timeseries/series.ts';
import type { Peak } from './anomaly-book.ts';
import type { Hysteresis } from './hysteresis.ts';
import type { SeriesDetectors } from './series-detectors.ts';

/** A series of a job in memory. */
export interface LiveSeries {
  /** Place in the job's list; trained series come first, in the order of the band windows. */
  readonly index: number;
  readonly id: string;
  readonly labels: Labels;
  readonly hasBand: boolean;
  readonly madeAtMs: number;
  readonly detectors: SeriesDetectors;
  /** What the strength of an excursion must exceed to open an anomaly, nats. */
  threshold: number;
  /** What is taken for the evidence where nothing but the band is known, nats. */
  usualEvidence: number;
  /** Undefined while it is inside its band and nothing is remembered. */
  state: Hysteresis | undefined;
  /** Most abnormal value since it was inside. */
  peak: Peak | undefined;
  lastSeenMs: number;
}
