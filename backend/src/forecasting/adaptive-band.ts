import type { ValueRange } from '../contract/job.ts';

/** The edges of one step, index = level, ascending and nested; `lower` ≤ `expected` ≤ `upper`. */
export interface BandEdges {
  readonly expected: number;
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** A value that came in and the edges that the last training gave for its time, before any widening. */
export interface AdaptiveSample extends BandEdges {
  readonly value: number;
}

/** What is remembered of a series between two trainings: two numbers a level. Plain, so that it can be stored as JSON. */
export interface AdaptiveState {
  /** Ascending percentages. */
  readonly levels: readonly number[];
  /** Natural logarithms of the factors on the distances from the expected line to the lower edges, one a level. */
  readonly logLower: readonly number[];
  readonly logUpper: readonly number[];
}

const mostFactor = 3;
const leastFactor = 1 / 2;
/**
 * What a value outside adds to the logarithm of its side's factor, at most. 35 in a row double the distance: an outage of a
 * few steps stays one, a new way of the series is followed within hours at 5 minutes.
 */
const stepSize = 0.02;

/** The state right after a training: the band as it was trained. */
export function startAdaptive(levels: readonly number[]): AdaptiveState {
  const sorted = [...new Set(levels)].sort((a, b) => a - b);
  return { levels: sorted, logLower: sorted.map(() => 0), logUpper: sorted.map(() => 0) };
}

/**
 * Online quantile tracking on the logarithm of each edge's distance: a value beyond the edge pushes it out, each other one
 * lets it in by as much less as values beyond it should be rarer. While the factors stay inside their bounds the share of
 * values beyond an edge differs after T steps by at most ln 6 / (0.02 · T) from the nominal one, whatever the series does.
 * A gap (NaN in value or edge) changes nothing.
 * @see Gibbs & Candès (2021); Angelopoulos, Candès & Tibshirani (2023), the quantile tracker
 */
export function adaptStep(state: AdaptiveState, sample: AdaptiveSample): AdaptiveState {
  const { value } = sample;
  if (!Number.isFinite(value) || !Number.isFinite(sample.expected)) {
    return state;
  }
  const served = widenBand(state, sample);
  return {
    levels: state.levels,
    logLower: state.levels.map((level, i) => stepped(state.logLower[i]!, level, below(value, served.lower[i]))),
    logUpper: state.levels.map((level, i) => stepped(state.logUpper[i]!, level, above(value, served.upper[i]))),
  };
}

const below = (value: number, edge: number | undefined) => (Number.isFinite(edge) ? value < edge! : undefined);
const above = (value: number, edge: number | undefined) => (Number.isFinite(edge) ? value > edge! : undefined);

function stepped(log: number, levelPercent: number, isBeyond: boolean | undefined): number {
  if (isBeyond === undefined) {
    return log;
  }
  const tail = (1 - levelPercent / 100) / 2;
  const next = log + stepSize * ((isBeyond ? 1 : 0) - tail);
  return Math.min(Math.log(mostFactor), Math.max(Math.log(leastFactor), next));
}

/**
 * The edges to serve: each distance from the expected value times its factor (½ to 3), nested and inside `range`.
 * Edges that are NaN stay so.
 */
export function widenBand(state: AdaptiveState, edges: BandEdges, range?: ValueRange): BandEdges {
  const { expected } = edges;
  const inRange = (edge: number) => Math.min(range?.max ?? Infinity, Math.max(range?.min ?? -Infinity, edge));
  const lower: number[] = [];
  const upper: number[] = [];
  let [lowest, highest] = [expected, expected];
  state.levels.forEach((_, i) => {
    const down = expected + Math.exp(state.logLower[i]!) * (edges.lower[i]! - expected);
    const up = expected + Math.exp(state.logUpper[i]!) * (edges.upper[i]! - expected);
    lower.push(Math.min(expected, inRange(Math.min(lowest, down))));
    upper.push(Math.max(expected, inRange(Math.max(highest, up))));
    // An edge that is unknown has no say in the next level's.
    lowest = Number.isFinite(down) ? Math.min(lowest, down) : lowest;
    highest = Number.isFinite(up) ? Math.max(highest, up) : highest;
  });
  return { expected, lower, upper };
}
