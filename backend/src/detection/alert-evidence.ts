import {
  deviationNames,
  deviationWeights,
  nextDeviations,
  startDeviations,
  type DeviationStream,
} from './deviations.ts';
import { findPeriod, pastSlot } from './seasonal-expectation.ts';
import { sidedRanks, sidedTail, type SidedRanks } from './sided-ranks.ts';

/** The past is sorted anew when it has grown by this much: its ranks change little in between. */
const growth = 1.12;
const firstRanks = 16;
/** The season is looked for at every other of these instants. */
const seasonEvery = 2;

/** Deviations of each value of a series by one season. */
export interface DeviationHistory {
  /** Steps of a cycle; 0 for none. */
  readonly period: number;
  /** Where the next value goes on. */
  readonly stream: DeviationStream;
  /** One array for each of `deviationNames`, as long as the series; values that were not taken in yet have 0. */
  readonly series: readonly Float64Array[];
}

/**
 * What alerts are decided on: how unusual each value is in the light of those before it, in nats summed over its
 * deviations, each ranked among the past ones of its sign. All of them rest on a few steps before the value, so that a
 * series that stays at a new level is soon as expected again.
 * @param values finite
 */
export function alertEvidence(values: Float64Array): {
  readonly evidence: Float64Array;
  readonly expected: Float64Array;
} {
  const evidence = new Float64Array(values.length);
  const expected = new Float64Array(values.length);
  let history = startHistory(values, 0);
  let ranks = startRanks();
  let from = 0;
  for (const [k, to] of instants(values.length).entries()) {
    const period = k % seasonEvery === 1 ? findPeriod(values.subarray(0, from)) : history.period;
    if (period !== history.period) {
      history = startHistory(values, period);
      takeIn(history, values, 0, from);
      ranks = startRanks();
    }
    takeIn(history, values, from, to);
    ranks = ranks.map((before, series) => sidedRanks(history.series[series]!.subarray(0, from), before));
    addRanked(evidence, history, { ranks, from, to });
    for (let i = from; i < to; i++) {
      expected[i] = values[i]! - history.series[2]![i]!;
    }
    from = to;
  }
  return { evidence, expected };
}

/** Gaps repeat the value before them, since the one after is not known yet; those at the start have the first value. */
export function carriedForward(values: Float64Array): Float64Array {
  let last = values.find((value) => Number.isFinite(value)) ?? 0;
  return values.map((value) => (last = Number.isFinite(value) ? value : last));
}

/** Deviations of all values by one season. */
export function deviationHistory(values: Float64Array, period: number): DeviationHistory {
  const history = startHistory(values, period);
  takeIn(history, values, 0, values.length);
  return history;
}

function startHistory(values: Float64Array, period: number): DeviationHistory {
  return {
    period,
    stream: startDeviations(values[0] ?? 0),
    series: deviationNames.map(() => new Float64Array(values.length)),
  };
}

function takeIn({ period, stream, series }: DeviationHistory, values: Float64Array, from: number, to: number): void {
  const deviations = new Float64Array(series.length);
  for (let i = from; i < to; i++) {
    nextDeviations(stream, values[i]!, period === 0 ? 0 : pastSlot(values, period, i), deviations);
    for (let k = 0; k < series.length; k++) {
      series[k]![i] = deviations[k]!;
    }
  }
}

/** Ends of the stretches over which the same ranks are used; the last is the length. */
function instants(length: number): number[] {
  const ends: number[] = [];
  for (let end = firstRanks; end < length; end = Math.ceil(end * growth)) {
    ends.push(end);
  }
  return length > 0 ? [...ends, length] : [];
}

const startRanks = (): SidedRanks[] => deviationNames.map(() => sidedRanks(new Float64Array(0)));

interface Stretch {
  /** Of the deviations before it. */
  readonly ranks: readonly SidedRanks[];
  readonly from: number;
  readonly to: number;
}

function addRanked(evidence: Float64Array, { series }: DeviationHistory, { ranks, from, to }: Stretch): void {
  for (const [k, deviations] of series.entries()) {
    for (let i = from; i < to; i++) {
      evidence[i]! += deviationWeights[k]! * sidedTail(ranks[k]!, deviations[i]!);
    }
  }
}
