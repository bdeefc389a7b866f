import type { CountOf } from '../contract/detect.ts';

/** When an anomaly opens and closes, in values of one series. */
export interface HysteresisRule {
  readonly open: CountOf;
  readonly close: CountOf;
  readonly stepMs: number;
}

/**
 * What is remembered of a series that is not simply inside its band; plain, so that it can be stored as JSON. Times are
 * those of values.
 */
export interface Hysteresis {
  phase: 'quiet' | 'open' | 'damped';
  /** Scores of the newest values, oldest first; gaps leave no trace. */
  recent: number[];
  /** Their instants. */
  timesMs: number[];
  /** How unusual they were in the light of those before them, nats. */
  evidence: number[];
  /** Instant of the newest value. */
  lastMs: number;
  /** First and last value outside of the present or latest anomaly. */
  startMs: number;
  lastOutsideMs: number;
  /** Values for which the closing count has held without a break, while open; values since the close, while damped. */
  heldSteps: number;
  /** The close takes so many windows in a row; doubles each time it comes back. */
  patience: number;
  flaps: number;
}

/** What a value or a gap did. `reopened`: the same anomaly goes on. `gone`: it ended because no values came any more. */
export type Turn = 'none' | 'opened' | 'reopened' | 'closed' | 'gone';

/** A series that flaps for days must still close within a day at 1 min and the widest default windows. */
const mostPatience = 8;
/** An anomaly that comes back within so many close windows is the same one. */
const dampWindows = 2;
const fewestGapSteps = 10;

/** So many steps without a value end an anomaly and make earlier values forgotten. */
export function gapBoundSteps({ open, close }: HysteresisRule): number {
  return Math.max(fewestGapSteps, 2 * Math.max(open.of, close.of));
}

function quiet(): Hysteresis {
  return {
    phase: 'quiet',
    recent: [],
    timesMs: [],
    evidence: [],
    lastMs: 0,
    startMs: 0,
    lastOutsideMs: 0,
    heldSteps: 0,
    patience: 1,
    flaps: 0,
  };
}

/** The state of an anomaly that lasts, when no more is known of it than that. */
export function openSince(startMs: number, lastMs: number, flaps: number): Hysteresis {
  return { ...quiet(), phase: 'open', startMs, lastMs, lastOutsideMs: lastMs, flaps };
}

export interface HysteresisInput {
  readonly timeMs: number;
  /** 1 at the edge, above 1 outside; NaN for a gap. */
  readonly score: number;
  /** How unusual the value is in the light of those before it, nats; left out where nothing is known of that. */
  readonly evidence?: number | undefined;
  /** What the strength of an excursion must exceed to open, nats; 0 asks for no more than being outside. */
  readonly threshold: number;
}

/**
 * Takes in one step of a series; changes `state` in place. Without a state the series is inside its band and all is quiet.
 * @returns the state to go on with (undefined: all is quiet again) and what happened
 */
export function nextStep(
  state: Hysteresis | undefined,
  input: HysteresisInput,
  rule: HysteresisRule
): { readonly state: Hysteresis | undefined; readonly turn: Turn } {
  if (state === undefined) {
    return input.score > 1 ? known(quiet(), input, rule) : { state: undefined, turn: 'none' };
  }
  const missing = Math.round((input.timeMs - state.lastMs) / rule.stepMs) - (Number.isNaN(input.score) ? 0 : 1);
  if (missing > gapBoundSteps(rule)) {
    const turn = state.phase === 'open' ? 'gone' : 'none';
    // what ended here may begin anew with this very value
    return { state: input.score > 1 ? known(quiet(), input, rule).state : undefined, turn };
  }
  if (Number.isNaN(input.score)) {
    return { state, turn: 'none' };
  }
  return known(state, input, rule);
}

function known(
  state: Hysteresis,
  input: HysteresisInput,
  rule: HysteresisRule
): { readonly state: Hysteresis | undefined; readonly turn: Turn } {
  state.lastMs = input.timeMs;
  state.recent.push(input.score);
  state.timesMs.push(input.timeMs);
  state.evidence.push(input.evidence ?? 0);
  if (state.recent.length > Math.max(rule.open.of, rule.close.of)) {
    state.recent.shift();
    state.timesMs.shift();
    state.evidence.shift();
  }
  const turn = state.phase === 'open' ? whileOpen(state, input, rule) : whileClosed(state, input, rule);
  return { state: isIdle(state, rule) ? undefined : state, turn };
}

function whileOpen(state: Hysteresis, { timeMs, score }: HysteresisInput, { close }: HysteresisRule): Turn {
  if (score > 1) {
    state.lastOutsideMs = timeMs;
  }
  const inside = state.recent.slice(-close.of).filter((one) => one <= 1).length;
  state.heldSteps = inside >= close.count ? state.heldSteps + 1 : 0;
  if (score > 1 || state.heldSteps <= close.of * (state.patience - 1)) {
    return 'none';
  }
  state.phase = 'damped';
  state.heldSteps = 0;
  state.recent = [];
  state.timesMs = [];
  state.evidence = [];
  return 'closed';
}

function whileClosed(state: Hysteresis, { timeMs, score, threshold }: HysteresisInput, rule: HysteresisRule): Turn {
  const { open, close } = rule;
  state.heldSteps += state.phase === 'damped' ? 1 : 0;
  if (state.phase === 'damped' && state.heldSteps > dampWindows * close.of * state.patience) {
    state.phase = 'quiet';
    state.patience = 1;
    state.flaps = 0;
  }
  if (score <= 1 || reachOf(state.recent, open) <= 1) {
    return 'none';
  }
  if (state.phase === 'damped') {
    state.phase = 'open';
    state.flaps++;
    state.patience = Math.min(mostPatience, 2 * state.patience);
    state.lastOutsideMs = timeMs;
    state.heldSteps = 0;
    return 'reopened';
  }
  if (strengthOf(state, open) <= threshold) {
    return 'none';
  }
  const window = state.recent.slice(-open.of);
  const first = state.recent.length - window.length + window.findIndex((one) => one > 1);
  state.phase = 'open';
  state.startMs = state.timesMs[first] ?? timeMs;
  state.lastOutsideMs = timeMs;
  state.heldSteps = 0;
  return 'opened';
}

/** What the logarithm of a reach counts beside evidence. Chosen on tuning data, where 10 to 30 do as well. */
const reachWeight = 20;

/**
 * How strong an excursion is now, nats: how far enough of the last values reached beyond the band, and the largest evidence
 * among them. Both have seen the same history in two ways: the band knows what was expected, the evidence how the series moves.
 * @returns at most 0 while too few values are outside
 */
export function strengthOf(state: Hysteresis, open: CountOf): number {
  const reach = reachOf(state.recent, open);
  return reach <= 1 ? 0 : reachWeight * Math.log(reach) + newestEvidence(state, open);
}

/** The largest evidence of the values that an opening would rest on. */
export function newestEvidence({ evidence }: Pick<Hysteresis, 'evidence'>, { of }: CountOf): number {
  return Math.max(...evidence.slice(-of));
}

/** The score that `count` of the last `of` values reach at least; 0 when there are fewer values. */
function reachOf(scores: readonly number[], { count, of }: CountOf): number {
  const window = scores.slice(-of);
  return window.length < count ? 0 : (window.sort((a, b) => b - a)[count - 1] ?? 0);
}

/** Nothing to remember: no value outside in the window, and no anomaly that may come back. */
function isIdle({ phase, recent }: Hysteresis, { open }: HysteresisRule): boolean {
  return phase === 'quiet' && !recent.slice(-open.of).some((score) => score > 1);
}
