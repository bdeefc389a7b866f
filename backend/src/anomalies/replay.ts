import type { Anomaly } from '../contract/forecast.ts';
import type { AtLeast } from '../contract/detect.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { Pacer } from '../pacer.ts';
import { nextStep, type Hysteresis, type HysteresisRule, type Turn } from '../scoring/hysteresis.ts';
import type { JobRules } from '../scoring/series-detectors.ts';
import { adapt, liveScore, notAdapted, servedEdges, type Adaptation, type Edges } from '../scoring/served-edges.ts';
import type { RegularSeries } from '../timeseries/series.ts';

/** In what the settings to compare differ. */
export interface ReplayVariant {
  /** What the scores of a window must exceed to open. */
  readonly threshold: number;
  readonly atLeast: AtLeast | undefined;
}

export interface ReplayRule extends JobRules {
  /** The band adapts anew after each training. */
  readonly retrainMs: number;
}

interface Outside {
  readonly timeMs: number;
  readonly value: number;
  readonly expected: number;
  readonly score: number;
}

/** Looks at the clock once in so many values. */
const valuesPerLook = 256;

/**
 * Scores the past of one series again, as it is scored live, in slices of ascending time; each variant of the settings opens
 * and closes its own anomalies. Bands are not widened for changes and calendars of that time.
 */
export class Replay {
  readonly #rule: ReplayRule;
  readonly #variants: readonly VariantReplay[];
  #adaptation: Adaptation = notAdapted;

  constructor(rule: ReplayRule, variants: readonly ReplayVariant[]) {
    this.#rule = rule;
    this.#variants = variants.map((variant) => new VariantReplay(rule, variant));
  }

  /** @param band as served over the slice; steps that it does not know count as gaps */
  async add(series: RegularSeries, band: BandArrays, pacer: Pacer): Promise<void> {
    for (const [i, value] of series.values.entries()) {
      const timeMs = series.startMs + i * series.stepMs;
      this.#step(timeMs, value, edgesAt(band, timeMs));
      if (i % valuesPerLook === 0 && pacer.due()) {
        await pacer.pause();
      }
    }
  }

  /** For each variant, in order of time; one that lasts ends at its newest value outside. */
  anomalies(): Anomaly[][] {
    return this.#variants.map((variant) => variant.anomalies());
  }

  #step(timeMs: number, value: number, trained: Edges): void {
    const { band, retrainMs, stepMs } = this.#rule;
    if (Math.floor(timeMs / retrainMs) !== Math.floor((timeMs - stepMs) / retrainMs)) {
      this.#adaptation = notAdapted;
    }
    const edges = servedEdges(band, trained, this.#adaptation);
    this.#adaptation = adapt(band, trained, this.#adaptation, value);
    this.#variants.forEach((variant) => {
      variant.step(timeMs, value, edges);
    });
  }
}

interface OpenAnomaly {
  readonly startMs: number;
  endMs: number;
  peak: Outside;
}

class VariantReplay {
  readonly #band: JobRules['band'];
  readonly #hysteresis: HysteresisRule;
  readonly #threshold: number;
  readonly #found: Anomaly[] = [];
  #state: Hysteresis | undefined;
  #open: OpenAnomaly | undefined;
  /** Newest values outside of the band: the first ones of an anomaly lie before its opening. */
  #outside: Outside[] = [];

  constructor({ band, hysteresis }: ReplayRule, { threshold, atLeast }: ReplayVariant) {
    this.#band = { ...band, atLeast };
    this.#hysteresis = hysteresis;
    this.#threshold = threshold;
  }

  step(timeMs: number, value: number, edges: Edges): void {
    const { counted } = liveScore(this.#band, value, edges);
    if (this.#state === undefined && !(counted > 1)) {
      return;
    }
    const input = { timeMs, score: counted, threshold: this.#threshold };
    const { state, turn } = nextStep(this.#state, input, this.#hysteresis);
    this.#state = state;
    if (counted > 1) {
      const outside = { timeMs, value, expected: edges.expected, score: counted };
      this.#outside = [...this.#outside, outside].slice(-this.#hysteresis.open.of);
    }
    this.#turn(turn, state);
  }

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

function edgesAt(band: BandArrays, timeMs: number): Edges {
  const at = Math.round((timeMs - band.startMs) / band.stepMs);
  const widest = band.levels.at(-1);
  return {
    expected: band.expected[at] ?? NaN,
    lower: widest?.lower[at] ?? NaN,
    upper: widest?.upper[at] ?? NaN,
  };
}
