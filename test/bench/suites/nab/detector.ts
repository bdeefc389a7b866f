import { mergeSteps } from '../../../../backend/src/detection/alert-threshold.ts';
import { gatherEvidence } from '../../../../backend/src/detection/anomaly-score.ts';
import { detect } from '../../../../backend/src/detection/detect.ts';
import { newRecords } from '../../../../backend/src/detection/new-records.ts';
import type { NabStream } from './corpus.ts';

/** Alerts that are asked for where the threshold is set beforehand. */
const alertsPerWeek = 1;

/** Ours on one stream. It can be stored as JSON. */
export interface StreamScores {
  /** What alerts are decided on: how unusual each row is in the light of the rows before it, nats. */
  readonly evidence: readonly number[];
  /** Rows at or above the threshold that the rows of the probation alone give. */
  readonly firing: readonly number[];
  readonly cpuSeconds: number;
}

/** Causal: the score of a row and the threshold it is held against come from rows not after it. */
export function scoreStream({ series, probation }: Pick<NabStream, 'series' | 'probation'>): StreamScores {
  const before = process.threadCpuUsage();
  const evidence = newRecords(gatherEvidence(series, 'causal').evidence);
  const known = { ...series, values: series.values.slice(0, probation) };
  const { threshold } = detect(known, { alertsPerWeek, direction: 'both', form: 'causal' });
  const spent = process.threadCpuUsage(before);
  return {
    evidence: Array.from(evidence),
    firing: Array.from(evidence.keys()).filter((row) => evidence[row]! >= threshold.evidence),
    cpuSeconds: (spent.user + spent.system) / 1e6,
  };
}

/** First rows of alerts: firing rows at most `mergeSteps` apart are one alert, which is told of once. */
export function alertStarts(firing: readonly number[]): number[] {
  return firing.filter((row, k) => k === 0 || row - firing[k - 1]! > mergeSteps);
}
