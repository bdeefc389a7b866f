import { median, quantileOfSorted, sortedFinite } from '../../timeseries/quantiles.ts';
import { runningMedian, trailing } from '../running.ts';
import { boundedScore, figure, type Finding } from './finding.ts';
import { addExcess, isSettled, noExcess, type Excess } from './level-excess.ts';

/** A level that lasted less than this may be a peak. */
const confirmMs = 3_600_000;
const confirmSamples = { fewest: 12, most: 240 };
/** Smallest change that is looked for, in distances from the expected value to the band's edge. */
const smallestShift = { withoutHistory: 1.5, fewest: 0.5, most: 4 };
/** How far the level wanders in history without that anyone should be told: all but a few minutes of a week. */
const wanderQuantile = 0.998;
const beyondWander = 1.2;
/** A width far below its usual one (a band cut off at its range) would make any value infinitely far. */
const narrowestShare = 0.1;

/** Sizes below are in the unit of the series unless their name ends in `Edges`: distances to the band's edge. */
export interface LevelShiftState {
  readonly stepMs: number;
  readonly confirmSamples: number;
  readonly smallestEdges: number;
  readonly narrowest: number;
  /** What the level has been moved by so far, against the expected values; 0 when it is as expected. */
  base: number;
  /** When the shift that still lasts began. */
  shiftedAtMs: number | null;
  lastMs: number | null;
  up: Excess;
  down: Excess;
}

export interface BandSample {
  readonly timestampMs: number;
  /** NaN where there is none. */
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** Residuals (value − expected) and half widths of the band over the past, step by step; NaN where one is unknown. */
export interface ResidualHistory {
  readonly residuals: Float64Array;
  readonly halfWidths: Float64Array;
}

/**
 * Learns how far the level of a series wanders anyway: daily peaks that the model misses must not count as a shift.
 * @param before state of the same series until now: a shift that lasts is not told again after a training
 */
export function startLevelShift(stepMs: number, history?: ResidualHistory, before?: LevelShiftState): LevelShiftState {
  const { fewest, most } = confirmSamples;
  const samples = Math.min(most, Math.max(fewest, Math.ceil(confirmMs / stepMs)));
  const usualWidth = history === undefined ? NaN : median(history.halfWidths);
  return {
    stepMs,
    confirmSamples: samples,
    smallestEdges: smallestOf(samples, history),
    narrowest: Number.isFinite(usualWidth) ? Math.max(0, narrowestShare * usualWidth) : 0,
    base: before?.base ?? 0,
    shiftedAtMs: before?.shiftedAtMs ?? null,
    lastMs: before?.lastMs ?? null,
    up: noExcess(),
    down: noExcess(),
  };
}

function smallestOf(samples: number, history: ResidualHistory | undefined): number {
  const scaled = history?.residuals.map((residual, i) => residual / history.halfWidths[i]!).filter(Number.isFinite);
  if (scaled === undefined || scaled.length < 10 * samples) {
    return smallestShift.withoutHistory;
  }
  const levels = runningMedian(scaled, trailing(samples)).subarray(samples).map(Math.abs);
  const wander = beyondWander * quantileOfSorted(sortedFinite(levels), wanderQuantile);
  return Math.min(smallestShift.most, Math.max(smallestShift.fewest, wander));
}

/**
 * Takes in one value by a two-sided CUSUM of residuals that are clipped, so that no spike counts for more than a few
 * values at the new level; changes the state in place.
 * @returns open once for each change of level, at the value that makes it certain; closed once when the level is back at
 *   the expected values (or those have come to it)
 * @see Page (1954), Biometrika 41; Hawkins & Olwell (1998), Cumulative Sum Charts
 */
export function nextLevelShift(state: LevelShiftState, sample: BandSample): { readonly finding: Finding | undefined } {
  const { timestampMs, value, expected } = sample;
  const residual = value - expected - state.base;
  const late = state.lastMs !== null && timestampMs <= state.lastMs;
  if (late || !Number.isFinite(residual)) {
    return { finding: undefined };
  }
  if (state.lastMs !== null && timestampMs - state.lastMs > state.confirmSamples * state.stepMs) {
    state.up = noExcess();
    state.down = noExcess();
  }
  state.lastMs = timestampMs;
  const edges = edgesOf(state, sample, residual);
  const rule = { smallest: state.smallestEdges, samples: state.confirmSamples };
  addExcess(state.up, { timestampMs, size: residual, edges }, rule);
  addExcess(state.down, { timestampMs, size: -residual, edges: -edges }, rule);
  for (const [excess, sign] of [
    [state.up, 1],
    [state.down, -1],
  ] as const) {
    if (isSettled(excess, rule)) {
      return { finding: tellShift(state, excess, sign) };
    }
  }
  return { finding: undefined };
}

/** Residual in distances to the edge of the band on its side. */
function edgesOf(state: LevelShiftState, { expected, lower, upper }: BandSample, residual: number): number {
  if (residual === 0) {
    return 0;
  }
  const width = residual > 0 ? upper - expected : expected - lower;
  const scaled = residual / Math.max(state.narrowest, Number.isFinite(width) ? width : 0);
  // without any width whatever differs is far
  return Number.isFinite(scaled) ? scaled : Math.sign(residual) * smallestShift.most;
}

function tellShift(state: LevelShiftState, excess: Excess, sign: 1 | -1): Finding {
  const shift = sign * median(excess.sizes);
  const edges = median(excess.edges);
  const startMs = excess.startMs;
  const samples = excess.samples;
  const level = state.base + shift;
  const before = state.shiftedAtMs;
  const back = before !== null && Math.abs(level) < Math.abs(shift) / 2;
  state.base = back ? 0 : level;
  state.shiftedAtMs = back ? null : startMs;
  state.up = noExcess();
  state.down = noExcess();
  const facts = { shift, edges: sign * edges, startMs, samples };
  const certain = `certain after ${samples} values`;
  if (back) {
    const text = `The level is back at what is expected since ${new Date(startMs).toISOString()}, ${certain}.`;
    const evidence = [{ code: 'level-returned', text, facts }];
    return { phase: 'closed', startMs: before, endMs: startMs, direction: null, score: 0, evidence };
  }
  const text =
    `The level ${sign > 0 ? 'rose' : 'fell'} by ${figure(Math.abs(shift))} at ${new Date(startMs).toISOString()}, ` +
    `${figure(edges)} times the distance to the band's edge; ${certain}.`;
  return {
    phase: 'open',
    startMs,
    direction: level > 0 ? 'above' : 'below',
    score: boundedScore(edges),
    evidence: [{ code: 'level-shifted', text, facts }],
  };
}
