export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

/** Linear interpolation between order statistics (type 7); `q` in 0..1. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return (sorted[low] ?? NaN) + (at - low) * ((sorted[Math.ceil(at)] ?? NaN) - (sorted[low] ?? NaN));
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const resamples = 2_000;

/**
 * Percentile bootstrap of any statistic of units (series, as a rule) that come in strata, each of which is drawn anew.
 * @param statistic of the units with these indices, one list for each stratum; an index may come more than once
 * @returns the 2.5 % and 97.5 % ends over 2,000 resamples drawn with `seed`
 */
export function bootstrapStrata(
  counts: readonly number[],
  statistic: (indices: ReadonlyArray<readonly number[]>) => number,
  seed: number
): Interval {
  const next = uniform(seed);
  const values = Array.from({ length: resamples }, () =>
    statistic(counts.map((count) => Array.from({ length: count }, () => Math.floor(next() * count))))
  );
  return { low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

/** The same over `count` units in one stratum. */
export function bootstrap(count: number, statistic: (indices: readonly number[]) => number, seed: number): Interval {
  return bootstrapStrata([count], ([indices = []]) => statistic(indices), seed);
}

/** Percentile bootstrap of a mean over series. */
export function bootstrapMean(values: readonly number[], seed: number): Interval {
  return bootstrap(values.length, (indices) => mean(indices.map((i) => values[i] ?? NaN)), seed);
}

/** Uniform numbers in 0..1 by mulberry32: enough for resampling, the same on every machine. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
