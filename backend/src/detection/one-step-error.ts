/** Values before that a value is predicted from. */
const lags = 6;
const terms = lags + 1;
/** Weight of the past, each step: about 2,000 steps are remembered. */
const memory = 0.9995;
/** Variance of a coefficient before anything is known, and when the data says nothing of it any more. */
const openVariance = 1_000;
const largestVariance = 1e6;

/**
 * What a linear prediction from the last 6 values misses each value by: recursive least squares that starts from "as the
 * value before" and forgets slowly. Looks at nothing after a value.
 * @param values finite
 * @returns same length and unit; 0 for the first value and as long as nothing has changed
 * @see Haykin, Adaptive Filter Theory, recursive least squares
 */
export function oneStepError(values: Float64Array): Float64Array {
  const errors = new Float64Array(values.length);
  const start = values.findIndex((value) => value !== values[0]);
  if (start < 0) {
    return errors;
  }
  // Counted from the first value in units of the first change: the prior means the same in every unit.
  const unit = Math.abs(values[start]! - values[0]!);
  const scaled = values.map((value) => (value - values[0]!) / unit);
  const filter = newFilter();
  const inputs = new Float64Array(terms).fill(1);
  for (let i = start; i < values.length; i++) {
    for (let lag = 0; lag < lags; lag++) {
      inputs[lag] = scaled[Math.max(0, i - 1 - lag)]!;
    }
    const error = update(filter, inputs, scaled[i]!);
    errors[i] = Number.isFinite(error) ? error * unit : values[i]! - values[i - 1]!;
  }
  return errors;
}

interface Filter {
  readonly coefficients: Float64Array;
  /** Inverse of the weighted covariance of the inputs, row by row. */
  readonly inverse: Float64Array;
  readonly gain: Float64Array;
}

function newFilter(): Filter {
  const filter = {
    coefficients: new Float64Array(terms),
    inverse: new Float64Array(terms * terms),
    gain: new Float64Array(terms),
  };
  forget(filter);
  return filter;
}

function forget({ coefficients, inverse }: Filter): void {
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
function update(filter: Filter, inputs: Float64Array, value: number): number {
  const { coefficients, inverse, gain } = filter;
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
