import { quantileOfSorted } from '../../timeseries/quantiles.ts';
import type { FitContext, Forecaster } from '../forecaster.ts';
import { recentProfile, seasonAt } from './seasonal-profile.ts';

/** Horizons that get their own coefficients; between them these change slowly. */
const horizonKnots = 14;
/** Cycles whose origins are learned from. */
const trainedCycles = 14;
const originsPerCycle = 24;
/** Share of the mean diagonal: enough to keep five correlated means apart from each other. */
const penaltyShare = 0.05;
/** Rounds of reweighting towards absolute loss: squares follow bursts that do not come back. */
const reweightings = 2;
const minCycles = 6;

/**
 * Linear regression, closed form, of what the season leaves: the recent means of the rest over several windows, and the
 * rest at the target's own slot one cycle (and, with a weekly season, one week) before, decide how much of the present
 * deviation lives on at each horizon.
 * @see Hoerl & Kennard (1970); Dempster, Laird & Rubin (1980) for the reweighting
 */
export const ridge: Forecaster = {
  name: 'ridge',
  minPoints: (seasons) => minCycles * (seasons[0] ?? Infinity),
  forecast: ({ values }, context) => {
    const season = seasonAt(context.seasons, 0, 'ridge');
    const design = createDesign(values, season, context);
    const knots = logSpaced(context.horizonSteps, horizonKnots);
    const coefficients = knots.map((knot) => fitKnot(design, knot));
    const row = new Float64Array(design.width);
    return Float64Array.from({ length: context.horizonSteps }, (_, h) => {
      design.fill(row, values.length - 1, h + 1);
      return design.profileAt(values.length - 1, h + 1) + dot(row, interpolated(knots, coefficients, h + 1));
    });
  },
};

interface Design {
  readonly width: number;
  readonly season: number;
  readonly horizonSteps: number;
  readonly firstOrigin: number;
  readonly lastIndex: number;
  /** Features known at `origin` for the step `ahead` after it. */
  fill(row: Float64Array, origin: number, ahead: number): void;
  /** The season's part of that step, from cycles up to the origin. */
  profileAt(origin: number, ahead: number): number;
  target(origin: number, ahead: number): number;
}

function createDesign(values: Float64Array, season: number, { seasons, horizonSteps }: FitContext): Design {
  const profile = recentProfile(values, season);
  const limit = quantileOfSorted(
    values
      .subarray(season)
      .map((value, i) => Math.abs(value - profile[season + i]!))
      .sort(),
    0.98
  );
  const rest = values.map((value, t) => (t < season ? 0 : Math.max(-limit, Math.min(limit, value - profile[t]!))));
  const sums = new Float64Array(values.length + 1);
  rest.forEach((value, t) => (sums[t + 1] = sums[t]! + value));
  const windows = [1, Math.max(1, season / 96), Math.max(2, season / 24), Math.max(3, season / 8), season].map(
    Math.round
  );
  const week = seasons[1];
  const profileAt = (origin: number, ahead: number) => profile[origin + 1 + ((ahead - 1) % season)]!;
  const before = (origin: number, ahead: number, cycle: number) =>
    rest[origin + ahead - cycle * Math.ceil(ahead / cycle)] ?? 0;
  return {
    width: windows.length + (week === undefined ? 1 : 2),
    season,
    horizonSteps,
    firstOrigin: Math.max(2 * season, values.length - trainedCycles * season),
    lastIndex: values.length - 1,
    profileAt,
    fill: (row, origin, ahead) => {
      windows.forEach((window, i) => (row[i] = (sums[origin + 1]! - sums[origin + 1 - window]!) / window));
      row[windows.length] = before(origin, ahead, season);
      if (week !== undefined) {
        row[windows.length + 1] = before(origin, ahead, week);
      }
    },
    target: (origin, ahead) => Math.max(-limit, Math.min(limit, values[origin + ahead]! - profileAt(origin, ahead))),
  };
}

/** Coefficients of one horizon, from origins of the last cycles and horizons within an eighth of it. */
function fitKnot(design: Design, knot: number): Float64Array {
  const { rows, targets } = trainingRows(design, knot);
  const weights = new Float64Array(targets.length).fill(1);
  let coefficients = solveRidge(rows, targets, weights, design.width);
  for (let round = 0; round < reweightings && targets.length > 0; round++) {
    const errors = targets.map((target, i) => Math.abs(target - dotAt(rows, i * design.width, coefficients)));
    const floor = 0.1 * quantileOfSorted(Float64Array.from(errors).sort(), 0.5) + Number.MIN_VALUE;
    errors.forEach((error, i) => (weights[i] = floor / Math.max(floor, error)));
    coefficients = solveRidge(rows, targets, weights, design.width);
  }
  return coefficients;
}

function trainingRows(design: Design, knot: number): { rows: Float64Array; targets: Float64Array } {
  const spread = Math.floor(knot / 8);
  const aheads = [...new Set([knot - spread, knot, Math.min(design.horizonSteps, knot + spread)])];
  const stride = Math.max(1, Math.round(design.season / originsPerCycle));
  const lasts = aheads.map((ahead) => design.lastIndex - ahead);
  const counts = lasts.map((last) => Math.max(0, Math.floor((last - design.firstOrigin) / stride) + 1));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rows = new Float64Array(total * design.width);
  const targets = new Float64Array(total);
  let next = 0;
  aheads.forEach((ahead, i) => {
    for (let k = 0; k < counts[i]!; k++, next++) {
      const origin = lasts[i]! - k * stride;
      design.fill(rows.subarray(next * design.width, (next + 1) * design.width), origin, ahead);
      targets[next] = design.target(origin, ahead);
    }
  });
  return { rows, targets };
}

function solveRidge(rows: Float64Array, targets: Float64Array, weights: Float64Array, width: number): Float64Array {
  const gram = new Float64Array(width * width);
  const moment = new Float64Array(width);
  for (let k = 0; k < targets.length; k++) {
    accumulate(gram, moment, { rows, offset: k * width, weight: weights[k]!, target: targets[k]! });
  }
  let trace = 0;
  for (let i = 0; i < width; i++) {
    trace += gram[i * width + i]!;
  }
  for (let i = 0; i < width; i++) {
    gram[i * width + i]! += (penaltyShare * trace) / width;
  }
  return trace > 0 ? solveCholesky(gram, moment, width) : moment.fill(0);
}

interface Observation {
  readonly rows: Float64Array;
  /** Where its row begins. */
  readonly offset: number;
  readonly weight: number;
  readonly target: number;
}

/** Adds weight · row · rowᵀ to the lower triangle of the Gram matrix, and weight · target · row to the moment. */
function accumulate(gram: Float64Array, moment: Float64Array, { rows, offset, weight, target }: Observation): void {
  const width = moment.length;
  for (let i = 0; i < width; i++) {
    const weighted = weight * rows[offset + i]!;
    moment[i]! += weighted * target;
    for (let j = 0; j <= i; j++) {
      gram[i * width + j]! += weighted * rows[offset + j]!;
    }
  }
}

/** Solves A·x = b for a symmetric positive definite A given by its lower triangle; both are overwritten. */
function solveCholesky(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const rowOf = (i: number, length: number) => a.subarray(i * width, i * width + length);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) {
      a[i * width + j] = (a[i * width + j]! - dotAt(a, i * width, rowOf(j, j))) / a[j * width + j]!;
    }
    a[i * width + i] = Math.sqrt(a[i * width + i]! - dotAt(a, i * width, rowOf(i, i)));
  }
  for (let i = 0; i < width; i++) {
    b[i] = (b[i]! - dotAt(a, i * width, b.subarray(0, i))) / a[i * width + i]!;
  }
  for (let i = width - 1; i >= 0; i--) {
    for (let k = i + 1; k < width; k++) {
      b[i]! -= a[k * width + i]! * b[k]!;
    }
    b[i]! /= a[i * width + i]!;
  }
  return b;
}

function dotAt(values: Float64Array, offset: number, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < other.length; i++) {
    sum += values[offset + i]! * other[i]!;
  }
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  return dotAt(a, 0, b);
}

/** Distinct whole numbers from 1 to `highest`, evenly spaced on a logarithmic scale. */
function logSpaced(highest: number, count: number): number[] {
  const points = Array.from({ length: count }, (_, i) => Math.round(highest ** (i / (count - 1))));
  return [...new Set(points)];
}

function interpolated(knots: readonly number[], coefficients: readonly Float64Array[], ahead: number): Float64Array {
  const above = knots.findIndex((knot) => knot >= ahead);
  const right = coefficients[above]!;
  if (above === 0 || knots[above] === ahead) {
    return right;
  }
  const left = coefficients[above - 1]!;
  const from = Math.log(knots[above - 1]!);
  const share = (Math.log(ahead) - from) / (Math.log(knots[above]!) - from);
  return left.map((value, i) => value + (right[i]! - value) * share);
}
