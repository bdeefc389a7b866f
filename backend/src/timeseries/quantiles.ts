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
  return finiteOf(values).sort();
}

function finiteOf(values: ArrayLike<number>): Float64Array {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) {
      kept[count++] = values[i]!;
    }
  }
  return kept.subarray(0, count);
}

/** Median of the finite values; NaN when there is none. */
export function median(values: ArrayLike<number>): number {
  const kept = finiteOf(values);
  const middle = (kept.length - 1) >> 1;
  if (kept.length === 0) {
    return NaN;
  }
  selectInPlace(kept, middle);
  if (kept.length % 2 === 1) {
    return kept[middle]!;
  }
  let next = Infinity;
  for (let i = middle + 1; i < kept.length; i++) {
    next = Math.min(next, kept[i]!);
  }
  return kept[middle]! + (next - kept[middle]!) * 0.5;
}

/** Fewer are sorted as fast as they are parted. */
const fewToPart = 24;

/**
 * Moves values so that the one of rank `k` is at `k`, none before it larger and none after it smaller: five times as fast as
 * sorting a few thousand. What cannot be parted well is sorted.
 * @see Hoare (1961), Algorithm 65; Musser (1997) for the bound
 */
function selectInPlace(values: Float64Array, k: number): void {
  let from = 0;
  let to = values.length - 1;
  for (let parts = 4 * Math.log2(values.length + 1); to - from >= fewToPart && parts > 0; parts--) {
    const { low, high } = partInPlace(values, from, to);
    if (k > low && k < high) {
      return;
    }
    from = k >= high ? high : from;
    to = k <= low ? low : to;
  }
  values.subarray(from, to + 1).sort();
}

/** @returns up to `low` none is larger, from `high` on none is smaller than what lies between them */
function partInPlace(values: Float64Array, from: number, to: number) {
  const pivot = middleOf(values[from]!, values[(from + to) >> 1]!, values[to]!);
  let high = from;
  let low = to;
  while (high <= low) {
    while (values[high]! < pivot) {
      high++;
    }
    while (values[low]! > pivot) {
      low--;
    }
    if (high <= low) {
      const value = values[high]!;
      values[high++] = values[low]!;
      values[low--] = value;
    }
  }
  return { low, high };
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
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
