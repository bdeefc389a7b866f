import { median, medianOfFew } from '../timeseries/quantiles.ts';
import { runningMedian, type Window } from './running.ts';

/** Cycles that are looked for, in steps: a day, a week or a half day at the usual spacings. Shorter ones are left to the window. */
const candidates = [24, 48, 96, 144, 168, 288, 720, 1440, 2016, 10_080];
const minCycles = 3;
/** Against the same distance at lags that are no cycle: a season must make values this much more alike. */
const requiredGain = 0.9;
/** A longer cycle must be this much better than a shorter one. */
const preferenceForShort = 0.95;
/** Pairs that are enough for a median. */
const maxPairs = 4_000;
/** Steps on either side of a slot that count as the same time of day. */
const slotSlack = 2;
const maxCycles = 7;

/**
 * The cycle at which values repeat best, by the median distance of values one cycle apart.
 * @param values finite
 * @returns steps; 0 when no cycle makes values clearly more alike
 */
export function findPeriod(values: Float64Array): number {
  let best = 0;
  let smallest = Infinity;
  for (const period of candidates) {
    if (values.length >= minCycles * period) {
      const distance = medianDistance(values, period);
      const elsewhere = Math.min(
        medianDistance(values, Math.round(0.75 * period)),
        medianDistance(values, Math.round(0.6 * period))
      );
      if (distance < requiredGain * elsewhere && distance < preferenceForShort * smallest) {
        smallest = distance;
        best = period;
      }
    }
  }
  return best;
}

function medianDistance(values: Float64Array, lag: number): number {
  const pairs = values.length - lag;
  const stride = Math.max(1, Math.floor(pairs / maxPairs));
  return median(
    Float64Array.from({ length: Math.ceil(pairs / stride) }, (_, k) =>
      Math.abs(values[k * stride + lag]! - values[k * stride]!)
    )
  );
}

/** What each value should be by the whole series: the median of its slot in all cycles plus the running median of the rest. */
export function expectationOffline(values: Float64Array, period: number, level: Window): Float64Array {
  const profile = period === 0 ? new Float64Array(1) : slotProfile(values, period);
  const rest = values.map((value, i) => value - profile[i % profile.length]!);
  const levels = runningMedian(rest, level);
  return levels.map((value, i) => value + profile[i % profile.length]!);
}

function slotProfile(values: Float64Array, period: number): Float64Array {
  const medians = Float64Array.from({ length: period }, (_, slot) => {
    const cycles: number[] = [];
    for (let i = slot; i < values.length; i += period) {
      cycles.push(values[i]!);
    }
    return median(cycles);
  });
  return medians.map((_, slot) => {
    let sum = 0;
    for (let d = -slotSlack; d <= slotSlack; d++) {
      sum += medians[(slot + d + period) % period]!;
    }
    return sum / (2 * slotSlack + 1);
  });
}

/**
 * What each value should be by the values before it: the median of the same time in up to 7 past cycles plus the median of
 * what that left over `levelSteps` past steps. The first values expect what came just before them.
 */
export function expectationCausal(values: Float64Array, period: number, levelSteps: number): Float64Array {
  const seasonal = values.map((_, i) => (period === 0 ? 0 : pastSlot(values, period, i)));
  const rest = values.map((value, i) => value - seasonal[i]!);
  const levels = runningMedian(rest, { back: levelSteps - 1, ahead: 0 });
  return values.map((value, i) => (i === 0 ? value : seasonal[i]! + levels[i - 1]!));
}

const cyclesBuffer = new Float64Array(maxCycles * (2 * slotSlack + 1));

/**
 * Median of the same time of the season in up to 7 cycles before `at`, which may lie up to a cycle after the last value.
 * @param period steps, above 0
 */
export function pastSlot(values: Float64Array, period: number, at: number): number {
  let count = 0;
  for (let cycle = 1; cycle <= maxCycles && at - cycle * period >= 0; cycle++) {
    for (let d = -slotSlack; d <= slotSlack; d++) {
      const past = at - cycle * period + d;
      if (past >= 0 && past < values.length) {
        cyclesBuffer[count++] = values[past]!;
      }
    }
  }
  // Before there is a cycle the value before is all that is known; 0 would let the zero of the unit matter.
  return count === 0 ? values[Math.max(0, at - 1)]! : medianOfFew(cyclesBuffer, count);
}
