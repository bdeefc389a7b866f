import { newestEvidence, nextStep, strengthOf, type Hysteresis, type HysteresisRule } from './hysteresis.ts';
import type { BandRule } from './served-edges.ts';

const weekMs = 7 * 86_400_000;
/** What is believed of the evidence of excursions before any is seen, as sure as if two had been. Their mean on tuning data. */
export const usualExcursion = { evidence: 16, asSureAs: 2 };

/** How a past is scored: as the job scores live. */
export interface ExcursionRule {
  readonly band: BandRule;
  readonly hysteresis: HysteresisRule;
  /** The band adapts anew after each training. */
  readonly retrainMs: number;
}

/** Counts the excursions of a series while its past goes by, whether or not anybody was told of them. */
export class Excursions {
  readonly #rule: HysteresisRule;
  readonly #peaks: number[] = [];
  readonly #evidence: number[] = [];
  #state: Hysteresis | undefined;
  #peak = 0;
  #peakEvidence = 0;
  #knownSteps = 0;

  constructor(rule: HysteresisRule) {
    this.#rule = rule;
  }

  /** @param counted score of the step; NaN for a gap */
  add(timeMs: number, counted: number, evidence: number | undefined): void {
    this.#knownSteps += Number.isNaN(counted) ? 0 : 1;
    if (this.#state === undefined && !(counted > 1)) {
      return;
    }
    const { state, turn } = nextStep(this.#state, { timeMs, score: counted, evidence, threshold: 0 }, this.#rule);
    this.#state = state;
    if (turn === 'opened') {
      this.#end();
    }
    if (state?.phase === 'open') {
      const strength = strengthOf(state, this.#rule.open);
      if (strength > this.#peak) {
        this.#peak = strength;
        this.#peakEvidence = newestEvidence(state, this.#rule.open);
      }
    }
  }

  /** Strengths of those that were seen so far, largest first; the one that lasts counts with what it has reached. */
  budget(): { readonly peaks: readonly number[]; readonly weeks: number; readonly usualEvidence: number } {
    const peaks = [...this.#peaks, ...(this.#peak > 0 ? [this.#peak] : [])].sort((a, b) => b - a);
    const evidence = [...this.#evidence, ...(this.#peak > 0 ? [this.#peakEvidence] : [])];
    const sum = evidence.reduce((total, each) => total + each, usualExcursion.asSureAs * usualExcursion.evidence);
    const usualEvidence = sum / (evidence.length + usualExcursion.asSureAs);
    return { peaks, weeks: (this.#knownSteps * this.#rule.stepMs) / weekMs, usualEvidence };
  }

  #end(): void {
    if (this.#peak > 0) {
      this.#peaks.push(this.#peak);
      this.#evidence.push(this.#peakEvidence);
    }
    this.#peak = 0;
    this.#peakEvidence = 0;
  }
}
