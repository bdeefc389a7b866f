/**
 * The φ-quantile by linear interpolation between closest ranks, as Prometheus computes it.
 * @param values are sorted in place; NaN counts as the smallest
 * @returns -Inf for φ < 0, +Inf for φ > 1, NaN without values or φ
 */
export function quantile(phi: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(phi)) {
    return NaN;
  }
  if (phi < 0 || phi > 1) {
    return phi < 0 ? -Infinity : Infinity;
  }
  values.sort(compareNanFirst);
  const rank = phi * (values.length - 1);
  const lower = Math.floor(rank);
  const weight = rank - lower;
  const low = values[lower] ?? NaN;
  const high = values[Math.min(values.length - 1, lower + 1)] ?? NaN;
  return low * (1 - weight) + high * weight;
}

/** Ascending order with NaN before every number. */
export function compareNanFirst(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) {
    return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  }
  return a < b ? -1 : Number(a > b);
}
