import { emptySeries, layOnGrid, type Grid } from '../../timeseries/on-grid.ts';
import { labelKey, type LabelledSeries } from '../../timeseries/series.ts';
import type { Pacer } from '../../pacer.ts';
import type { UnreadSeries } from './prometheus-reply.ts';

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

/**
 * Joins the answers to consecutive slices of a range: same label sets become one series. Samples are laid on the grid of
 * the range as they come, so that of a long answer only the values stay, at 8 bytes each.
 */
export class SliceJoiner {
  readonly #grid: Grid;
  readonly #byLabels = new Map<string, LabelledSeries>();

  /** @param grid of the whole range */
  constructor(grid: Grid) {
    this.#grid = grid;
  }

  get size(): number {
    return this.#byLabels.size;
  }

  async add(slice: readonly UnreadSeries[], pacer: Pacer): Promise<void> {
    for (const { labels, read } of slice) {
      const key = labelKey(labels);
      const known = this.#byLabels.get(key) ?? { labels, ...emptySeries(this.#grid) };
      this.#byLabels.set(key, known);
      layOnGrid(known, read());
      if (pacer.due()) {
        await pacer.pause();
      }
    }
  }

  /** What was joined; empties the joiner. */
  series(): LabelledSeries[] {
    const all = [...this.#byLabels.values()];
    this.#byLabels.clear();
    return all;
  }
}
