import type { Anomaly } from '../contract/forecast.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import { nextStep, type Hysteresis } from '../scoring/hysteresis.ts';
import type { JobRules } from '../scoring/series-detectors.ts';
import { adapt, liveScore, notAdapted, servedEdges, type Adaptation, type Edges } from '../scoring/served-edges.ts';
import type { RegularSeries } from '../timeseries/series.ts';

export interface ReplayRule extends JobRules {
  /** What the scores of a window must exceed to open. */
  readonly threshold: number;
  /** The band adapts anew after each training. */
  readonly retrainMs: number;
}

interface Outside {
  readonly timeMs: number;
  readonly value: number;
  readonly expected: number;
  readonly score: number;
}

interface OpenAnomaly {
  readonly startMs: number;
  endMs: number;
  peak: Outside;
}

/** Scores the past of one series again, as it is scored live but with other settings, in slices of ascending time. */
export class Replay {
  readonly #rule: ReplayRule;
  readonly #found: Anomaly[] = [];
  #adaptation: Adaptation = notAdapted;
  #state: Hysteresis | undefined;
  #open: OpenAnomaly | undefined;
  /** Newest values outside of the band: the first ones of an anomaly lie before its opening. */
  #outside: Outside[] = [];

  constructor(rule: ReplayRule) {
    this.#rule = rule;
  }

  /** @param band as served over the slice; steps that it does not know count as gaps */
  add(series: RegularSeries, band: BandArrays): void {
    for (const [i, value] of series.values.entries()) {
      const timeMs = series.startMs + i * series.stepMs;
      this.#step(timeMs, value, edgesAt(band, timeMs));
    }
  }

  /** In order of time; one that lasts ends at its newest value outside. */
  anomalies(): Anomaly[] {
    return this.#open === undefined ? [...this.#found] : [...this.#found, this.#described(this.#open)];
  }

  #step(timeMs: number, value: number, trained: Edges): void {
    const { band, hysteresis, threshold, retrainMs, stepMs } = this.#rule;
    if (Math.floor(timeMs / retrainMs) !== Math.floor((timeMs - stepMs) / retrainMs)) {
      this.#adaptation = notAdapted;
    }
    const edges = servedEdges(band, trained, this.#adaptation);
    const { counted } = liveScore(band, value, edges);
    this.#adaptation = adapt(band, trained, this.#adaptation, value);
    const { state, turn } = nextStep(this.#state, { timeMs, score: counted, threshold }, hysteresis);
    this.#state = state;
    if (counted > 1) {
      this.#outside = [...this.#outside, { timeMs, value, expected: edges.expected, score: counted }].slice(
        -hysteresis.open.of
      );
    }
    this.#turn(turn, state);
  }

  #turn(turn: ReturnType<typeof nextStep>['turn'], state: Hysteresis | undefined): void {
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
      this.#found.push(this.#described(this.#open));
      this.#open = undefined;
    }
  }

  #described({ startMs, endMs, peak }: OpenAnomaly): Anomaly {
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
}

function peakOf(anomaly: Anomaly | undefined): Outside[] {
  return anomaly === undefined
    ? []
    : [
        {
          timeMs: anomaly.peakMs,
          value: anomaly.peakValue,
          expected: anomaly.expectedAtPeak,
          score: anomaly.peakScore,
        },
      ];
}

function strongest(values: readonly Outside[]): Outside {
  return values.reduce((best, one) => (one.score > best.score ? one : best));
}

function edgesAt(band: BandArrays, timeMs: number): Edges {
  const at = Math.round((timeMs - band.startMs) / band.stepMs);
  const widest = band.levels.at(-1);
  return {
    expected: band.expected[at] ?? NaN,
    lower: widest?.lower[at] ?? NaN,
    upper: widest?.upper[at] ?? NaN,
  };
}
