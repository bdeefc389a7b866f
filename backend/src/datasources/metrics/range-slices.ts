import { labelKey, type Series } from '../../timeseries/series.ts';

/** Prometheus refuses a query with more points than this for a series. */
export const maxPointsPerQuery = 11_000;
/** One sample in the JSON answer: `[1795577101.156,"12.53888888888889"],`. */
const bytesPerSample = 40;
// JSON.parse handles about 100 MB/s and blocks the event loop meanwhile: 2 MB keep that near 20 ms.
const bytesPerSlice = 2_000_000;

/**
 * How many points the next query of a long range may ask for, so that its answer stays small.
 * @param seriesCount series in the latest answer, or the most that are allowed before there was one
 */
export function pointsPerSlice(seriesCount: number): number {
  const points = Math.floor(bytesPerSlice / (bytesPerSample * Math.max(1, seriesCount)));
  return Math.min(maxPointsPerQuery, Math.max(1, points));
}

interface Growing {
  readonly labels: Series['labels'];
  readonly timestampsMs: number[];
  readonly values: number[];
}

/** Joins the answers to consecutive slices: same label sets become one series. */
export class SliceJoiner {
  readonly #byLabels = new Map<string, Growing>();

  get size(): number {
    return this.#byLabels.size;
  }

  /** Slices must be added in time's order and not overlap. */
  add(slice: readonly Series[]): void {
    for (const { labels, timestampsMs, values } of slice) {
      const key = labelKey(labels);
      const known = this.#byLabels.get(key) ?? { labels, timestampsMs: [], values: [] };
      this.#byLabels.set(key, known);
      for (const [i, timestampMs] of timestampsMs.entries()) {
        known.timestampsMs.push(timestampMs);
        known.values.push(values[i] ?? NaN);
      }
    }
  }

  /** What was joined; empties the joiner. */
  series(): Series[] {
    const all = [...this.#byLabels.values()];
    this.#byLabels.clear();
    // Copies, since arrays that grew by pushing hold up to half as much again as they need.
    return all.map(({ labels, timestampsMs, values }) => ({
      labels,
      timestampsMs: timestampsMs.slice(),
      values: values.slice(),
    }));
  }
}
