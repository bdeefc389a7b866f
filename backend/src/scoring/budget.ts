import { Excursions, usualExcursion, type ExcursionRule } from './excursions.ts';
import { PastScorer, type ScoredPast } from './past-scores.ts';

const weekMs = 7 * 86_400_000;
/** Strongest excursions that the tail is fitted to when the history is too short to count them. */
const tailCount = 10;
/**
 * What is believed of the tail before excursions are seen: they exceed its edge by 8 nats in the mean, as sure as if two had
 * been seen. Chosen on tuning data: there ten each exceed it by 4 to 12.
 */
const prior = { meanExcess: 8, excursions: 2 };
/** So strong an excursion is always told, however wild or short the history was: twenty times as far as the edge, and more. */
const mostThreshold = 80;
/** A history of ten minutes says no more than one of nothing. */
const fewestWanted = 1e-3;

/** 168 alerts a week are the most that a job may ask for: more peaks than these say nothing more. */
const mostPeaks = 200;

/** How strong the excursions of a series were in its past: what it needs to be told about no more often than its job asks for. */
export interface Budget {
  /** Strength of each excursion, nats, largest first; each above 0. */
  readonly peaks: readonly number[];
  /** Weeks of history they were found in. */
  readonly weeks: number;
  /** Mean evidence of the excursions: what is taken for that of a series of which only the band is known. */
  readonly usualEvidence: number;
}

/** Before anything is known of a series. */
export const noBudget: Budget = { peaks: [], weeks: 0, usualEvidence: usualExcursion.evidence };

/** The excursions of a series in its own past, scored as it is scored live, against bands that had not seen it. */
export function findBudget(past: ScoredPast, rule: ExcursionRule): Budget {
  const excursions = new Excursions(rule.hysteresis);
  for (const { timeMs, counted, evidence } of new PastScorer(rule).steps(past)) {
    excursions.add(timeMs, counted, evidence);
  }
  const { peaks, weeks, usualEvidence } = excursions.budget();
  return { peaks: peaks.slice(0, mostPeaks).map((peak) => Number(peak.toPrecision(4))), weeks, usualEvidence };
}

/**
 * The strength that an excursion must exceed to open an anomaly so that the past would have opened `alertsPerWeek`: the peak
 * of that rank, between two ranks in proportion. Below rank 1 the exponential tail of the strongest peaks goes on, shrunken
 * towards what is believed before any is seen, and the next excursion counts as one of those there are: a rate of 0 in an hour
 * is no rate of 0. At least 0.
 */
export function thresholdOf({ peaks, weeks }: Pick<Budget, 'peaks' | 'weeks'>, alertsPerWeek: number): number {
  const wanted = Math.max(fewestWanted, alertsPerWeek * weeks);
  const rank = Math.floor(wanted);
  if (wanted >= Math.max(1, peaks.length)) {
    return 0;
  }
  if (rank >= 1) {
    const [upper = 0, lower = 0] = peaks.slice(rank - 1);
    return Math.min(mostThreshold, upper + (wanted - rank) * (lower - upper));
  }
  const count = Math.min(tailCount, peaks.length);
  const edge = peaks[count - 1] ?? 0;
  const excess = peaks.slice(0, count).reduce((sum, peak) => sum + peak - edge, 0);
  const seen = Math.max(0, count - 1);
  const meanExcess = (excess + prior.excursions * prior.meanExcess) / (seen + prior.excursions);
  return Math.min(mostThreshold, Math.max(peaks[0] ?? 0, edge + meanExcess * Math.log((count + 1) / wanted)));
}

/** What a series was told about of late: raises its threshold for a while. */
export interface Spent {
  /** By how much the threshold is higher at `atMs`, nats. */
  readonly raise: number;
  readonly atMs: number;
}

export const nothingSpent: Spent = { raise: 0, atMs: 0 };

/** What is believed of the tail: an alert makes the next one e times less likely, until its time has passed. */
const raisePerAlert = prior.meanExcess;

/**
 * What is left at an instant of what alerts have raised. While it is above 0 alerts come no oftener than asked for in the
 * long run, whatever the series does: the quantile tracker of adaptive bands on the threshold.
 */
export function raiseAt({ raise, atMs }: Spent, nowMs: number, alertsPerWeek: number): number {
  return Math.max(0, raise - (raisePerAlert * alertsPerWeek * Math.max(0, nowMs - atMs)) / weekMs);
}

/** After one more alert. */
export function spend(spent: Spent, nowMs: number, alertsPerWeek: number): Spent {
  return { raise: raiseAt(spent, nowMs, alertsPerWeek) + raisePerAlert, atMs: nowMs };
}
