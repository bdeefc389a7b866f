import { median, quantileOfSorted } from './quantiles.ts';
import { recurrenceOf } from './recurrence.ts';
import type { RegularSeries } from './series.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;
/** Tried only when there is no daily cycle: a daily profile already holds every cycle that divides the day. */
const shorterThanDayMs = [12, 8, 6, 4, 3, 2, 1, 0.5, 0.25].map((hours) => hours * hourMs);
/** A cycle needs a few steps to have a shape. */
const minSeasonSteps = 4;
/** Slots a cycle is averaged to before the first look: it keeps it cheap and unmoved by single spikes. */
const testSlots = 48;
/** Autocorrelation below this is of no use to a forecast, however significant. */
const minCorrelation = 0.1;
/** Many short periods are tried, so chance finds one sooner; a weak one is worth nothing anyway. */
const minShortCorrelation = 0.3;
/** Standard errors (Bartlett) above zero: a chance of about 1 in 200 for each period tried. */
const minStandardErrors = 2.6;

/**
 * Cycles that the data itself shows, tested by autocorrelation at the period after the trend is taken out, and by spikes
 * that come back in every cycle; never assumed.
 * A weekly cycle is looked for only in three weeks or more, in what a daily one leaves unexplained.
 * @param series without gaps
 * @returns season lengths in steps, shortest first; empty when there is none
 * @see Bartlett (1946) for the standard error of an autocorrelation
 */
export function findSeasons(series: RegularSeries): number[] {
  const { values, stepMs } = series;
  const day = stepsOf(dayMs, stepMs);
  const seasons: number[] = [];
  if (day !== undefined && values.length >= 2.5 * day && isPeriodic(values, day)) {
    seasons.push(day);
  } else {
    seasons.push(...strongestShort(values, stepMs));
  }
  const week = stepsOf(weekMs, stepMs);
  if (week !== undefined && values.length >= 3 * week) {
    const rest = seasons[0] === undefined ? values : withoutProfile(values, seasons[0]);
    if (isPeriodic(rest, week)) {
      seasons.push(week);
    }
  }
  return seasons;
}

/** Steps of a calendar period, undefined when it is no whole number of them or too few. */
export function stepsOf(periodMs: number, stepMs: number): number | undefined {
  const steps = Math.round(periodMs / stepMs);
  return steps >= minSeasonSteps && Math.abs(steps * stepMs - periodMs) <= 0.001 * periodMs ? steps : undefined;
}

function strongestShort(values: Float64Array, stepMs: number): number[] {
  let best: { steps: number; correlation: number } | undefined;
  for (const periodMs of shorterThanDayMs) {
    const steps = stepsOf(periodMs, stepMs);
    if (steps !== undefined && values.length >= 4 * steps && isPeriodic(values, steps)) {
      const correlation = Math.max(correlationAt(detrended(values, steps), steps), recurrenceOf(values, steps));
      // A multiple of the true cycle correlates as well: the shorter one wins unless it is clearly worse.
      if (correlation >= minShortCorrelation && correlation > (best?.correlation ?? 0) - 0.05) {
        best = { steps, correlation };
      }
    }
  }
  return best === undefined ? [] : [best.steps];
}

/** The second look, at full resolution, sees short spikes that come back: averages hide them from the first. */
function isPeriodic(values: Float64Array, period: number): boolean {
  return isCorrelated(values, period) || recurrenceOf(values, period) > 0;
}

/** True when values one period apart go together more than chance and more than at periods a quarter off. */
function isCorrelated(values: Float64Array, period: number): boolean {
  const width = divisorNear(period, Math.floor(period / testSlots));
  const slots = period / width;
  const rest = clipped(detrended(averaged(values, width), slots));
  const correlation = correlationAt(rest, slots);
  const quarter = Math.max(1, Math.round(slots / 4));
  const neighbours = Math.max(correlationAt(rest, slots - quarter), correlationAt(rest, slots + quarter));
  return (
    correlation > minCorrelation && correlation > neighbours && correlation > minStandardErrors * bartlett(rest, slots)
  );
}

/** The largest divisor of `period` that is at most `wanted` (at least 1). */
function divisorNear(period: number, wanted: number): number {
  for (let width = wanted; width > 1; width--) {
    if (period % width === 0) {
      return width;
    }
  }
  return 1;
}

/** Means of `width` values each, counted from the end; what is left at the start is dropped. */
function averaged(values: Float64Array, width: number): Float64Array {
  if (width === 1) {
    return values;
  }
  const count = Math.floor(values.length / width);
  const offset = values.length - count * width;
  return Float64Array.from({ length: count }, (_, bin) => {
    let sum = 0;
    for (let i = 0; i < width; i++) {
      sum += values[offset + bin * width + i]!;
    }
    return sum / width;
  });
}

/** Values minus their centred moving average over one period: what is slower than the period is gone. */
function detrended(values: Float64Array, period: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, i) => (sums[i + 1] = sums[i]! + value));
  const half = Math.floor(period / 2);
  return values.map((value, i) => {
    // A whole period everywhere: shorter windows at the ends would leave part of the cycle in the trend.
    const from = Math.min(Math.max(0, i - half), Math.max(0, values.length - period));
    const to = Math.min(values.length, from + period);
    return value - (sums[to]! - sums[from]!) / (to - from);
  });
}

/** Cut at the 98 % quantile of the size, so that a single incident cannot hide or feign a cycle. */
function clipped(values: Float64Array): Float64Array {
  const limit = quantileOfSorted(values.map(Math.abs).sort(), 0.98);
  return values.map((value) => Math.max(-limit, Math.min(limit, value)));
}

function correlationAt(values: Float64Array, lag: number): number {
  let product = 0;
  let square = 0;
  for (let i = 0; i < values.length; i++) {
    square += values[i]! * values[i]!;
    product += i >= lag ? values[i]! * values[i - lag]! : 0;
  }
  if (square <= 0 || lag >= values.length) {
    return 0;
  }
  // Not divided by the same count: scaled so that a perfect cycle gives 1 however few cycles there are.
  return product / (values.length - lag) / (square / values.length);
}

function bartlett(values: Float64Array, period: number): number {
  let sum = 1;
  for (let lag = 1; lag < period / 2; lag++) {
    sum += 2 * correlationAt(values, lag) ** 2;
  }
  // A detrended cycle is itself correlated within the period, which would hide it: one period counts at most as one value.
  return Math.sqrt(Math.min(sum, period / 4) / values.length);
}

function withoutProfile(values: Float64Array, season: number): Float64Array {
  const profile = Float64Array.from({ length: season }, (_, slot) =>
    median(values.filter((_value, i) => i % season === slot))
  );
  return values.map((value, i) => value - profile[i % season]!);
}
