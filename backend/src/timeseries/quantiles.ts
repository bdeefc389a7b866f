/**
 * Quantile of sorted values by linear interpolation between order statistics.
 * @param sorted ascending, finite, at least one value
 * @param probability 0..1
 * @see Hyndman & Fan (1996), definition 7
 */
export function quantileOfSorted(sorted: ArrayLike<number>, probability: number): number {
  const position = (sorted.length - 1) * Math.min(1, Math.max(0, probability));
  const below = Math.floor(position);
  const above = Math.min(sorted.length - 1, below + 1);
  const low = sorted[below]!;
  return low + (sorted[above]! - low) * (position - below);
}

/** The finite values, ascending; empty when there is none. */
export function sortedFinite(values: ArrayLike<number>): Float64Array {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) {
      kept[count++] = values[i]!;
    }
  }
  return kept.subarray(0, count).sort();
}

/** Median of the finite values; NaN when there is none. */
export function median(values: ArrayLike<number>): number {
  const sorted = sortedFinite(values);
  return sorted.length === 0 ? NaN : quantileOfSorted(sorted, 0.5);
}

/**
 * Centre and spread of the finite values that a few wild ones cannot move.
 * @returns `median` and `mad` (median absolute deviation, unscaled) in the unit of the values; NaN when there is none
 * @see Rousseeuw & Croux (1993), JASA 88(424)
 */
export function robustCentre(values: ArrayLike<number>): { readonly median: number; readonly mad: number } {
  const centre = median(values);
  return { median: centre, mad: median(Float64Array.from(values, (value) => Math.abs(value - centre))) };
}

/**
 * Median of the first `count` values of `buffer`, which is sorted in place: faster than a library sort for a handful.
 * @param count at least 1
 */
export function medianOfFew(buffer: Float64Array, count: number): number {
  for (let i = 1; i < count; i++) {
    const value = buffer[i]!;
    let j = i - 1;
    while (j >= 0 && buffer[j]! > value) {
      buffer[j + 1] = buffer[j]!;
      j--;
    }
    buffer[j + 1] = value;
  }
  const middle = count >> 1;
  return count % 2 === 1 ? buffer[middle]! : (buffer[middle - 1]! + buffer[middle]!) / 2;
}
