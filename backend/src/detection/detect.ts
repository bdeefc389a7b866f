import type { Direction } from '../contract/job.ts';
import { median } from '../timeseries/quantiles.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { alertRuns, type AlertRun } from './alert-runs.ts';
import { alertThreshold, type Threshold } from './alert-threshold.ts';
import { anomalyScore, gatherEvidence, spreadScore, type Evidence, type ScoreForm } from './anomaly-score.ts';
import { newRecords } from './new-records.ts';
import { reasonOf } from './reason.ts';

/** Larger than this is no measurement, and squares of its sums would not be finite. */
const largestValue = 1e36;

export interface DetectOptions {
  /** How many alerts a week the series may raise; above 0. */
  readonly alertsPerWeek: number;
  /** The side on which a value is abnormal. */
  readonly direction: Direction;
  readonly form: ScoreForm;
}

/** A time in which a series was abnormal. */
export interface Alert {
  readonly startMs: number;
  readonly endMs: number;
  readonly direction: 'above' | 'below';
  /** 1 at the threshold. */
  readonly peakScore: number;
  readonly peakMs: number;
  readonly peakValue: number;
  readonly expectedAtPeak: number;
  /** One English sentence. */
  readonly reason: string;
}

export interface Detection {
  /** 0 as expected, 1 at the threshold, above 1 abnormal; NaN for a gap. One for each value of the series. */
  readonly scores: Float64Array;
  /** In order of time. */
  readonly alerts: readonly Alert[];
  readonly threshold: Threshold;
}

/**
 * Finds the times in which a series is abnormal, at most about `alertsPerWeek` of them a week of what it usually does.
 * @throws RangeError when `alertsPerWeek` is not above 0
 */
export function detect(given: RegularSeries, options: DetectOptions): Detection {
  const { alertsPerWeek, form } = options;
  const series = { ...given, values: given.values.map((value) => (Math.abs(value) <= largestValue ? value : NaN)) };
  if (!(alertsPerWeek > 0)) {
    throw new RangeError(`alertsPerWeek must be above 0, it is ${alertsPerWeek}. Ask for 1 to begin with.`);
  }
  const found = gatherEvidence(series, form);
  const threshold = alertThreshold(found.evidence, series.stepMs, alertsPerWeek);
  const usual = median(series.values.map((value, i) => Math.abs(value - found.expected[i]!)));
  const isSeen = (value: number, i: number) => isWatched(value, found.expected[i]!, options.direction);
  const watched = found.evidence.map((value, i) => (isSeen(series.values[i]!, i) ? value / threshold.evidence : 0));
  // The offline form has one kind of evidence for both; gathering it is most of the work.
  const score = form === 'offline' ? spreadScore(series, found, form) : anomalyScore(series, { form });
  const edge = alertThreshold(
    score.map((value) => (Number.isFinite(value) ? value : 0)),
    series.stepMs,
    alertsPerWeek
  );
  return {
    scores: score.map((value, i) => (Number.isNaN(value) || isSeen(series.values[i]!, i) ? value / edge.evidence : 0)),
    alerts: alertRuns(watched, form === 'causal' ? newRecords(watched) : watched, 1).map((run) =>
      describe(run, { series, watched, found, usual })
    ),
    threshold,
  };
}

function isWatched(value: number, expected: number, direction: Direction): boolean {
  return Number.isFinite(value) && (direction === 'both' || (direction === 'above') === value >= expected);
}

interface Judged {
  readonly series: RegularSeries;
  readonly watched: Float64Array;
  readonly found: Evidence;
  /** Median distance from what was expected. */
  readonly usual: number;
}

function describe({ from, to }: AlertRun, { series, watched, found, usual }: Judged): Alert {
  let peak = from;
  for (let i = from; i <= to; i++) {
    peak = watched[i]! > watched[peak]! ? i : peak;
  }
  const timeOf = (i: number) => series.startMs + i * series.stepMs;
  const value = series.values[peak]!;
  const expected = found.expected[peak]!;
  const direction = value >= expected ? 'above' : 'below';
  return {
    startMs: timeOf(from),
    endMs: timeOf(to),
    direction,
    peakScore: watched[peak]!,
    peakMs: timeOf(peak),
    peakValue: value,
    expectedAtPeak: expected,
    reason: reasonOf({ values: series.values, from, peak, expected, usual }),
  };
}
