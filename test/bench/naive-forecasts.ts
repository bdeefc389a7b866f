/** The simple forecasts that check rows are made of; computed here and not by the product. */

/** Normal quantiles of .6, .7, .8, .9 and .975. */
const normalQuantiles: ReadonlyArray<readonly [q: number, z: number]> = [
  [0.6, 0.2533471031357997],
  [0.7, 0.5244005127080407],
  [0.8, 0.8416212335729143],
  [0.9, 1.2815515655446004],
  [0.975, 1.959963984540054],
];

export interface NormalForecast {
  readonly expected: Float64Array;
  /** Forecast of any decile, or of .025 and .975. */
  quantile(q: number): Float64Array;
}

/**
 * The value of one season before, with normal intervals whose variance is that of the seasonal differences and grows by
 * itself with each season ahead (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 5.5).
 */
export function seasonalNaive(history: Float64Array, season: number, steps: number): NormalForecast {
  const expected = Float64Array.from({ length: steps }, (_, h) => history[history.length - season + (h % season)]!);
  let squares = 0;
  for (let t = season; t < history.length; t++) {
    squares += (history[t]! - history[t - season]!) ** 2;
  }
  const deviation = Math.sqrt(squares / (history.length - season));
  return {
    expected,
    quantile: (q) => {
      const z = q === 0.5 ? 0 : Math.sign(q - 0.5) * zOf(Math.max(q, 1 - q));
      return expected.map((value, h) => value + z * deviation * Math.sqrt(Math.floor(h / season) + 1));
    },
  };
}

function zOf(q: number): number {
  const found = normalQuantiles.find(([probability]) => Math.abs(probability - q) < 1e-9);
  if (found === undefined) {
    throw new Error(`no normal quantile of ${q} is tabled`);
  }
  return found[1];
}

/**
 * Naive2 of the M4 competition: the last value, on the series without its season when the season shows at the 90 % level
 * of an autocorrelation test, by classical multiplicative decomposition.
 */
export function naive2(history: Float64Array, season: number, steps: number): Float64Array {
  const last = history.at(-1) ?? NaN;
  if (season < 2 || !isSeasonal(history, season)) {
    return new Float64Array(steps).fill(last);
  }
  const factors = seasonalFactors(history, season);
  const adjusted = last / factors[(history.length - 1) % season]!;
  return Float64Array.from({ length: steps }, (_, h) => adjusted * factors[(history.length + h) % season]!);
}

function isSeasonal(values: Float64Array, season: number): boolean {
  if (values.length < 3 * season) {
    return false;
  }
  const limit = 1.645 * Math.sqrt((1 + 2 * squaresUpTo(values, season - 1)) / values.length);
  return Math.abs(autocorrelation(values, season)) > limit;
}

function squaresUpTo(values: Float64Array, lags: number): number {
  let sum = 0;
  for (let lag = 1; lag <= lags; lag++) {
    sum += autocorrelation(values, lag) ** 2;
  }
  return sum;
}

function autocorrelation(values: Float64Array, lag: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let covariance = 0;
  let variance = 0;
  for (let t = 0; t < values.length; t++) {
    variance += (values[t]! - mean) ** 2;
    covariance += t >= lag ? (values[t]! - mean) * (values[t - lag]! - mean) : 0;
  }
  return covariance / variance;
}

/** Means per phase of value over centred moving average, brought to a mean of 1. */
function seasonalFactors(values: Float64Array, season: number): number[] {
  const sums = new Array<number>(season).fill(0);
  const counts = new Array<number>(season).fill(0);
  const half = Math.floor(season / 2);
  for (let t = half; t < values.length - half; t++) {
    const ratio = values[t]! / centredMean(values, t, season);
    sums[t % season]! += ratio;
    counts[t % season]!++;
  }
  const means = sums.map((sum, phase) => sum / counts[phase]!);
  const overall = means.reduce((sum, value) => sum + value, 0) / season;
  return means.map((value) => value / overall);
}

function centredMean(values: Float64Array, t: number, season: number): number {
  const half = Math.floor(season / 2);
  let sum = 0;
  for (let d = -half; d <= half; d++) {
    sum += values[t + d]! * (season % 2 === 0 && Math.abs(d) === half ? 0.5 : 1);
  }
  return sum / season;
}
