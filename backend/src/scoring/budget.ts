import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { nextStep, reachOf, type Hysteresis, type HysteresisRule } from './hysteresis.ts';
import { adapt, liveScore, notAdapted, servedEdges, type BandRule, type Edges } from './served-edges.ts';

const weekMs = 7 * 86_400_000;
/** Strongest excursions that the tail is fitted to when the history is too short to count them. */
const tailCount = 10;
/** So far out an excursion is always told, however wild the history was. */
const mostThreshold = 10;

/** 168 alerts a week are the most that a job may ask for: more peaks than these say nothing more. */
const mostPeaks = 200;

export interface BudgetRule {
  readonly band: BandRule;
  readonly hysteresis: HysteresisRule;
  /** The band adapts anew after each training. */
  readonly retrainMs: number;
}

/** How far out a series has been in its past: what it needs to be told about no more often than its job asks for. */
export interface Budget {
  /** How far each excursion reached, largest first; each above 1. */
  readonly peaks: readonly number[];
  /** Weeks of history they were found in. */
  readonly weeks: number;
}

/** Before anything is known of a series: the band alone decides. */
export const noBudget: Budget = { peaks: [], weeks: 0 };

/**
 * The excursions of a series in its own past, scored as it is scored live, against bands that had not seen it.
 * @param band forecasts of the past made before it: back-tests, and what was served since
 */
export function findBudget(history: RegularSeries, band: BandArrays, rule: BudgetRule): Budget {
  const { peaks, knownSteps } = excursions(history, band, rule);
  const kept = peaks.slice(0, mostPeaks).map((peak) => Number(peak.toPrecision(4)));
  return { peaks: kept, weeks: (knownSteps * history.stepMs) / weekMs };
}

interface Excursions {
  /** How far each excursion reached, largest first. */
  readonly peaks: readonly number[];
  readonly knownSteps: number;
}

function excursions(history: RegularSeries, band: BandArrays, rule: BudgetRule): Excursions {
  const { hysteresis } = rule;
  const peaks: number[] = [];
  let state: Hysteresis | undefined;
  let peak = 0;
  let knownSteps = 0;
  for (const [timeMs, score] of scoresOf(history, band, rule)) {
    knownSteps += Number.isNaN(score) ? 0 : 1;
    const next = nextStep(state, { timeMs, score, threshold: 1 }, hysteresis);
    state = next.state;
    if (next.turn === 'opened') {
      peaks.push(peak);
      peak = 0;
    }
    if (state?.phase === 'open') {
      peak = Math.max(peak, reachOf(state.recent, hysteresis.open));
    }
  }
  peaks.push(peak);
  return { peaks: peaks.filter((one) => one > 1).sort((a, b) => b - a), knownSteps };
}

/** Scores as they would have been counted live: the band adapts from one training to the next. */
function* scoresOf(history: RegularSeries, band: BandArrays, rule: BudgetRule): Generator<readonly [number, number]> {
  const widest = band.levels.at(-1);
  let adaptation = notAdapted;
  for (const [i, value] of history.values.entries()) {
    const timeMs = history.startMs + i * history.stepMs;
    const at = Math.round((timeMs - band.startMs) / band.stepMs);
    if (widest === undefined || at < 0 || at >= band.expected.length) {
      continue;
    }
    const trained: Edges = edgesAt(band.expected[at], widest.lower[at], widest.upper[at]);
    if (isTraining(timeMs, history.stepMs, rule.retrainMs)) {
      adaptation = notAdapted;
    }
    yield [timeMs, liveScore(rule.band, value, servedEdges(rule.band, trained, adaptation)).counted];
    adaptation = adapt(rule.band, trained, adaptation, value);
  }
}

function edgesAt(expected = NaN, lower = NaN, upper = NaN): Edges {
  return { expected, lower, upper };
}

function isTraining(timeMs: number, stepMs: number, retrainMs: number): boolean {
  return Math.floor(timeMs / retrainMs) !== Math.floor((timeMs - stepMs) / retrainMs);
}

/**
 * What the scores of a window must exceed to open an anomaly so that the past would have opened `alertsPerWeek`: the peak of
 * that rank, between two ranks in proportion on a logarithmic scale; below rank 1 the strongest peaks' tail goes on as a
 * power law. At least 1.
 */
export function thresholdOf({ peaks, weeks }: Budget, alertsPerWeek: number): number {
  const wanted = alertsPerWeek * weeks;
  const logs = peaks.map(Math.log);
  if (wanted >= logs.length) {
    return 1;
  }
  const rank = Math.floor(wanted);
  if (rank >= 1) {
    const [upper = 0, lower = 0] = logs.slice(rank - 1);
    return Math.min(mostThreshold, Math.exp(upper + (wanted - rank) * (lower - upper)));
  }
  const count = Math.min(tailCount, logs.length);
  const edge = logs[count - 1] ?? 0;
  const meanExcess = logs.slice(0, count).reduce((sum, log) => sum + log - edge, 0) / Math.max(1, count - 1);
  const beyond = edge + meanExcess * Math.log(count / Math.max(wanted, 1e-3));
  return Math.min(mostThreshold, Math.max(1, Math.exp(beyond)));
}

/** What a series was told about of late: raises its threshold for a while. */
export interface Spent {
  /** Logarithm of the factor on the threshold at `atMs`. */
  readonly log: number;
  readonly atMs: number;
}

export const nothingSpent: Spent = { log: 0, atMs: 0 };

/** An alert raises the threshold by half; in the time that the budget gives to one alert that is gone again. Not fitted to data. */
const raisePerAlert = Math.log(1.5);

/**
 * What is left at an instant of what alerts have raised. While it is above 0 alerts come no oftener than asked for in the
 * long run, whatever the series does: the quantile tracker of adaptive bands on the threshold.
 */
export function spentLog({ log, atMs }: Spent, nowMs: number, alertsPerWeek: number): number {
  return Math.max(0, log - (raisePerAlert * alertsPerWeek * Math.max(0, nowMs - atMs)) / weekMs);
}

/** After one more alert. */
export function spend(spent: Spent, nowMs: number, alertsPerWeek: number): Spent {
  return { log: spentLog(spent, nowMs, alertsPerWeek) + raisePerAlert, atMs: nowMs };
}
