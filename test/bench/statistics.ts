export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** Linear interpolation between order statistics (type 7); `q` in 0..1. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return (sorted[low] ?? NaN) + (at - low) * ((sorted[Math.ceil(at)] ?? NaN) - (sorted[low] ?? NaN));
}

/**
 * Percentile bootstrap of a mean over series.
 * @returns the 2.5 % and 97.5 % ends over 2,000 resamples drawn with `seed`
 */
export function bootstrapMean(values: readonly number[], seed: number): { low: number; high: number } {
  let state = seed >>> 0 || 1;
  const next = () => {
    // mulberry32: enough for resampling, the same on every machine
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const means = Array.from({ length: 2_000 }, () =>
    mean(values.map(() => values[Math.floor(next() * values.length)] ?? NaN))
  );
  return { low: quantile(means, 0.025), high: quantile(means, 0.975) };
}
