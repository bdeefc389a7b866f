import { median } from '../timeseries/quantiles.ts';
import { labelKey, type Labels } from '../timeseries/series.ts';
import type { LiveSeries } from './live-series.ts';
import { unknownEdges, type Edges } from './served-edges.ts';

/** Trained series that another one looks like, and whether only ignored labels tell them apart. */
interface Kin {
  readonly members: readonly LiveSeries[];
  readonly alike: boolean;
}

/** A median of so many is as good as one of all. */
const mostAsked = 25;

/**
 * Which trained series a series without a band of its own looks like: those whose labels are the same but for the ignored
 * ones; when there is none, any of the job.
 */
export class Siblings {
  readonly #ignored: readonly string[];
  readonly #trained = new Map<string, LiveSeries[]>();
  readonly #all: LiveSeries[] = [];

  constructor(ignored: readonly string[]) {
    this.#ignored = ignored;
  }

  add(series: LiveSeries): void {
    if (!series.hasBand) {
      return;
    }
    const key = this.keyOf(series.labels);
    const alike = this.#trained.get(key);
    if (alike === undefined) {
      this.#trained.set(key, [series]);
    } else if (alike.length < mostAsked) {
      alike.push(series);
    }
    if (this.#all.length < mostAsked) {
      this.#all.push(series);
    }
  }

  /** The same for series that differ in ignored labels only. */
  keyOf(labels: Labels): string {
    return labelKey(Object.fromEntries(Object.entries(labels).filter(([name]) => !this.#ignored.includes(name))));
  }

  of(labels: Labels): Kin {
    const alike = this.#trained.get(this.keyOf(labels));
    return alike === undefined ? { members: this.#all, alike: false } : { members: alike, alike: true };
  }

  /** Medians of what the siblings need to open an anomaly and of their evidence; undefined when none has a past. */
  budgetFor(labels: Labels): Pick<LiveSeries, 'threshold' | 'usualEvidence'> | undefined {
    const members = this.of(labels).members.filter(({ detectors }) => detectors.budget.weeks > 0);
    return members.length === 0
      ? undefined
      : {
          threshold: median(members.map(({ threshold }) => threshold)),
          usualEvidence: median(members.map(({ usualEvidence }) => usualEvidence)),
        };
  }
}

/**
 * A band for who has none. Of siblings that are alike it is the elementwise median; of others, whose levels may differ, the
 * hull: what no series of the job would do is odd, and nothing else. NaN where nothing is known.
 */
export function borrowedEdges(edges: readonly Edges[], alike: boolean): Edges {
  const known = edges.filter(({ expected }) => !Number.isNaN(expected));
  if (known.length === 0) {
    return unknownEdges;
  }
  const expected = median(known.map((one) => one.expected));
  const [lower, upper] = [known.map((one) => one.lower), known.map((one) => one.upper)];
  return alike
    ? { expected, lower: median(lower), upper: median(upper) }
    : { expected, lower: Math.min(...lower), upper: Math.max(...upper) };
}
