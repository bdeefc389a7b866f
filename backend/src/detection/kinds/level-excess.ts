import { medianOfFew } from '../../timeseries/quantiles.ts';

/** One side of a CUSUM with a sample of the values since it left 0; plain, so that it can be stored. */
export interface Excess {
  sum: number;
  /** First value since the sum left 0: the likeliest instant of the change. */
  startMs: number;
  samples: number;
  /** Every `stride`-th residual since then, towards this side: in the unit of the series and in distances to the edge. */
  sizes: number[];
  edges: number[];
  stride: number;
}

export interface ExcessRule {
  /** Smallest change to find, in distances to the edge. */
  readonly smallest: number;
  readonly samples: number;
}

export interface ExcessSample {
  readonly timestampMs: number;
  readonly size: number;
  readonly edges: number;
}

const mostKept = 60;
/** Half of the change to be found is the reference value that finds it soonest (Page 1954). */
const reference = 0.5;
/** A single value counts at most as much as two at the new level. */
const clip = 2;
/** Of the sum that values at the smallest change would reach when they are enough to be certain. */
const neededShare = 0.8;
/** A new level keeps still: its parts differ by no more than this share of it, else it is a peak. */
const unsteadiness = 0.35;
/** It is no ramp: what it rises from its first to its last value is surely less than this share of it. */
const risingShare = 0.8;
const sureStandardErrors = 2;
/** Fewer parts while they would hold only a handful of values. */
const parts = { few: 3, many: 5, manyFrom: 30 };
/** Each part is at the level, not only most values together. */
const partShare = 0.7;
/** Median of |a − b| of two normal values in their standard deviations. */
const normalDifference = 0.954;

export function noExcess(): Excess {
  return { sum: 0, startMs: 0, samples: 0, sizes: [], edges: [], stride: 1 };
}

/** Takes in one residual, positive towards this side; changes `excess` in place. */
export function addExcess(excess: Excess, sample: ExcessSample, { smallest }: ExcessRule): void {
  const clipped = Math.min(clip * smallest, Math.max(-clip * smallest, sample.edges));
  const sum = excess.sum + clipped - reference * smallest;
  if (sum <= 0) {
    Object.assign(excess, noExcess());
    return;
  }
  if (excess.samples === 0) {
    excess.startMs = sample.timestampMs;
  }
  excess.sum = sum;
  if (excess.samples % excess.stride === 0) {
    excess.sizes.push(sample.size);
    excess.edges.push(sample.edges);
  }
  excess.samples++;
  if (excess.sizes.length >= mostKept) {
    excess.sizes = excess.sizes.filter((_, i) => i % 2 === 0);
    excess.edges = excess.edges.filter((_, i) => i % 2 === 0);
    excess.stride *= 2;
  }
}

/** Whether there is a change that is large enough, has lasted long enough and keeps still. */
export function isSettled(excess: Excess, { smallest, samples }: ExcessRule): boolean {
  const needed = neededShare * (1 - reference) * smallest * samples;
  if (excess.samples < samples || excess.sum < needed) {
    return false;
  }
  const { edges } = excess;
  const count = edges.length < parts.manyFrom ? parts.few : parts.many;
  const length = edges.length / count;
  const levels = Array.from({ length: count }, (_, k) =>
    medianOf(edges.slice(Math.floor(k * length), Math.floor((k + 1) * length)))
  );
  const [overall, lowest] = [medianOf(edges), Math.min(...levels)];
  const steady = Math.max(...levels) - lowest <= unsteadiness * overall && lowest >= partShare * smallest;
  return overall >= smallest && steady && largestRise(edges) <= risingShare * overall;
}

/** The most that the values may rise over their whole length, at two standard errors of a straight line through them. */
function largestRise(values: readonly number[]): number {
  const centre = (values.length - 1) / 2;
  const squares = (values.length * (values.length ** 2 - 1)) / 12;
  const slope = values.reduce((sum, value, i) => sum + (i - centre) * value, 0) / squares;
  return (Math.abs(slope) + (sureStandardErrors * noiseOf(values)) / Math.sqrt(squares)) * values.length;
}

/** Standard deviation by differences of neighbours, which a moving level hardly touches. */
function noiseOf(values: readonly number[]): number {
  return medianOf(values.slice(1).map((value, i) => Math.abs(value - values[i]!))) / normalDifference;
}

function medianOf(values: readonly number[]): number {
  return medianOfFew(Float64Array.from(values), values.length);
}
