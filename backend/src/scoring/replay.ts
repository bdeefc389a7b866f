import type { Anomaly } from '../contract/forecast.ts';
import { nothingSpent, raiseAt, spend, thresholdOf, type Spent } from './budget.ts';
import { Excursions, type ExcursionRule } from './excursions.ts';
import { nextStep, type Hysteresis, type HysteresisRule, type Turn } from './hysteresis.ts';
import { PastScorer, type PastStep, type ScoredPast } from './past-scores.ts';

interface Outside {
  readonly timeMs: number;
  readonly value: number;
  readonly expected: number;
  readonly score: number;
}

/** One value of a past with what it counts and what it needs to open. */
export interface ReplayStep extends Omit<PastStep, 'trained'> {
  /** Before what alerts have raised, nats. */
  readonly threshold: number;
}

interface OpenAnomaly {
  readonly startMs: number;
  endMs: number;
  peak: Outside;
}

/** Opens and closes the anomalies of one series over a past as live scoring would have, told of `alertsPerWeek` at most. */
export class Replay {
  readonly #hysteresis: HysteresisRule;
  readonly #alertsPerWeek: number;
  readonly #found: Anomaly[] = [];
  #spent: Spent = nothingSpent;
  #state: Hysteresis | undefined;
  #open: OpenAnomaly | undefined;
  /** Newest values outside of the band: the first ones of an anomaly lie before its opening. */
  #outside: Outside[] = [];

  constructor(hysteresis: HysteresisRule, alertsPerWeek: number) {
    this.#hysteresis = hysteresis;
    this.#alertsPerWeek = alertsPerWeek;
  }

  add({ timeMs, value, edges, counted, evidence, threshold }: ReplayStep): void {
    if (this.#state === undefined && !(counted > 1)) {
      return;
    }
    const raised = threshold + raiseAt(this.#spent, timeMs, this.#alertsPerWeek);
    const { state, turn } = nextStep(
      this.#state,
      { timeMs, score: counted, evidence, threshold: raised },
      this.#hysteresis
    );
    this.#state = state;
    this.#spent = turn === 'opened' ? spend(this.#spent, timeMs, this.#alertsPerWeek) : this.#spent;
    if (counted > 1) {
      const outside = { timeMs, value, expected: edges.expected, score: counted };
      this.#outside = [...this.#outside, outside].slice(-this.#hysteresis.open.of);
    }
    this.#turn(turn, state);
  }

  /** In order of time; one that lasts ends at its newest value outside. */
  anomalies(): Anomaly[] {
    return this.#open === undefined ? this.#found : [...this.#found, described(this.#open)];
  }

  #turn(turn: Turn, state: Hysteresis | undefined): void {
    if (turn === 'opened' || turn === 'reopened') {
      const last = turn === 'reopened' ? this.#found.pop() : undefined;
      const startMs = last?.startMs ?? state?.startMs ?? 0;
      const own = this.#outside.filter(({ timeMs }) => timeMs >= startMs);
      this.#open = { startMs, endMs: startMs, peak: strongest([...peakOf(last), ...own]) };
    }
    const newest = this.#outside.at(-1);
    if (this.#open !== undefined && newest !== undefined && newest.timeMs >= this.#open.startMs) {
      this.#open.endMs = newest.timeMs;
      this.#open.peak = strongest([this.#open.peak, newest]);
    }
    if ((turn === 'closed' || turn === 'gone') && this.#open !== undefined) {
      this.#found.push(described(this.#open));
      this.#open = undefined;
    }
  }
}

/**
 * What a job would have told of a past, had it been scored all along: its budget is that of the time before each training, so
 * that nothing is judged by what came after it.
 * @returns in order of time
 */
export function replayPast(past: ScoredPast, rule: ExcursionRule, alertsPerWeek: number): Anomaly[] {
  const seen = new Excursions(rule.hysteresis);
  const replay = new Replay(rule.hysteresis, alertsPerWeek);
  let threshold: number | undefined;
  for (const step of new PastScorer(rule).steps(past)) {
    if (threshold === undefined || step.trained) {
      threshold = thresholdOf(seen.budget(), alertsPerWeek);
    }
    replay.add({ ...step, threshold });
    seen.add(step.timeMs, step.counted, step.evidence);
  }
  return replay.anomalies();
}

function described({ startMs, endMs, peak }: OpenAnomaly): Anomaly {
  return {
    startMs,
    endMs,
    direction: peak.value >= peak.expected ? 'above' : 'below',
    peakScore: peak.score,
    peakValue: peak.value,
    peakMs: peak.timeMs,
    expectedAtPeak: peak.expected,
  };
}

function peakOf(anomaly: Anomaly | undefined): Outside[] {
  if (anomaly === undefined) {
    return [];
  }
  const { peakMs: timeMs, peakValue: value, expectedAtPeak: expected, peakScore: score } = anomaly;
  return [{ timeMs, value, expected, score }];
}

function strongest(values: readonly Outside[]): Outside {
  return values.reduce((best, one) => (one.score > best.score ? one : best));
}
