import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import type { ExcursionRule } from './excursions.ts';
import { adapt, liveScore, notAdapted, servedEdges, type Adaptation, type Edges } from './served-edges.ts';

/** A past with what was forecast of it and how unusual its values were. */
export interface ScoredPast {
  readonly history: RegularSeries;
  /** Forecasts of the past made before it: back-tests, and what was served since. */
  readonly band: BandArrays;
  /** Of each value of the history, nats; undefined where nothing is known of it. */
  readonly evidence: ArrayLike<number> | undefined;
}

/** One value of a past, as it would have been scored live. */
export interface PastStep {
  readonly timeMs: number;
  readonly value: number;
  readonly edges: Edges;
  /** NaN for a gap. */
  readonly counted: number;
  readonly evidence: number | undefined;
  /** Whether a training would have come just before it. */
  readonly trained: boolean;
}

/** Scores a past where it was forecast, in parts of ascending time: the band adapts from one training to the next. */
export class PastScorer {
  readonly #rule: ExcursionRule;
  #adaptation: Adaptation = notAdapted;

  constructor(rule: ExcursionRule) {
    this.#rule = rule;
  }

  *steps({ history, band, evidence }: ScoredPast): Generator<PastStep> {
    const { band: rule, retrainMs } = this.#rule;
    for (const [i, value] of history.values.entries()) {
      const timeMs = history.startMs + i * history.stepMs;
      const given = edgesAt(band, timeMs);
      const trained = isTraining(timeMs, history.stepMs, retrainMs);
      this.#adaptation = trained ? notAdapted : this.#adaptation;
      if (given !== undefined) {
        const edges = servedEdges(rule, given, this.#adaptation);
        const { counted } = liveScore(rule, value, edges);
        yield { timeMs, value, edges, counted, evidence: evidence?.[i], trained };
        this.#adaptation = adapt(rule, given, this.#adaptation, value);
      }
    }
  }
}

/** Undefined outside of the band's time. */
function edgesAt(band: BandArrays, timeMs: number): Edges | undefined {
  const at = Math.round((timeMs - band.startMs) / band.stepMs);
  const widest = band.levels.at(-1);
  return at < 0 || at >= band.expected.length || widest === undefined
    ? undefined
    : { expected: band.expected[at] ?? NaN, lower: widest.lower[at] ?? NaN, upper: widest.upper[at] ?? NaN };
}

/** Trainings are taken to come at whole multiples of their spacing. */
function isTraining(timeMs: number, stepMs: number, retrainMs: number): boolean {
  return Math.floor(timeMs / retrainMs) !== Math.floor((timeMs - stepMs) / retrainMs);
}
