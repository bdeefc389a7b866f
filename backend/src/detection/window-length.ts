import { autocorrelation } from './fourier.ts';

const longestLag = 400;
const shortestLag = 3;
/** A cycle longer than this is left to the season; the window for data without a short cycle follows the benchmark. */
const longestWindow = 300;
const defaultWindow = 125;
const longestLooked = 20_000;

/**
 * Steps over which an event is looked at: the lag of the highest local maximum of the autocorrelation, at most 303.
 * @returns 125 when the data shows no cycle of that size, less for a series shorter than 1250 steps
 * @see Liu & Paparrizos (2024), TSB-AD: the window of its range measures
 */
export function windowLength(values: Float64Array): number {
  const correlation = autocorrelation(values.subarray(0, longestLooked), Math.min(longestLag, values.length - 1));
  let best = -1;
  for (let lag = shortestLag + 1; lag < correlation.length - 1; lag++) {
    const isPeak = correlation[lag]! > correlation[lag - 1]! && correlation[lag]! > correlation[lag + 1]!;
    if (isPeak && (best < 0 || correlation[lag]! > correlation[best]!)) {
      best = lag;
    }
  }
  const position = best - shortestLag;
  return position < 3 || position > longestWindow ? defaultWindow : best;
}
