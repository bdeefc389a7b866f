import type { Anomaly } from '../contract/forecast.ts';
import type { Direction } from '../contract/job.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { scoreSeries } from './score.ts';

/** Two of three values must be outside: one sample lost to a restart must not raise an alarm. */
const windowSteps = 3;
const outsideToOpen = 2;
/**
 * Scores of the three values together, at most 3 each so that one of them is never enough. Independent residuals would
 * reach it about once a week at 5 minutes; real ones come in runs, hence the budget below.
 */
const evidenceToOpen = 3.6;
const largestEvidence = 3;
/** Evidence that always counts, however often it comes: three values in a row, on average twice the way to the edge. */
const clearEvidence = 6;
const weekMs = 7 * 86_400_000;

/**
 * Times in which a series left its band: opened when two of three values in a row are outside and the three together are
 * far enough out, closed when none of the last three is outside. Gaps count as inside. What a series does more often than
 * asked for is its habit: of such excursions only the strongest `alertsPerWeek` for each week of the band are told, and
 * those beyond doubt.
 * @param alertsPerWeek above 0; less than one for the whole band leaves those beyond doubt
 * @returns in order of time; empty where the band knows nothing
 */
export function findAnomalies(
  series: RegularSeries,
  band: BandArrays,
  direction: Direction,
  alertsPerWeek: number
): Anomaly[] {
  const scores = scoreSeries(series, band, direction);
  const runs: Run[] = [];
  let from = -1;
  for (let i = 0; i < scores.length; i++) {
    const start = Math.max(0, i - windowSteps + 1);
    const recent = scores.subarray(start, i + 1);
    if (from < 0 && opens(recent)) {
      from = start + recent.findIndex((score) => score > 1);
    } else if (from >= 0 && !recent.some((score) => score > 1)) {
      runs.push(runOf(scores, from, i - windowSteps));
      from = -1;
    }
  }
  if (from >= 0) {
    runs.push(
      runOf(
        scores,
        from,
        scores.findLastIndex((score) => score > 1)
      )
    );
  }
  // A band of less than a week is no reason to tell less than it would in one.
  const weeks = Math.max(1, (band.expected.length * band.stepMs) / weekMs);
  const least = Math.min(clearEvidence, weakestTold(runs, Math.round(weeks * alertsPerWeek)));
  return runs.filter(({ evidence }) => evidence >= least).map((run) => describe(run, { series, scores, band }));
}

/** Evidence of the last of the `count` strongest runs. */
function weakestTold(runs: readonly Run[], count: number): number {
  const strongestFirst = runs.map(({ evidence }) => evidence).sort((a, b) => b - a);
  return count === 0 ? Infinity : (strongestFirst[count - 1] ?? 0);
}

function opens(recent: Float32Array): boolean {
  const outside = recent.reduce((count, score) => count + (score > 1 ? 1 : 0), 0);
  return outside >= outsideToOpen && evidenceOf(recent) >= evidenceToOpen;
}

function evidenceOf(recent: Float32Array): number {
  return recent.reduce((sum, score) => sum + (score > 0 ? Math.min(largestEvidence, score) : 0), 0);
}

interface Run {
  readonly from: number;
  readonly to: number;
  /** Of its strongest three values in a row. */
  readonly evidence: number;
}

function runOf(scores: Float32Array, from: number, to: number): Run {
  let evidence = 0;
  for (let i = from; i <= to; i++) {
    evidence = Math.max(evidence, evidenceOf(scores.subarray(Math.max(from, i - windowSteps + 1), i + 1)));
  }
  return { from, to, evidence };
}

interface Judged {
  readonly series: RegularSeries;
  readonly scores: Float32Array;
  readonly band: BandArrays;
}

function describe({ from, to }: Run, { series, scores, band }: Judged): Anomaly {
  let peak = from;
  for (let i = from; i <= to; i++) {
    if (scores[i]! > scores[peak]!) {
      peak = i;
    }
  }
  const timeOf = (i: number) => series.startMs + i * series.stepMs;
  const expected = band.expected[Math.round((timeOf(peak) - band.startMs) / band.stepMs)]!;
  return {
    startMs: timeOf(from),
    endMs: timeOf(to),
    direction: series.values[peak]! >= expected ? 'above' : 'below',
    peakScore: scores[peak]!,
    peakValue: series.values[peak]!,
    peakMs: timeOf(peak),
    expectedAtPeak: expected,
  };
}
