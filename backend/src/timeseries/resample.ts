import { median, quantileOfSorted } from './quantiles.ts';
import type { RegularSeries } from './series.ts';

/** The contract takes at most this many samples; older steps beyond it are dropped, so one stray old sample cannot exhaust memory. */
const maxSteps = 200_000;

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** Scrape and evaluation intervals as people configure them; a found spacing within 2 % of one is taken for it. */
const usualStepsMs = [
  ...[1, 2, 5, 10, 15, 20, 30].map((n) => n * second),
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((n) => n * minute),
  ...[1, 2, 3, 4, 6, 8, 12].map((n) => n * hour),
  day,
  7 * day,
];

export interface Samples {
  readonly timestampsMs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface Resampled {
  readonly series: RegularSeries;
  /** Samples that were NaN or infinite: they count as gaps. */
  readonly notFiniteCount: number;
  /** Share of steps without a value, 0..1. */
  readonly gapRatio: number;
  /** Steps that were left out at the old end. */
  readonly droppedSteps: number;
}

/**
 * Brings samples of any spacing to a regular grid: each step holds the mean of the finite samples nearest to it.
 * Of samples with the same timestamp the last wins; NaN, ±Inf and missing steps become NaN.
 * @param stepMs the grid; found from the data when undefined
 * @returns an empty series when there is no sample with a usable timestamp
 */
export function resample(samples: Samples, stepMs?: number): Resampled {
  const ordered = inOrder(samples);
  const count = ordered.timestampsMs.length;
  if (count === 0) {
    const series = { startMs: 0, stepMs: stepMs ?? minute, values: new Float64Array(0) };
    return { series, notFiniteCount: 0, gapRatio: 0, droppedSteps: 0 };
  }
  const step = stepMs ?? findStepMs(ordered.timestampsMs);
  const phase = findPhaseMs(ordered.timestampsMs, step);
  const indexOf = (i: number) => Math.round((ordered.timestampsMs[i]! - phase) / step);
  const last = indexOf(count - 1);
  const first = Math.max(indexOf(0), last - maxSteps + 1);
  const means = meansPerStep(ordered, indexOf, first, last);
  return {
    series: { startMs: first * step + phase, stepMs: step, values: means.values },
    notFiniteCount: means.notFiniteCount,
    gapRatio: means.gaps / means.values.length,
    droppedSteps: first - indexOf(0),
  };
}

/** The usual distance between samples, snapped to a usual interval; one minute for fewer than two samples. */
export function findStepMs(timestampsMs: ArrayLike<number>): number {
  const distances: number[] = [];
  for (let i = 1; i < timestampsMs.length; i++) {
    const distance = timestampsMs[i]! - timestampsMs[i - 1]!;
    if (distance > 0) {
      distances.push(distance);
    }
  }
  if (distances.length === 0) {
    return minute;
  }
  const typical = quantileOfSorted(Float64Array.from(distances).sort(), 0.5);
  const usual = usualStepsMs.find((step) => Math.abs(typical - step) <= 0.02 * step);
  return usual ?? Math.max(1, Math.round(typical));
}

/** Offset of the grid from multiples of the step: samples keep their own instants when they are regular. */
function findPhaseMs(timestampsMs: Float64Array, stepMs: number): number {
  const finer = findStepMs(timestampsMs) < 0.75 * stepMs;
  if (finer) {
    return 0;
  }
  let sine = 0;
  let cosine = 0;
  for (const timestamp of timestampsMs) {
    const angle = (2 * Math.PI * (timestamp % stepMs)) / stepMs;
    sine += Math.sin(angle);
    cosine += Math.cos(angle);
  }
  const centre = (Math.atan2(sine, cosine) / (2 * Math.PI)) * stepMs;
  // Median of the offsets around their circular mean: exact for regular samples with a few stray ones.
  const offset = centre + median(timestampsMs.map((t) => wrap(t - centre, stepMs)));
  return Math.abs(wrap(offset, stepMs)) < 0.05 * stepMs && !exact(timestampsMs, offset, stepMs)
    ? 0
    : Math.round(offset);
}

/** `value` brought into [−step/2, step/2). */
function wrap(value: number, stepMs: number): number {
  return value - Math.round(value / stepMs) * stepMs;
}

function exact(timestampsMs: Float64Array, offset: number, stepMs: number): boolean {
  let hits = 0;
  for (const timestamp of timestampsMs) {
    hits += Math.abs(wrap(timestamp - offset, stepMs)) < 0.5 ? 1 : 0;
  }
  return hits > 0.8 * timestampsMs.length;
}

interface Ordered {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

function inOrder(samples: Samples): Ordered {
  const order: number[] = [];
  let ascending = true;
  let previous = -Infinity;
  for (let i = 0; i < samples.timestampsMs.length; i++) {
    const timestamp = samples.timestampsMs[i]!;
    if (Number.isFinite(timestamp)) {
      order.push(i);
      ascending &&= timestamp >= previous;
      previous = timestamp;
    }
  }
  if (!ascending) {
    order.sort((a, b) => samples.timestampsMs[a]! - samples.timestampsMs[b]! || a - b);
  }
  const lastOfTimestamp = order.filter((i, k) => samples.timestampsMs[order[k + 1] ?? -1] !== samples.timestampsMs[i]!);
  return {
    timestampsMs: Float64Array.from(lastOfTimestamp, (i) => samples.timestampsMs[i]!),
    values: Float64Array.from(lastOfTimestamp, (i) => samples.values[i] ?? NaN),
  };
}

function meansPerStep(samples: Ordered, indexOf: (i: number) => number, first: number, last: number) {
  const values = new Float64Array(last - first + 1);
  const counts = new Uint32Array(values.length);
  let notFiniteCount = 0;
  for (let i = 0; i < samples.values.length; i++) {
    const step = indexOf(i) - first;
    const value = samples.values[i]!;
    if (!Number.isFinite(value)) {
      notFiniteCount++;
    } else if (step >= 0) {
      counts[step]!++;
      // A running mean: a sum of values near the largest double would overflow.
      values[step]! += value / counts[step]! - values[step]! / counts[step]!;
    }
  }
  let gaps = 0;
  for (let step = 0; step < values.length; step++) {
    if (counts[step] === 0) {
      values[step] = NaN;
      gaps++;
    }
  }
  return { values, gaps, notFiniteCount };
}
