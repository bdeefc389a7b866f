import type { LiveSeries } from './live-series.ts';
import type { HorizonForecast, SeriesScores } from './tick-scores.ts';

/** Consecutive steps of all series of a job: rows are series by their index, columns are steps. NaN where nothing is known. */
export interface SliceGrid {
  readonly steps: number;
  readonly timesMs: Float64Array;
  readonly observed: Float64Array;
  /** Expected values are the same as trained and as served. */
  readonly expected: Float32Array;
  readonly trainedLower: Float32Array;
  readonly trainedUpper: Float32Array;
  readonly lower: Float32Array;
  readonly upper: Float32Array;
  readonly scores: Float32Array;
  /** Steps at which the source answered a value of any series. */
  readonly answered: Uint8Array;
}

export function makeGrid(rows: number, fromMs: number, steps: number, stepMs: number): SliceGrid {
  const row = () => new Float32Array(rows * steps).fill(NaN);
  return {
    steps,
    timesMs: Float64Array.from({ length: steps }, (_, k) => fromMs + k * stepMs),
    observed: new Float64Array(rows * steps).fill(NaN),
    expected: row(),
    trainedLower: row(),
    trainedUpper: row(),
    lower: row(),
    upper: row(),
    scores: row(),
    answered: new Uint8Array(steps),
  };
}

/** Puts the values of a series into its row; infinite ones are no values. */
export function layRow(grid: SliceGrid, series: LiveSeries, values: Float64Array): void {
  const from = series.index * grid.steps;
  for (let k = 0; k < grid.steps; k++) {
    const value = values[k] ?? NaN;
    if (Number.isFinite(value)) {
      grid.observed[from + k] = value;
      grid.answered[k] = 1;
    }
  }
}

/** A row as writers take it; the arrays are views. */
export function rowScores(grid: SliceGrid, series: LiveSeries, horizons: readonly HorizonForecast[]): SeriesScores {
  const from = series.index * grid.steps;
  const to = from + grid.steps;
  return {
    labels: series.labels,
    timesMs: grid.timesMs,
    observed: grid.observed.subarray(from, to),
    expected: grid.expected.subarray(from, to),
    lower: grid.lower.subarray(from, to),
    upper: grid.upper.subarray(from, to),
    scores: grid.scores.subarray(from, to),
    horizons,
  };
}
