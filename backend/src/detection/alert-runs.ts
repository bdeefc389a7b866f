import { mergeSteps } from './alert-threshold.ts';

/** From the first to the last of its steps, both included. */
export interface AlertRun {
  readonly from: number;
  readonly to: number;
}

/**
 * Excursions of evidence: each begins where `opening` reaches the threshold and goes on while the evidence reaches it again
 * within `mergeSteps`.
 * @param opening evidence where an alert may begin, less or 0 elsewhere; as long as the evidence
 * @returns in order, none overlaps another
 */
export function alertRuns(evidence: Float64Array, opening: Float64Array, threshold: number): AlertRun[] {
  const runs: Array<{ from: number; to: number }> = [];
  evidence.forEach((value, i) => {
    const last = runs.at(-1);
    if (value >= threshold && last !== undefined && i - last.to <= mergeSteps) {
      last.to = i;
    } else if (opening[i]! >= threshold) {
      runs.push({ from: i, to: i });
    }
  });
  return runs;
}
