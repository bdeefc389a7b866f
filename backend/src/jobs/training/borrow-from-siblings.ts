import type { ValueRange } from '../../contract/job.ts';
import type { ForecastOutcome } from '../../forecasting/forecast-task.ts';
import { siblingBand, type Sibling } from '../../forecasting/sibling-prior.ts';
import type { Labels } from '../../timeseries/series.ts';

interface LabelledSibling extends Sibling {
  readonly labels: Labels;
}

/** Histories of four weeks at 5 minutes take some 100 kB each. */
const mostKept = 32;
/** More tell hardly more, and each is rehearsed against all others. */
const mostAsked = 6;

/** The modelled series of one training, as far as they are kept for those that are too young for a model. */
export class Siblings {
  readonly #kept: LabelledSibling[] = [];

  add(labels: Labels, { state, history, heldOut, forecast }: ForecastOutcome): void {
    if (state === 'modelled' && heldOut !== undefined && forecast !== undefined && this.#kept.length < mostKept) {
      this.#kept.push({ labels, history, heldOut, forecast });
    }
  }

  /**
   * What is told of a series that is still warming up: a band of the siblings that share most labels with it, with a note;
   * the outcome itself when they cannot tell.
   */
  lend(
    labels: Labels,
    outcome: ForecastOutcome,
    needs: { readonly levels: readonly number[]; readonly range: ValueRange | undefined }
  ): ForecastOutcome {
    const asked = this.#nearest(labels);
    const band = outcome.state === 'warming-up' ? siblingBand(outcome.history, asked, needs) : undefined;
    if (band === undefined) {
      return outcome;
    }
    const values = outcome.history.values.filter(Number.isFinite).length;
    const text = `Only ${values} values yet: the band is borrowed from ${asked.length} series of the same job, at the level of this one, until there are enough for a model.`;
    const notes = outcome.notes.filter(({ code }) => code !== 'warming-up');
    return {
      ...outcome,
      state: 'rule',
      model: 'siblings',
      forecast: band,
      notes: [
        { code: 'borrowed-from-siblings', severity: 'info', text, facts: { values, siblings: asked.length } },
        ...notes,
      ],
    };
  }

  #nearest(labels: Labels): readonly LabelledSibling[] {
    const shared = (other: Labels) => Object.entries(labels).filter(([name, value]) => other[name] === value).length;
    const most = Math.max(0, ...this.#kept.map((sibling) => shared(sibling.labels)));
    return this.#kept.filter((sibling) => shared(sibling.labels) === most).slice(0, mostAsked);
  }
}
