import { median } from '../timeseries/quantiles.ts';
import { labelKey, type Labels } from '../timeseries/series.ts';
import type { LiveSeries } from './live-series.ts';
import type { Edges } from './served-edges.ts';

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

  of(labels: Labels): readonly LiveSeries[] {
    return this.#trained.get(this.keyOf(labels)) ?? this.#all;
  }

  /** Median of what the siblings need to open an anomaly; 1 without any. */
  thresholdFor(labels: Labels): number {
    const siblings = this.of(labels);
    return siblings.length === 0 ? 1 : median(siblings.map(({ threshold }) => threshold));
  }
}

/** Elementwise median of known edges; NaN when none is. */
export function medianEdges(edges: readonly Edges[]): Edges {
  const [only] = edges;
  if (edges.length === 1 && only !== undefined) {
    return only;
  }
  return {
    expected: median(edges.map(({ expected }) => expected)),
    lower: median(edges.map(({ lower }) => lower)),
    upper: median(edges.map(({ upper }) => upper)),
  };
}
