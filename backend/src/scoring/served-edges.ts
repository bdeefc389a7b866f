import type { AtLeast } from '../contract/detect.ts';
import type { Direction, ValueRange } from '../contract/job.ts';
import { scoreValue } from '../detection/score.ts';
import { adaptStep, widenBand, type AdaptiveState } from '../forecasting/adaptive-band.ts';

/** What was forecast for one instant: the expected value and the bounds of the widest level. NaN where nothing is known. */
export interface Edges {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

export const unknownEdges: Edges = { expected: NaN, lower: NaN, upper: NaN };

/** Logarithms of what a band's distances are multiplied by since its training. */
export interface Adaptation {
  readonly logLower: number;
  readonly logUpper: number;
}

export const notAdapted: Adaptation = { logLower: 0, logUpper: 0 };

/** What a job says about its band. */
export interface BandRule {
  readonly levelPercent: number;
  readonly direction: Direction;
  readonly atLeast: AtLeast | undefined;
  readonly range: ValueRange | undefined;
}

function adaptiveState({ levelPercent }: BandRule, { logLower, logUpper }: Adaptation): AdaptiveState {
  return { levels: [levelPercent], logLower: [logLower], logUpper: [logUpper] };
}

const bandEdges = ({ expected, lower, upper }: Edges) => ({ expected, lower: [lower], upper: [upper] });

/** The edges that count now: as adapted since the training, and `widening` times as wide while a change settles. */
export function servedEdges(rule: BandRule, trained: Edges, adaptation: Adaptation, widening = 1): Edges {
  const more = Math.log(widening);
  const state = { logLower: adaptation.logLower + more, logUpper: adaptation.logUpper + more };
  const { expected, lower, upper } = widenBand(adaptiveState(rule, state), bandEdges(trained), rule.range);
  return { expected, lower: lower[0] ?? NaN, upper: upper[0] ?? NaN };
}

/** The adaptation after one more value. @param trained the edges of the training, not the served ones */
export function adapt(rule: BandRule, trained: Edges, adaptation: Adaptation, value: number): Adaptation {
  const next = adaptStep(adaptiveState(rule, adaptation), { ...bandEdges(trained), value });
  return { logLower: next.logLower[0] ?? 0, logUpper: next.logUpper[0] ?? 0 };
}

export interface LiveScore {
  /** 0 as expected, 1 at the edge, above 1 outside; NaN where value or band is unknown. */
  readonly score: number;
  /** The same, but at most 1 for an excursion that is smaller than the job asks for. */
  readonly counted: number;
}

/** How abnormal a value is against the edges that count. */
export function liveScore(rule: BandRule, value: number, edges: Edges): LiveScore {
  const score = Number.isFinite(value) ? scoreValue(value, edges, rule.direction) : NaN;
  return { score, counted: score > 1 && !isLarge(rule.atLeast, value, edges.expected) ? 1 : score };
}

function isLarge(atLeast: AtLeast | undefined, value: number, expected: number): boolean {
  const distance = Math.abs(value - expected);
  return distance >= (atLeast?.absolute ?? 0) && distance >= (atLeast?.relative ?? 0) * Math.abs(expected);
}
