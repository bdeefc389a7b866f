/** Share of a deviation that one step must bring to be called sudden. */
const suddenShare = 0.5;
/** From here on multiples of the usual deviation say no more than that there is hardly any. */
const mostTimes = 1_000;
const fewestTimes = 2;

/** A deviation that an alert was raised for. */
export interface Deviation {
  readonly values: Float64Array;
  /** Index of the first value of the alert. */
  readonly from: number;
  /** Index of its oddest value. */
  readonly peak: number;
  /** What that value should have been. */
  readonly expected: number;
  /** Median distance of the values of the series from what was expected. */
  readonly usual: number;
}

/**
 * What was odd, as one English sentence: the value, what was expected, how many times the usual deviation it was off by,
 * and whether it came in one step.
 */
export function reasonOf({ values, from, peak, expected, usual }: Deviation): string {
  const value = values[peak]!;
  const off = Math.abs(value - expected);
  const side = value >= expected ? 'above' : 'below';
  return `${short(value)} is ${short(off)} ${side} the expected ${short(expected)}${scaleOf(off / usual)}; ${courseOf(values, from, peak, expected)}.`;
}

function scaleOf(times: number): string {
  if (times > mostTimes) {
    return ', where the series hardly ever deviates';
  }
  return times >= fewestTimes ? `, ${Number(times.toPrecision(2))} times its usual deviation` : '';
}

function courseOf(values: Float64Array, from: number, peak: number, expected: number): string {
  const off = values[peak]! - expected;
  let before = values.subarray(0, from).findLast(Number.isFinite) ?? NaN;
  let largest = 0;
  for (const value of values.subarray(from, peak + 1)) {
    const step = (value - before) * Math.sign(off);
    largest = step > largest ? step : largest;
    before = Number.isFinite(value) ? value : before;
  }
  const sudden = largest >= suddenShare * Math.abs(off);
  return sudden ? `a sudden ${off >= 0 ? 'jump' : 'drop'}` : `it ${off >= 0 ? 'rose' : 'fell'} gradually`;
}

/** Four significant digits, without the zeros at the end. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
