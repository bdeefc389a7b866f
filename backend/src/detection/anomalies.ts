import type { Anomaly } from '../contract/forecast.ts';
import type { Direction } from '../contract/job.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { scoreSeries } from './score.ts';

/** Two of three values must be outside: one sample lost to a restart must not raise an alarm. */
const windowSteps = 3;
const outsideToOpen = 2;

/**
 * Times in which a series left its band: opened when two of three values in a row are outside, closed when none of the
 * last three is. Gaps count as inside.
 * @returns in order of time; empty where the band knows nothing
 */
export function findAnomalies(series: RegularSeries, band: BandArrays, direction: Direction): Anomaly[] {
  const scores = scoreSeries(series, band, direction);
  const anomalies: Anomaly[] = [];
  let from = -1;
  for (let i = 0; i < scores.length; i++) {
    const recent = scores.subarray(Math.max(0, i - windowSteps + 1), i + 1);
    const outside = recent.reduce((count, score) => count + (score > 1 ? 1 : 0), 0);
    if (from < 0 && outside >= outsideToOpen) {
      from = i - windowSteps + 1 + recent.findIndex((score) => score > 1) + Math.max(0, windowSteps - 1 - i);
    } else if (from >= 0 && outside === 0) {
      anomalies.push(describe({ series, scores, band, from, to: i - windowSteps }));
      from = -1;
    }
  }
  if (from >= 0) {
    anomalies.push(describe({ series, scores, band, from, to: scores.findLastIndex((score) => score > 1) }));
  }
  return anomalies;
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
