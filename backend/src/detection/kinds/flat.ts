import type { RegularSeries } from '../../timeseries/series.ts';
import { boundedScore, figure, type Finding, roundedDuration } from './finding.ts';

/** With fewer samples nothing is known about how long a value usually stays. */
const fewestSamples = 50;
/** A value may stay so long in any series: less is rounding, a cache or a quiet minute. */
const fewestEqual = 10;
const shortestFlatMs = 15 * 60_000;
/** How much longer than ever before, for a series that moves at most steps and for one that seldom does. */
const beyondLongest = { moving: 2, idle: 4 };
/** Above this share of unchanged steps a series is idle by nature. */
const idleShare = 0.5;
/** A run that fills so much of the history says that standing still is normal. */
const constantShare = 0.2;
/** Values that differ by less, relative to their size, are equal: sums of floats in another order differ as much. */
const sameRatio = 1e-9;

/** What is remembered of one series between samples; plain, so that it can be stored. */
export interface FlatState {
  readonly stepMs: number;
  /** Equal values in a row that are abnormal; null when standing still is normal here, or the history too short to know. */
  readonly boundSteps: number | null;
  /** Longest run in the history that ended. */
  readonly longestSteps: number;
  value: number | null;
  sinceMs: number;
  equal: number;
  lastMs: number | null;
}

export interface ValueSample {
  readonly timestampMs: number;
  /** NaN where there is none: a gap neither ends a run nor makes it longer. */
  readonly value: number;
}

/** Learns how long the values of a series stay the same; a run at the end of the history goes on in the state. */
export function startFlat(history: RegularSeries): FlatState {
  const { startMs, stepMs, values } = history;
  const run = { value: null, sinceMs: startMs, equal: 0, lastMs: null } as Run;
  const seen = { samples: 0, unchanged: 0, longest: 0 };
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) {
      const ended = extend(run, { timestampMs: startMs + i * stepMs, value: values[i]! });
      seen.samples++;
      seen.unchanged += Number(run.equal > 1);
      seen.longest = Math.max(seen.longest, ended);
    }
  }
  return { stepMs, boundSteps: boundOf(seen, run, stepMs), longestSteps: seen.longest, ...run };
}

interface Run {
  value: number | null;
  sinceMs: number;
  equal: number;
  lastMs: number | null;
}

/** @returns length of the run that this value ended, 0 when it goes on */
function extend(run: Run, { timestampMs, value }: ValueSample): number {
  const same = run.value !== null && Math.abs(value - run.value) <= sameRatio * Math.abs(run.value);
  const ended = same ? 0 : run.equal;
  if (!same) {
    run.value = value;
    run.sinceMs = timestampMs;
    run.equal = 0;
  }
  run.equal++;
  run.lastMs = timestampMs;
  return ended;
}

function boundOf(
  seen: { readonly samples: number; readonly unchanged: number; readonly longest: number },
  last: Run,
  stepMs: number
): number | null {
  const { samples, unchanged, longest } = seen;
  if (samples < fewestSamples || Math.max(longest, last.equal) >= constantShare * samples) {
    return null;
  }
  const beyond = unchanged / samples > idleShare ? beyondLongest.idle : beyondLongest.moving;
  return Math.ceil(Math.max(fewestEqual, shortestFlatMs / stepMs, beyond * longest));
}

/**
 * Takes in one value; changes the state in place.
 * @returns open at each value of a run that is longer than usual, closed once when it moves again
 */
export function nextFlat(state: FlatState, sample: ValueSample): { readonly finding: Finding | undefined } {
  const late = state.lastMs !== null && sample.timestampMs <= state.lastMs;
  if (late || !Number.isFinite(sample.value)) {
    return { finding: undefined };
  }
  const before: Run = { value: state.value, sinceMs: state.sinceMs, equal: state.equal, lastMs: state.lastMs };
  const ended = extend(state, sample);
  const { boundSteps } = state;
  if (boundSteps === null || Math.max(ended, state.equal) < boundSteps) {
    return { finding: undefined };
  }
  const finding = ended > 0 ? flatFinding(state, before, 'flat-moved') : flatFinding(state, state, 'flat');
  return { finding };
}

function flatFinding(state: FlatState, run: Run, code: 'flat' | 'flat-moved'): Finding {
  const { longestSteps, stepMs, boundSteps } = state;
  const value = run.value ?? 0;
  const lastMs = run.lastMs ?? run.sinceMs;
  const longestMs = longestSteps * stepMs;
  const lasted = roundedDuration(lastMs - run.sinceMs + stepMs);
  const text =
    code === 'flat'
      ? `The value has been exactly ${figure(value)} for ${lasted}; the longest before was ${roundedDuration(longestMs)}.`
      : `The value moves again after ${lasted} at exactly ${figure(value)}.`;
  return {
    phase: code === 'flat' ? 'open' : 'closed',
    startMs: run.sinceMs,
    ...(code === 'flat' ? {} : { endMs: lastMs }),
    direction: null,
    score: boundedScore(run.equal / (boundSteps ?? run.equal)),
    evidence: [{ code, text, facts: { value, samples: run.equal, sinceMs: run.sinceMs, longestMs } }],
  };
}
