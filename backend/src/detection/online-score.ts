import type { RegularSeries } from '../timeseries/series.ts';
import { alertEvidence, carriedForward, deviationHistory, type DeviationHistory } from './alert-evidence.ts';
import { deviationNames, deviationWeights, nextDeviations, startDeviations } from './deviations.ts';
import { gridField, mostSlots, type OnlineState } from './online-state.ts';
import { rankTable, tableTail, type RankTable } from './rank-table.ts';
import { findPeriod, pastSlot } from './seasonal-expectation.ts';
import { sidedRanks } from './sided-ranks.ts';

/** Larger than this is no measurement. */
const largestValue = 1e36;
/** Steps of a gap that are walked through; what was before is forgotten by then. */
const longestGap = 128;

/** What a history says about how unusual values are. */
export interface LearntEvidence {
  /** How unusual each of its values was in the light of those before it, nats; 0 for a gap. */
  readonly evidence: Float64Array;
  /** From where the next values go on. */
  readonly state: OnlineState;
}

/**
 * Learns from a history how unusual its values are, once per training: a tenth of a second for 10,000 values. The season and
 * the ranks stay those of the history, the rest follows each value.
 * @throws RangeError when the history has no value
 */
export function startOnline(history: RegularSeries): LearntEvidence {
  const measured = history.values.map((value) => (isMeasured(value) ? value : NaN));
  if (!measured.some(Number.isFinite)) {
    throw new RangeError('The history has no value to learn from. Train on a longer range, or look at the query.');
  }
  const values = carriedForward(measured);
  const past = deviationHistory(values, findPeriod(values));
  const { profile, slotSteps, centre } = profileOf(values, past.period);
  const grid = new Float64Array(Object.keys(gridField).length);
  const { startMs, stepMs } = history;
  setGrid(grid, { startMs, stepMs, lastStep: values.length - 1, slotSteps, centre, period: past.period });
  const { evidence } = alertEvidence(values);
  return {
    evidence: evidence.map((each, i) => (Number.isFinite(measured[i]!) ? each : 0)),
    state: { grid, profile, ranks: ranksOf(past), stream: past.stream },
  };
}

/**
 * The same season and ranks before any value of a stretch that begins at `timeMs`, to look at times that are over.
 * @param first value of the stretch
 */
export function rewound(state: OnlineState, timeMs: number, first: number): OnlineState {
  const grid = state.grid.slice();
  grid[gridField.lastStep] = stepOf(state, timeMs) - 1;
  return { ...state, grid, stream: startDeviations(first) };
}

/**
 * Takes the next value in and tells how unusual it is. Steps that are skipped count as gaps.
 * @param timeMs after that of the value before
 * @returns nats, at least 0; 0 for a gap (NaN), which is evidence of nothing
 * @throws RangeError when the instant is not after the last one
 */
export function scoreNext(state: OnlineState, timeMs: number, value: number): number {
  const { grid } = state;
  const step = stepOf(state, timeMs);
  const last = grid[gridField.lastStep]!;
  if (!(step > last)) {
    throw new RangeError(
      `The value of ${timeMs} is not after the last one that was scored. Hand each instant over once, in order.`
    );
  }
  for (let skipped = Math.max(last + 1, step - longestGap); skipped < step; skipped++) {
    takeIn(state, skipped, NaN);
  }
  grid[gridField.lastStep] = step;
  const deviations = takeIn(state, step, value);
  return isMeasured(value) ? tailOf(state.ranks, deviations) : 0;
}

function stepOf({ grid }: OnlineState, timeMs: number): number {
  return Math.round((timeMs - grid[gridField.startMs]!) / grid[gridField.stepMs]!);
}

/** A gap repeats the value before it. */
function takeIn(state: OnlineState, step: number, value: number): Float64Array {
  const deviations = new Float64Array(deviationNames.length);
  const known = isMeasured(value) ? value : state.stream.past[1]!;
  nextDeviations(state.stream, known, seasonAt(state, step), deviations);
  return deviations;
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
  const position = ((((step % period) + period) % period) + 0.5) / grid[gridField.slotSteps]! - 0.5 + slots;
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
