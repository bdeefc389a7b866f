import type { Direction } from '../contract/job.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { alertEvidence, carriedForward, deviationHistory, type DeviationHistory } from './alert-evidence.ts';
import { alertThreshold } from './alert-threshold.ts';
import { deviationNames, deviationWeights, nextDeviations } from './deviations.ts';
import { recordSteps } from './new-records.ts';
import { gridField, mostSlots, type OnlineState } from './online-state.ts';
import { rankTable, tableTail, type RankTable } from './rank-table.ts';
import { findPeriod, pastSlot } from './seasonal-expectation.ts';
import { sidedRanks } from './sided-ranks.ts';

/** Larger than this is no measurement. */
const largestValue = 1e36;
/** Steps of a gap that are walked through; what was before is forgotten by then. */
const longestGap = 128;

export interface OnlineOptions {
  /** How many alerts a week the series may raise; above 0. */
  readonly alertsPerWeek: number;
  /** The side on which a value is abnormal. */
  readonly direction: Direction;
}

/** What one new value means. */
export interface OnlineScore {
  /** How unusual it is in the light of those before it, nats; 0 on a side that is not watched. */
  readonly evidence: number;
  /** The evidence on the scale on which the history exceeds 1 as often a week as was asked for. */
  readonly score: number;
  /** What the value should have been. */
  readonly expected: number;
  readonly direction: 'above' | 'below';
  /** Whether an alert may begin here: the score is 1 or more and the evidence beyond that of the 100 steps before. */
  readonly opens: boolean;
}

/**
 * Learns from a history how unusual its values are, once per training: under a second for 20,000 values. The season and the
 * ranks stay those of the history, the rest follows each value.
 * @throws RangeError when the history has no value or `alertsPerWeek` is not above 0
 */
export function startOnline(history: RegularSeries, { alertsPerWeek, direction }: OnlineOptions): OnlineState {
  if (!(alertsPerWeek > 0)) {
    throw new RangeError(`alertsPerWeek must be above 0, it is ${alertsPerWeek}. Ask for 1 to begin with.`);
  }
  const measured = history.values.map((value) => (isMeasured(value) ? value : NaN));
  if (!measured.some(Number.isFinite)) {
    throw new RangeError('The history has no value to learn from. Train on a longer range, or look at the query.');
  }
  const values = carriedForward(measured);
  const past = deviationHistory(values, findPeriod(values));
  const { evidence } = alertEvidence(values);
  const { profile, slotSteps, centre } = profileOf(values, past.period);
  const state: OnlineState = {
    grid: new Float64Array(Object.keys(gridField).length),
    profile,
    ranks: ranksOf(past),
    stream: past.stream,
    evidence: new Float32Array(recordSteps),
  };
  for (let i = Math.max(0, values.length - recordSteps); i < values.length; i++) {
    state.evidence[i % recordSteps] = Number.isFinite(measured[i]!) ? evidence[i]! : 0;
  }
  const threshold = alertThreshold(evidence, history.stepMs, alertsPerWeek).evidence;
  const numbers = { startMs: history.startMs, stepMs: history.stepMs, lastStep: values.length - 1, slotSteps, centre };
  const side = direction === 'above' ? 1 : direction === 'below' ? -1 : 0;
  setGrid(state.grid, {
    ...numbers,
    side,
    period: past.period,
    threshold: Number.isFinite(threshold) ? threshold : everyWay(values.length),
  });
  return state;
}

/**
 * Takes the next value in and tells how unusual it is. Steps that are skipped count as gaps.
 * @param timeMs after that of the value before
 * @returns undefined for a gap (NaN)
 * @throws RangeError when the instant is not after the last one
 */
export function scoreNext(state: OnlineState, timeMs: number, value: number): OnlineScore | undefined {
  const { grid } = state;
  const step = Math.round((timeMs - grid[gridField.startMs]!) / grid[gridField.stepMs]!);
  const last = grid[gridField.lastStep]!;
  if (!(step > last)) {
    throw new RangeError(
      `The value of ${timeMs} is not after the last one that was scored. Hand each instant over once, in order.`
    );
  }
  for (let skipped = Math.max(last + 1, step - longestGap); skipped < step; skipped++) {
    takeGap(state, skipped);
  }
  grid[gridField.lastStep] = step;
  if (!isMeasured(value)) {
    takeGap(state, step);
    return undefined;
  }
  return scoreAt(state, step, value);
}

function scoreAt(state: OnlineState, step: number, value: number): OnlineScore {
  const deviations = new Float64Array(deviationNames.length);
  nextDeviations(state.stream, value, seasonAt(state, step), deviations);
  const expected = value - deviations[2]!;
  const side = state.grid[gridField.side]!;
  const watched = side === 0 || side === (value >= expected ? 1 : -1);
  const evidence = watched ? Math.fround(tailOf(state.ranks, deviations)) : 0;
  const score = evidence / state.grid[gridField.threshold]!;
  const opens = score >= 1 && state.evidence.every((before) => before < evidence);
  state.evidence[step % recordSteps] = evidence;
  return { evidence, score, expected, direction: value >= expected ? 'above' : 'below', opens };
}

/** A gap repeats the value before it, and is evidence of nothing. */
function takeGap(state: OnlineState, step: number): void {
  const value = state.stream.past[1]!;
  nextDeviations(state.stream, value, seasonAt(state, step), new Float64Array(deviationNames.length));
  state.evidence[step % recordSteps] = 0;
}

function tailOf(ranks: readonly RankTable[], deviations: Float64Array): number {
  return deviationWeights.reduce((sum, weight, k) => {
    const table = ranks[2 * k + (deviations[k]! < 0 ? 1 : 0)]!;
    return sum + weight * tableTail(table, deviations[k]!);
  }, 0);
}

function ranksOf({ series }: DeviationHistory): RankTable[] {
  return series.flatMap((deviations) => {
    const { above, below } = sidedRanks(deviations);
    return [rankTable(above, deviations.length), rankTable(below, deviations.length)];
  });
}

/** Evidence of a value beyond all before it in every way: the threshold where nothing has ever deviated. */
function everyWay(length: number): number {
  return Math.log(length + 1) * deviationWeights.reduce((sum, weight) => sum + weight, 0);
}

/** The season of the cycle after the history, by its slots from the start of the grid on. */
function profileOf(values: Float64Array, period: number) {
  const slotSteps = Math.max(1, Math.ceil(period / mostSlots));
  const slots = Math.ceil(period / slotSteps);
  const cycle = Float64Array.from({ length: period }, (_, slot) => {
    const ahead = (slot - (values.length % period) + period) % period;
    return pastSlot(values, period, values.length + ahead);
  });
  const centre = cycle.reduce((sum, each) => sum + each, 0) / Math.max(1, period);
  const profile = Float32Array.from({ length: slots }, (_, slot) => {
    const steps = cycle.subarray(slot * slotSteps, (slot + 1) * slotSteps);
    return steps.reduce((sum, each) => sum + each - centre, 0) / steps.length;
  });
  return { profile, slotSteps, centre };
}

/** On the line between the middles of two slots; with slots of one step exactly that of the slot. */
function seasonAt({ grid, profile }: OnlineState, step: number): number {
  const period = grid[gridField.period]!;
  if (period === 0) {
    return 0;
  }
  const slots = profile.length;
  const position = ((step % period) + 0.5) / grid[gridField.slotSteps]! - 0.5 + slots;
  const before = Math.floor(position);
  const low = profile[before % slots]!;
  return grid[gridField.centre]! + low + (profile[(before + 1) % slots]! - low) * (position - before);
}

function setGrid(grid: Float64Array, numbers: Readonly<Record<keyof typeof gridField, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    grid[gridField[name as keyof typeof gridField]] = value;
  }
}

function isMeasured(value: number): boolean {
  return Math.abs(value) <= largestValue;
}
