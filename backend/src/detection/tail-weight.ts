/** Log-kurtosis below which a window's mean square tells nothing that single values do not, and from which it counts in full. */
const lightTail = 1.5;
const heavyTail = 2.5;

/**
 * How much members that look at whole windows may say of a series, from the kurtosis of what its season leaves: a rest
 * without heavy tails (a normal one has log 3 = 1.1) hides single jumps in every window, a heavy-tailed one has events.
 * Chosen on web services, cloud metrics, KPIs and one server machine.
 * @param rest values less what was expected; finite
 * @returns 0..1; 0 for a constant
 */
export function tailWeight(rest: Float64Array): number {
  const mean = rest.reduce((sum, value) => sum + value, 0) / Math.max(1, rest.length);
  let second = 0;
  let fourth = 0;
  for (const value of rest) {
    const square = (value - mean) ** 2;
    second += square;
    fourth += square * square;
  }
  const kurtosis = (rest.length * fourth) / second ** 2;
  const share = (Math.log(kurtosis) - lightTail) / (heavyTail - lightTail);
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}
