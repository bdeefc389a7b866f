import type { Anomaly } from '../contract/forecast.ts';
import type { JobSpec } from '../contract/job.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { Pacer } from '../pacer.ts';
import { noBudget, thresholdOf, type Budget } from '../scoring/budget.ts';
import { PastEvidence } from '../scoring/evidence-watch.ts';
import { PastScorer, type PastStep } from '../scoring/past-scores.ts';
import { Replay } from '../scoring/replay.ts';
import { excursionRuleOf, rulesOf, type SeriesDetectors } from '../scoring/series-detectors.ts';
import { liveScore, type BandRule } from '../scoring/served-edges.ts';
import type { RegularSeries } from '../timeseries/series.ts';

interface Variant {
  readonly band: BandRule;
  readonly threshold: number;
  readonly replay: Replay;
}

/** Looks at the clock once in so many values. */
const valuesPerLook = 256;

/**
 * Scores the past of one series again, as it is scored live, in slices of ascending time; each of the settings opens and
 * closes its own anomalies. Bands are not widened for changes and calendars of that time.
 */
export class SeriesReplays {
  readonly #scorer: PastScorer;
  readonly #budget: Budget;
  readonly #evidence: PastEvidence | undefined;
  readonly #variants: readonly Variant[];

  /** @param specs of one job: they differ in sensitivity and size only */
  constructor(specs: readonly JobSpec[], detectors: SeriesDetectors | undefined) {
    const [spec] = specs;
    if (spec === undefined) {
      throw new Error('a replay needs settings');
    }
    this.#scorer = new PastScorer(excursionRuleOf(spec));
    this.#budget = detectors?.budget ?? noBudget;
    this.#evidence = detectors?.evidence && new PastEvidence(detectors.evidence.state());
    this.#variants = specs.map((one) => ({
      band: rulesOf(one).band,
      threshold: thresholdOf(this.#budget, one.sensitivity),
      replay: new Replay(rulesOf(one).hysteresis, one.sensitivity),
    }));
  }

  /** @param band as served over the slice; steps that it does not know count as gaps */
  async add(history: RegularSeries, band: BandArrays, pacer: Pacer): Promise<void> {
    const evidence = this.#evidence?.of(history);
    let looked = 0;
    for (const step of this.#scorer.steps({ history, band, evidence })) {
      this.#step(step);
      if (++looked % valuesPerLook === 0 && pacer.due()) {
        await pacer.pause();
      }
    }
  }

  /** For each of the settings, in order of time; one that lasts ends at its newest value outside. */
  anomalies(): Anomaly[][] {
    return this.#variants.map(({ replay }) => replay.anomalies());
  }

  #step(step: PastStep): void {
    const evidence = step.evidence ?? this.#budget.usualEvidence;
    for (const { band, threshold, replay } of this.#variants) {
      const { counted } = liveScore(band, step.value, step.edges);
      replay.add({ ...step, counted, evidence, threshold });
    }
  }
}
