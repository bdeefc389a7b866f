import type { Anomaly } from '../contract/forecast.ts';
import type { Direction } from '../contract/job.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { scoreSeries } from './score.ts';

/** Two of three values must be outside: one sample lost to a restart must not raise an alarm. */
const windowSteps = 3;
const outsideToOpen = 2;
/**
 * Scores of the three values together, at most 3 each so that one of them is never enough. By chance alone 5 % of values
 * are outside a 95 % band, which would open about 15 anomalies a week at 5 minutes; with this sum it is about one.
 */
const evidenceToOpen = 3.6;
const largestEvidence = 3;

/**
 * Times in which a series left its band: opened when two of three values in a row are outside and the three together are
 * far enough out, closed when none of the last three is outside. Gaps count as inside.
 * @returns in order of time; empty where the band knows nothing
 */
export function findAnomalies(series: RegularSeries, band: BandArrays, direction: Direction): Anomaly[] {
  const scores = scoreSeries(series, band, direction);
  const anomalies: Anomaly[] = [];
  let from = -1;
  for (let i = 0; i < scores.length; i++) {
    const start = Math.max(0, i - windowSteps + 1);
    const recent = scores.subarray(start, i + 1);
    if (from < 0 && opens(recent)) {
      from = start + recent.findIndex((score) => score > 1);
    } else if (from >= 0 && !recent.some((score) => score > 1)) {
      anomalies.push(describe({ series, scores, band, from, to: i - windowSteps }));
      from = -1;
    }
  }
  if (from >= 0) {
    anomalies.push(describe({ series, scores, band, from, to: scores.findLastIndex((score) => score > 1) }));
  }
  return anomalies;
}

function opens(recent: Float32Array): boolean {
  let outside = 0;
  let evidence = 0;
  for (const score of recent) {
    outside += score > 1 ? 1 : 0;
    evidence += score > 0 ? Math.min(largestEvidence, score) : 0;
  }
  return outside >= outsideToOpen && evidence >= evidenceToOpen;
}

interface Run {
  readonly series: RegularSeries;
  readonly scores: Float32Array;
  readonly band: BandArrays;
  readonly from: number;
  readonly to: number;
}

function describe({ series, scores, band, from, to }: Run): Anomaly {
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
