import { fillGaps } from '../timeseries/gaps.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { alertEvidence, carriedForward } from './alert-evidence.ts';
import { oneStepError } from './one-step-error.ts';
import { polynomialResidual } from './polynomial-residual.ts';
import { causalRankScore, rankScore, type RankedScore } from './rank-tail.ts';
import { centred, runningMax, runningMean, runningRms, trailing } from './running.ts';
import { expectationCausal, expectationOffline, findPeriod } from './seasonal-expectation.ts';
import { spectralResidual } from './spectral-residual.ts';
import { windowLength } from './window-length.ts';

/** `offline` sees the whole series; `causal` scores each value from what came before it. */
export type ScoreForm = 'causal' | 'offline';

/** Steps that a single value's oddness is shared over: events of a few steps count as much as single ones. */
const eventSteps = 5;
/** Steps that the local expectation of the score rests on. */
const localSteps = 61;
/** Longer events, between a few steps and a window. */
const stretchSteps = 20;
/** Misses of the one-step prediction are over sooner than residuals: the prediction follows an event. */
const missSteps = 3;
/** Causal settings are found anew when the series has grown by this much. */
const growth = 1.25;
const firstSettings = 64;

export interface Evidence {
  /** How unusual each value is, in nats; finite. */
  readonly evidence: Float64Array;
  /** What each value should have been, in the unit of the series. */
  readonly expected: Float64Array;
  /** Steps by which the score of an event reaches beyond it. */
  readonly spreadSteps: number;
}

/**
 * How unusual each value of a series is: the larger the odder, in nats (−log of shares of values as odd, a mean over
 * members that each series weighs by how far they reach in it). Unchanged when the series is shifted or scaled by a positive factor.
 * @returns NaN for gaps; all 0 for a constant
 */
export function anomalyScore(series: RegularSeries, { form }: { readonly form: ScoreForm }): Float64Array {
  return spreadScore(series, evidenceOf(series, form), form);
}

/** An event's neighbours are part of it: they share its score, in the causal form only those after it. NaN for gaps. */
export function spreadScore(
  { values }: RegularSeries,
  { evidence, spreadSteps }: Evidence,
  form: ScoreForm
): Float64Array {
  const spread = runningMax(evidence, { back: spreadSteps, ahead: form === 'offline' ? spreadSteps : 0 });
  return spread.map((score, i) => (Number.isFinite(values[i]!) ? score : NaN));
}

/** What alerts are decided on: for each value by itself in the causal form, where means over steps would tell its echo too. */
export function gatherEvidence(series: RegularSeries, form: ScoreForm): Evidence {
  return form === 'offline'
    ? evidenceOf(series, form)
    : { ...alertEvidence(carriedForward(series.values)), spreadSteps: 0 };
}

function evidenceOf({ values }: RegularSeries, form: ScoreForm): Evidence {
  return form === 'offline' ? offlineEvidence(fillGaps(values, undefined)) : causalEvidence(carriedForward(values));
}

function spreadFor(window: number): number {
  return Math.max(1, Math.min(8, Math.round(0.15 * window)));
}

function offlineEvidence(values: Float64Array): Evidence {
  const window = windowLength(values);
  const period = findPeriod(values);
  const expected = expectationOffline(values, period, centred(Math.max(10 * window, 2 * period)));
  const rest = less(values, expected);
  const local = less(values, expectationOffline(values, period, centred(localSteps)));
  const steps = differences(values);
  const withoutSeason = less(values, expectationOffline(values, period, centred(2 * values.length)));
  const members = [
    runningRms(rest, centred(eventSteps)),
    runningRms(rest, centred(stretchSteps)),
    runningRms(rest, centred(window)),
    runningRms(local, centred(eventSteps)),
    runningRms(steps, centred(eventSteps)),
    runningRms(steps, centred(stretchSteps)),
    runningMean(spectralResidual(values), centred(3)),
    polynomialResidual(values, stretchSteps),
    polynomialResidual(withoutSeason, window),
  ];
  return { evidence: weighted(members.map(rankScore), 2), expected, spreadSteps: spreadFor(window) };
}

/** Settings come from the past at a few instants; between them the same members go on. */
function causalEvidence(values: Float64Array): Evidence {
  const evidence = new Float64Array(values.length);
  const expected = Float64Array.from(values);
  const misses = runningRms(oneStepError(values), trailing(missSteps));
  let window = windowLength(values.subarray(0, firstSettings));
  for (let from = 0; from < values.length;) {
    const to = Math.min(values.length, Math.max(firstSettings, Math.ceil(from * growth)));
    const past = values.subarray(0, from);
    const period = from === 0 ? 0 : findPeriod(past);
    window = from === 0 ? window : windowLength(past);
    const part = causalMembers(values.subarray(0, to), period, Math.max(10 * window, 2 * period));
    const ranked = [...part.members, misses.subarray(0, to)].map((member) => causalRankScore(member, from));
    evidence.set(weighted(ranked, 1).subarray(from, to), from);
    expected.set(part.expected.subarray(from, to), from);
    from = to;
  }
  return { evidence, expected, spreadSteps: spreadFor(window) };
}

function causalMembers(values: Float64Array, period: number, levelSteps: number) {
  const expected = expectationCausal(values, period, levelSteps);
  const local = expectationCausal(values, period, localSteps);
  const members = [
    runningRms(less(values, expected), trailing(eventSteps)),
    runningRms(less(values, local), trailing(eventSteps)),
    runningRms(differences(values), trailing(eventSteps)),
  ];
  return { expected, members };
}

function less(values: Float64Array, others: Float64Array): Float64Array {
  return values.map((value, i) => value - others[i]!);
}

function differences(values: Float64Array): Float64Array {
  return values.map((value, i) => (i === 0 ? 0 : value - values[i - 1]!));
}

/** Power mean of the members' tails; 2 lets one member that is sure outweigh several that are not. */
function weighted(members: readonly RankedScore[], power: 1 | 2): Float64Array {
  return (members[0]?.tail ?? new Float64Array(0)).map((_, i) => {
    let sum = 0;
    let total = 0;
    for (const { tail, weight } of members) {
      sum += weight[i]! * tail[i]! ** power;
      total += weight[i]!;
    }
    return (sum / total) ** (1 / power);
  });
}
