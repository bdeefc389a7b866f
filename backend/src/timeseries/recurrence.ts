/** In shorter periods a spike of one step is more than 2 % of the values: the autocorrelation test sees it itself. */
const minPeriodSteps = 50;
/** Moving averages taken out span about a 24th of the period on either side: an hour of a day. */
const smoothShare = 1 / 48;
/** Pairs of consecutive cycles: fewer could agree because of one coincidence. */
const minPairs = 3;
/** Below this the cycles found on recorded metrics made their forecasts worse. */
const minRecurrence = 0.3;
/** The effective count of independent values is only estimated, and this is a second try at the same period. */
const minStandardErrors = 4;

/**
 * How alike consecutive cycles are in what is much shorter than the cycle, such as the minutes of a nightly job: the mean
 * correlation of each cycle with the one before, at full resolution, after a short moving average is taken out. Each pair
 * counts at most 1, so that one incident of any height cannot make a cycle.
 * @param values without gaps
 * @returns a correlation, 0 unless it is beyond chance and greater than a quarter of a period off
 */
export function recurrenceOf(values: Float64Array, period: number): number {
  if (period < minPeriodSteps || values.length < (minPairs + 1) * period) {
    return 0;
  }
  const rest = withoutSlow(values, Math.max(2, Math.round(period * smoothShare)));
  const recurrence = meanCorrelation(rest, period, period);
  const quarter = Math.round(period / 4);
  const off = Math.max(
    meanCorrelation(rest, period, period - quarter),
    meanCorrelation(rest, period, period + quarter)
  );
  const least = Math.max(minRecurrence, minStandardErrors * standardError(rest, period));
  return recurrence > least && recurrence > off ? recurrence : 0;
}

function withoutSlow(values: Float64Array, half: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, i) => (sums[i + 1] = sums[i]! + value));
  return values.map((value, i) => {
    const from = Math.max(0, i - half);
    const to = Math.min(values.length, i + half + 1);
    return value - (sums[to]! - sums[from]!) / (to - from);
  });
}

/** Mean over the cycles, counted from the end, of the correlation with the stretch `lag` steps earlier. */
function meanCorrelation(values: Float64Array, period: number, lag: number): number {
  let sum = 0;
  let pairs = 0;
  for (let from = values.length - period; from - lag >= 0; from -= period) {
    sum += correlation(values.subarray(from, from + period), values.subarray(from - lag, from - lag + period));
    pairs++;
  }
  return pairs === 0 ? 0 : sum / pairs;
}

function correlation(a: Float64Array, b: Float64Array): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squareA += a[i]! * a[i]!;
    squareB += b[i]! * b[i]!;
  }
  return squareA > 0 && squareB > 0 ? product / Math.sqrt(squareA * squareB) : 0;
}

/** Bartlett (1946), over the lags that the short moving average leaves correlated. */
function standardError(values: Float64Array, period: number): number {
  const lags = Math.ceil(2 * period * smoothShare) + 1;
  let sum = 1;
  for (let lag = 1; lag <= lags; lag++) {
    sum += 2 * correlation(values.subarray(lag), values.subarray(0, values.length - lag)) ** 2;
  }
  return Math.sqrt(sum / (values.length - period));
}
