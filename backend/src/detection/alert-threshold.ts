/** Excursions closer than this many steps are one. */
export const mergeSteps = 5;
const weekMs = 7 * 86_400_000;
/** Strongest excursions that the tail is fitted to when the history is too short to count them. */
const tailCount = 10;

export interface Threshold {
  /** Evidence from which on an alert is raised. */
  readonly evidence: number;
  /** `counted` when the history holds as many weeks as it takes to see such alerts, `extrapolated` from the tail when not. */
  readonly basis: 'counted' | 'extrapolated';
}

/**
 * The evidence that a history exceeds `alertsPerWeek` times a week: excursions are declustered (their peaks count), and of
 * the peaks of w weeks the one of rank alertsPerWeek · w is the edge. Where that rank is below 1 the exponential tail of the
 * strongest peaks goes on.
 * @param evidence of the history, nats
 */
export function alertThreshold(evidence: Float64Array, stepMs: number, alertsPerWeek: number): Threshold {
  const peaks = excursionPeaks(evidence).sort().reverse();
  const wanted = (alertsPerWeek * evidence.length * stepMs) / weekMs;
  if (peaks.length === 0) {
    return { evidence: Infinity, basis: 'extrapolated' };
  }
  const rank = Math.floor(wanted);
  if (rank >= 1) {
    // Just above the peak of the next rank: the wanted number of peaks is at or above it.
    const next = peaks[rank] ?? 0;
    return { evidence: (next + peaks[Math.min(rank, peaks.length) - 1]!) / 2, basis: 'counted' };
  }
  const count = Math.min(tailCount, peaks.length);
  const edge = peaks[count - 1]!;
  const meanExcess = peaks.subarray(0, count).reduce((sum, peak) => sum + peak - edge, 0) / Math.max(1, count - 1);
  return { evidence: edge + meanExcess * Math.log(count / Math.max(wanted, 1e-6)), basis: 'extrapolated' };
}

/** Peaks of the evidence, each the largest within `mergeSteps` of it on both sides. */
function excursionPeaks(evidence: Float64Array): Float64Array {
  const peaks: number[] = [];
  let last = -Infinity;
  for (let i = 0; i < evidence.length; i++) {
    if (evidence[i]! > 0 && isPeak(evidence, i) && i - last > mergeSteps) {
      peaks.push(evidence[i]!);
      last = i;
    }
  }
  return Float64Array.from(peaks);
}

function isPeak(evidence: Float64Array, i: number): boolean {
  for (let k = Math.max(0, i - mergeSteps); k <= Math.min(evidence.length - 1, i + mergeSteps); k++) {
    if (evidence[k]! > evidence[i]!) {
      return false;
    }
  }
  return true;
}
