import type { Direction } from '../contract/job.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';

/** A band cut off at its range has no width on one side: what is beyond scores this, not infinity. */
const largestScore = 1000;

/** Index into a band for an instant; it may lie outside of the band. */
function indexAt(band: BandArrays, timeMs: number): number {
  return Math.round((timeMs - band.startMs) / band.stepMs);
}

/**
 * How far each value is from what was expected: 0 = as expected, 1 = at the edge of the widest level on its side, above
 * 1 = abnormal. A value on a side that `direction` does not watch scores 0.
 * @returns one score for each value; NaN for a gap and where the band knows nothing
 */
export function scoreSeries(series: RegularSeries, band: BandArrays, direction: Direction): Float32Array {
  const scores = new Float32Array(series.values.length).fill(NaN);
  const widest = band.levels.at(-1);
  if (widest === undefined) {
    return scores;
  }
  const first = indexAt(band, series.startMs);
  const aligned = series.stepMs === band.stepMs;
  for (let i = 0; i < scores.length; i++) {
    const at = aligned ? first + i : indexAt(band, series.startMs + i * series.stepMs);
    if (at >= 0 && at < band.expected.length) {
      const edges = { expected: band.expected[at]!, lower: widest.lower[at]!, upper: widest.upper[at]! };
      scores[i] = scoreValue(series.values[i]!, edges, direction);
    }
  }
  return scores;
}

interface Edges {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** Score of one value against the expected value and the edges of the widest level; NaN when any of them is unknown. */
export function scoreValue(value: number, { expected, lower, upper }: Edges, direction: Direction): number {
  const above = value >= expected;
  if (value === expected) {
    return 0;
  }
  const score = above ? (value - expected) / (upper - expected) : (expected - value) / (expected - lower);
  const watched = direction === 'both' || (direction === 'above') === above;
  return watched || Number.isNaN(score) ? Math.min(largestScore, score) : 0;
}
