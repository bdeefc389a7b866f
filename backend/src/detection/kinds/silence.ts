import type { RegularSeries } from '../../timeseries/series.ts';
import { boundedScore, type Finding, roundedDuration } from './finding.ts';

/** With fewer samples nothing is known about how often there are any. */
const fewestSamples = 20;
/** Two lost scrapes are not silence. */
const fewestMissedSteps = 3;
/** A gap that history shows this often is usual; one outage in it must not make the next one usual. */
const timesToBeUsual = 3;
const beyondUsual = 1.5;
const shortestGoneMs = 24 * 3_600_000;
const boundsUntilGone = 10;

/** What is remembered of one series (or of a job's whole answer) between samples; plain, so that it can be stored. */
export interface SilenceState {
  readonly subject: 'series' | 'job';
  readonly stepMs: number;
  /** Silence lasts at least so long when it is told; null when the history is too thin to know. */
  readonly boundMs: number | null;
  /** After so much silence it is over: what never comes back must not alarm for ever. */
  readonly goneAfterMs: number;
  lastSeenMs: number | null;
  lastTickMs: number | null;
  /** Time since it was last seen of which nobody knows whether there was a sample. */
  unknownMs: number;
  told: 'nothing' | 'silent' | 'gone';
}

export interface PresenceSample {
  /** The step that was looked at. */
  readonly timestampMs: number;
  readonly present: boolean;
  /**
   * False when nothing can be said of this step: the source was down, or (for a series) the job's whole answer was empty,
   * which is told once for the job.
   */
  readonly known: boolean;
  /** Another series has taken its place: the same labels but for those that the job ignores. */
  readonly replaced?: boolean;
}

/**
 * Learns how long the gaps of a series usually are.
 * @param history NaN marks a step without a sample; for a job: a step at which no series has one
 */
export function startSilence(history: RegularSeries, subject: SilenceState['subject'] = 'series'): SilenceState {
  const gaps: number[] = [];
  let last = -1;
  let samples = 0;
  for (let i = 0; i < history.values.length; i++) {
    if (Number.isNaN(history.values[i]!)) {
      continue;
    }
    samples++;
    if (last >= 0 && i - last > 1) {
      gaps.push(i - last);
    }
    last = i;
  }
  const usualSteps = gaps.sort((a, b) => b - a)[timesToBeUsual - 1] ?? 1;
  const boundMs = Math.max(fewestMissedSteps, Math.ceil(beyondUsual * usualSteps)) * history.stepMs;
  return {
    subject,
    stepMs: history.stepMs,
    boundMs: samples < fewestSamples ? null : boundMs,
    goneAfterMs: Math.max(shortestGoneMs, boundsUntilGone * boundMs),
    lastSeenMs: last < 0 ? null : history.startMs + last * history.stepMs,
    lastTickMs: null,
    unknownMs: 0,
    told: 'nothing',
  };
}

/**
 * Takes in one step; changes the state in place.
 * @returns open at each step of a silence that is longer than usual, closed once when samples are back, when another
 *   series has taken its place or when it has lasted so long that it is taken as gone
 */
export function nextSilence(state: SilenceState, sample: PresenceSample): { readonly finding: Finding | undefined } {
  const { timestampMs } = sample;
  const previousMs = state.lastTickMs ?? state.lastSeenMs ?? timestampMs;
  if (state.lastTickMs !== null && timestampMs <= state.lastTickMs) {
    return { finding: undefined };
  }
  state.lastTickMs = timestampMs;
  if (sample.present) {
    return { finding: cameBack(state, timestampMs) };
  }
  if (!sample.known) {
    state.unknownMs += Math.max(0, timestampMs - Math.max(previousMs, state.lastSeenMs ?? previousMs));
    return { finding: undefined };
  }
  return { finding: stayedAway(state, sample) };
}

function cameBack(state: SilenceState, timestampMs: number): Finding | undefined {
  const told = state.told;
  const finding = told === 'silent' ? closedSilence(state, timestampMs, 'silence-returned') : undefined;
  state.lastSeenMs = timestampMs;
  state.unknownMs = 0;
  state.told = 'nothing';
  return finding;
}

function stayedAway(state: SilenceState, { timestampMs, replaced = false }: PresenceSample): Finding | undefined {
  const { boundMs, lastSeenMs } = state;
  if (boundMs === null || lastSeenMs === null || state.told === 'gone') {
    return undefined;
  }
  const silentMs = timestampMs - lastSeenMs - state.unknownMs;
  const over = replaced ? 'silence-replaced' : silentMs >= state.goneAfterMs ? 'silence-gone' : undefined;
  if (over !== undefined) {
    const finding = state.told === 'silent' ? closedSilence(state, timestampMs, over) : undefined;
    state.told = 'gone';
    return finding;
  }
  if (silentMs < boundMs) {
    return undefined;
  }
  state.told = 'silent';
  const [what, usual] = [whatOf(state), roundedDuration(boundMs)];
  const text = `${what} for ${roundedDuration(silentMs)}; gaps are usually shorter than ${usual}.`;
  return {
    phase: 'open',
    startMs: lastSeenMs + state.stepMs,
    direction: null,
    score: boundedScore(silentMs / boundMs),
    evidence: [
      { code: state.subject === 'job' ? 'job-silent' : 'silent', text, facts: { silentMs, boundMs, lastSeenMs } },
    ],
  };
}

function whatOf({ subject }: SilenceState): string {
  return subject === 'job' ? 'The query has answered no series at all' : 'There has been no sample';
}

type End = 'silence-returned' | 'silence-replaced' | 'silence-gone';

function closedSilence(state: SilenceState, timestampMs: number, code: End): Finding {
  const lastSeenMs = state.lastSeenMs ?? timestampMs;
  const silentMs = timestampMs - lastSeenMs;
  const text = {
    'silence-returned': `Samples are back after ${roundedDuration(silentMs)} without any.`,
    'silence-replaced': 'Another series with the same labels, but for the ignored ones, has taken its place.',
    'silence-gone': `No sample for ${roundedDuration(silentMs)}: it is taken as gone, and its silence as over.`,
  }[code];
  return {
    phase: 'closed',
    startMs: lastSeenMs + state.stepMs,
    endMs: timestampMs - (code === 'silence-returned' ? state.stepMs : 0),
    direction: null,
    score: boundedScore(silentMs / (state.boundMs ?? silentMs)),
    evidence: [{ code, text, facts: { silentMs, lastSeenMs } }],
  };
}
