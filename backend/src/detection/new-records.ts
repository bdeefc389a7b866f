/** Steps for which an excursion is news: within them only a stronger one is told again. */
export const recordSteps = 100;

/**
 * Where evidence is beyond all of the `recordSteps` before it: there an alert may begin. What follows an excursion and is
 * no odder belongs to it; told again it would be noise.
 * @returns the evidence there, 0 elsewhere
 */
export function newRecords(evidence: Float64Array): Float64Array {
  return evidence.map((value, i) => {
    for (let before = Math.max(0, i - recordSteps); before < i; before++) {
      if (evidence[before]! >= value) {
        return 0;
      }
    }
    return value;
  });
}
