/** Values before that a value is predicted from. */
const lags = 6;
const terms = lags + 1;
/** Weight of the past, each step: about 2,000 steps are remembered. */
const memory = 0.9995;
/** Variance of a coefficient before anything is known, and when the data says nothing of it any more. */
const openVariance = 1_000;
const largestVariance = 1e6;

/** What the prediction has learnt of one series; changed by each value. */
export interface OneStepFilter {
  readonly coefficients: Float64Array;
  /** Inverse of the weighted covariance of the inputs, row by row. */
  readonly inverse: Float64Array;
  /** The last values, newest first, counted from `origin` in units of the first change: the prior means the same in every unit. */
  readonly inputs: Float64Array;
  /** Value that the others are counted from, and the unit; 0 until something has changed. */
  readonly scale: Float64Array;
  readonly gain: Float64Array;
}

/**
 * What a linear prediction from the last 6 values misses each value by: recursive least squares that starts from "as the
 * value before" and forgets slowly. Looks at nothing after a value.
 * @param values finite
 * @returns same length and unit; 0 for the first value and as long as nothing has changed
 * @see Haykin, Adaptive Filter Theory, recursive least squares
 */
export function oneStepError(values: Float64Array): Float64Array {
  const filter = startFilter(values[0] ?? 0);
  return values.map((value) => nextError(filter, value));
}

/** @param first first value of the series, which is the first one to be handed to `nextError` */
export function startFilter(first: number): OneStepFilter {
  const filter = {
    coefficients: new Float64Array(terms),
    inverse: new Float64Array(terms * terms),
    inputs: new Float64Array(terms),
    scale: Float64Array.of(first, 0),
    gain: new Float64Array(terms),
  };
  filter.inputs[lags] = 1;
  forget(filter);
  return filter;
}

/** Takes the next value in. @returns what the prediction from the values before it missed it by */
export function nextError(filter: OneStepFilter, value: number): number {
  const { inputs, scale } = filter;
  const from = value - scale[0]!;
  if (scale[1] === 0) {
    scale[1] = Math.abs(from);
  }
  const unit = scale[1]!;
  if (unit === 0) {
    return 0;
  }
  const scaled = from / unit;
  const error = update(filter, scaled);
  const change = scaled - inputs[0]!;
  inputs.copyWithin(1, 0, lags - 1);
  inputs[0] = scaled;
  return (Number.isFinite(error) ? error : change) * unit;
}

function forget({ coefficients, inverse }: OneStepFilter): void {
  coefficients.fill(0);
  coefficients[0] = 1;
  openUp(inverse);
}

function openUp(inverse: Float64Array): void {
  inverse.fill(0);
  for (let k = 0; k < terms; k++) {
    inverse[k * terms + k] = openVariance;
  }
}

/** One step of the recursion. @returns the error of the prediction made before the value was known */
function update(filter: OneStepFilter, value: number): number {
  const { coefficients, inverse, inputs, gain } = filter;
  let error = value;
  let power = memory;
  for (let a = 0; a < terms; a++) {
    error -= coefficients[a]! * inputs[a]!;
    let sum = 0;
    for (let b = 0; b < terms; b++) {
      sum += inverse[a * terms + b]! * inputs[b]!;
    }
    gain[a] = sum;
    power += inputs[a]! * sum;
  }
  if (!Number.isFinite(error) || !(power > 0)) {
    forget(filter);
    return error;
  }
  let widest = 0;
  for (let a = 0; a < terms; a++) {
    coefficients[a]! += (gain[a]! / power) * error;
    for (let b = 0; b < terms; b++) {
      inverse[a * terms + b] = (inverse[a * terms + b]! - (gain[a]! * gain[b]!) / power) / memory;
    }
    widest = Math.max(widest, inverse[a * terms + a]!);
  }
  if (!(widest <= largestVariance)) {
    openUp(inverse);
  }
  return error;
}
