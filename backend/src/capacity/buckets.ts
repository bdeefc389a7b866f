import { median, medianOfFew } from '../timeseries/quantiles.ts';
import type { RegularSeries } from '../timeseries/series.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** Days and weeks that must have been seen before a cycle is believed. */
const fewestCycles = 3;
/** A day of fewer buckets has no shape. */
const fewestSlots = 8;
/** Share of the variance that the shape must explain, beside what it explains of pure noise of so few cycles. */
const fewestExplained = 0.2;

/**
 * A series in equal buckets that end at its last step, turned so that the limit lies above: `levels` are medians, `highs`
 * how far the highest value of each bucket is above it. NaN where a bucket has no value.
 */
export interface Buckets {
  readonly endMs: number;
  readonly bucketMs: number;
  readonly levels: Float64Array;
  readonly highs: Float64Array;
}

/** Up to here sorting by insertion is faster. */
const fewToSort = 64;

const niceMinutes = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440];

/**
 * Bucket width for a span: a whole number of steps, so that there are at most `most`; one that divides the day where it can.
 */
export function bucketWidthMs(stepMs: number, spanMs: number, most: number): number {
  const least = Math.max(stepMs, spanMs / most);
  const nice = niceMinutes.map((minutes) => minutes * 60_000).find((ms) => ms >= least && ms % stepMs === 0);
  return least <= stepMs ? stepMs : (nice ?? Math.ceil(least / stepMs) * stepMs);
}

/** @param sign 1 when the limit is above, -1 when it is below */
export function bucketsOf({ startMs, stepMs, values }: RegularSeries, bucketMs: number, sign: 1 | -1): Buckets {
  const steps = Math.round(bucketMs / stepMs);
  const count = Math.floor(values.length / steps);
  const first = values.length - count * steps;
  const levels = new Float64Array(count).fill(NaN);
  const highs = new Float64Array(count).fill(NaN);
  for (let b = 0; b < count; b++) {
    const from = first + b * steps;
    const held = values
      .slice(from, from + steps)
      .filter(Number.isFinite)
      .map((value) => sign * value);
    if (held.length > 0) {
      const high = held.reduce((most, value) => Math.max(most, value), -Infinity);
      levels[b] = held.length > fewToSort ? median(held) : medianOfFew(held, held.length);
      highs[b] = high - levels[b]!;
    }
  }
  return { endMs: startMs + values.length * stepMs, bucketMs, levels, highs };
}

/** Levels on each side by which one is judged, and how far it may be from both in usual moves between buckets. */
const spike = { side: 3, moves: 12 };

/** Levels with a gap where a single one stands apart from those before and those after it; a fall that stays is none. */
export function withoutSpikes(levels: Float64Array): Float64Array {
  const { side } = spike;
  const allowed = spike.moves * median(levels.map((level, i) => (i === 0 ? NaN : Math.abs(level - levels[i - 1]!))));
  return levels.map((level, i) => {
    const sides = [levels.subarray(Math.max(0, i - side), i), levels.subarray(i + 1, i + 1 + side)] as const;
    const above = Math.min(...sides.map((near) => level - near.reduce(larger, -Infinity)));
    const below = Math.min(...sides.map((near) => near.reduce(smaller, Infinity) - level));
    const apart = Math.max(above, below);
    return apart > allowed && apart < Infinity && allowed > 0 ? NaN : level;
  });
}

// a gap counts as neither
const larger = (a: number, b: number) => (b > a ? b : a);
const smaller = (a: number, b: number) => (b < a ? b : a);

/** A shape that returns each period: what bucket `i` is above the trend. */
export interface Cycle {
  readonly slots: Float64Array;
}

/** The daily shape of the levels, and the weekly one of what is left; only such as are worth having. */
export function findCycles({ levels, bucketMs }: Buckets): Cycle[] {
  const cycles: Cycle[] = [];
  let rest = levels;
  for (const [periodMs, slotMs] of [
    [dayMs, bucketMs],
    [weekMs, Math.max(bucketMs, dayMs / 4)],
  ] as const) {
    const period = Math.round(periodMs / bucketMs);
    const divides = periodMs % bucketMs === 0 && slotMs % bucketMs === 0 && periodMs % slotMs === 0;
    if (divides && periodMs / slotMs >= fewestSlots && levels.length >= fewestCycles * period) {
      const cycle = shapeOf(rest, period, Math.round(slotMs / bucketMs));
      if (cycle !== undefined) {
        cycles.push(cycle);
        rest = withoutCycle(rest, cycle);
      }
    }
  }
  return cycles;
}

export function withoutCycle(levels: Float64Array, cycle: Cycle): Float64Array {
  return levels.map((level, i) => level - slotValue(cycle, i));
}

/** What the cycle adds at bucket `i`, which may lie in the future. */
export function slotValue({ slots }: Cycle, i: number): number {
  return slots[i % slots.length]!;
}

/** Medians by slot of the distance to the mean over the period around each bucket. */
function shapeOf(levels: Float64Array, period: number, width: number): Cycle | undefined {
  const half = Math.floor(period / 2);
  const apart = new Float64Array(levels.length).fill(NaN);
  for (let i = half; i + half < levels.length; i++) {
    // the mean of whole periods: a straight line passes through without a bias
    apart[i] =
      levels[i]! -
      (meanOf(levels, i - half, i - half + period) + meanOf(levels, i + half + 1 - period, i + half + 1)) / 2;
  }
  const slots = new Float64Array(period);
  for (let slot = 0; slot < period; slot += width) {
    const same: number[] = [];
    for (let i = slot; i < levels.length; i += period) {
      same.push(...apart.subarray(i, i + width));
    }
    const middle = median(same);
    slots.fill(Number.isNaN(middle) ? 0 : middle, slot, slot + width);
  }
  const centre = slots.reduce((sum, value) => sum + value, 0) / period;
  const cycle = { slots: slots.map((value) => value - centre) };
  const [before, after] = [spread(apart), spread(withoutCycle(apart, cycle))];
  const byChance = period / width / (levels.length / width);
  return after < Math.sqrt(1 - fewestExplained - byChance) * before ? cycle : undefined;
}

function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let i = Math.max(0, from); i < Math.min(values.length, to); i++) {
    if (!Number.isNaN(values[i]!)) {
      sum += values[i]!;
      count++;
    }
  }
  return sum / count;
}

function spread(values: Float64Array): number {
  return median(values.map(Math.abs));
}
