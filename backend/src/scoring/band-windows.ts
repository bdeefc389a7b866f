import type { BandReader } from '../jobs/band-reader.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { Edges } from './served-edges.ts';

/** Series that are read and kept together. */
const blockSeries = 500;
/** Steps that are kept ahead; blocks run out at different times, so that never all are read in one tick. */
const windowSteps = { fewest: 60, most: 120 };
const numbersPerStep = 3;

interface Block {
  readonly ids: readonly string[];
  /** One piece for now and one for each horizon; empty before the first reading. */
  pieces: Float32Array[];
  startMs: number;
  steps: number;
}

export interface BandWindowsOptions {
  readonly bands: Pick<BandReader, 'readBands'>;
  readonly stepMs: number;
  /** How far ahead forecasts are asked for beside those of now. */
  readonly horizonsMs: readonly number[];
}

/**
 * The next steps of the bands of a job's series: expected value and widest level in single precision. The series are
 * known by their index in `ids`.
 */
export class BandWindows {
  readonly #options: BandWindowsOptions;
  readonly #blocks: readonly Block[];
  readonly #offsetsMs: readonly number[];

  constructor(ids: readonly string[], options: BandWindowsOptions) {
    this.#options = options;
    this.#offsetsMs = [0, ...options.horizonsMs];
    this.#blocks = Array.from({ length: Math.ceil(ids.length / blockSeries) }, (_, i) => ({
      ids: ids.slice(i * blockSeries, (i + 1) * blockSeries),
      pieces: [],
      startMs: 0,
      steps: 0,
    }));
  }

  /** Reads what is not there of [fromMs, toMs]. */
  async prepare(fromMs: number, toMs: number): Promise<void> {
    const { stepMs } = this.#options;
    const needed = Math.round((toMs - fromMs) / stepMs) + 1;
    for (const [i, block] of this.#blocks.entries()) {
      const has = fromMs >= block.startMs && toMs < block.startMs + block.steps * stepMs;
      if (!has) {
        const spread = windowSteps.most - windowSteps.fewest;
        const first =
          block.steps === 0 ? windowSteps.fewest + Math.round((spread * i) / this.#blocks.length) : undefined;
        await this.#fill(block, fromMs, Math.max(needed, first ?? windowSteps.most));
      }
    }
  }

  /** What is forecast for `timeMs` + the offset: 0 is now, 1 the first horizon. Only within what was prepared. */
  at(index: number, timeMs: number, offset = 0): Edges {
    const block = this.#blocks[Math.floor(index / blockSeries)];
    const piece = block?.pieces[offset];
    if (block === undefined || piece === undefined) {
      return { expected: NaN, lower: NaN, upper: NaN };
    }
    const step = Math.round((timeMs - block.startMs) / this.#options.stepMs);
    if (step < 0 || step >= block.steps) {
      return { expected: NaN, lower: NaN, upper: NaN };
    }
    const from = ((index % blockSeries) * block.steps + step) * numbersPerStep;
    return { expected: piece[from] ?? NaN, lower: piece[from + 1] ?? NaN, upper: piece[from + 2] ?? NaN };
  }

  async #fill(block: Block, startMs: number, steps: number): Promise<void> {
    const { bands, stepMs } = this.#options;
    const pieces: Float32Array[] = [];
    for (const offsetMs of this.#offsetsMs) {
      const piece = new Float32Array(block.ids.length * steps * numbersPerStep).fill(NaN);
      const grid = { startMs: startMs + offsetMs, stepMs, steps };
      const read = await bands.readBands(block.ids, grid.startMs, grid.startMs + (steps - 1) * stepMs);
      block.ids.forEach((id, row) => {
        const band = read.get(id);
        if (band?.stepMs === stepMs) {
          lay(band, grid, piece.subarray(row * steps * numbersPerStep, (row + 1) * steps * numbersPerStep));
        }
      });
      pieces.push(piece);
    }
    block.pieces = pieces;
    block.startMs = startMs;
    block.steps = steps;
  }
}

interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

function lay(band: BandArrays, { startMs, stepMs, steps }: Grid, onto: Float32Array): void {
  const widest = band.levels.at(-1);
  const first = Math.round((band.startMs - startMs) / stepMs);
  for (let i = Math.max(0, -first); i < band.expected.length && first + i < steps; i++) {
    const at = (first + i) * numbersPerStep;
    onto[at] = band.expected[i] ?? NaN;
    onto[at + 1] = widest?.lower[i] ?? NaN;
    onto[at + 2] = widest?.upper[i] ?? NaN;
  }
}
