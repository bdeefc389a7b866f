import type { Labels } from '../../timeseries/series.ts';
import type { OwnSeries } from '../own-series.ts';
import type { Selector } from './ast.ts';
import { type Column, emptyColumn, put } from './column.ts';
import { type Evaluation, type Grid, instantMs, takeSamples } from './evaluation.ts';

/** The instant that a selector reads at for each step, after `@` and `offset`. */
function referencesMs(selector: Selector, grid: Grid): Float64Array {
  return Float64Array.from({ length: grid.count }, (_, step) => fixedMs(selector, grid, step) - selector.offsetMs);
}

function fixedMs(selector: Selector, grid: Grid, step: number): number {
  if (selector.at === 'evaluation') {
    return instantMs(grid, step);
  }
  if (selector.at === 'start') {
    return grid.startMs;
  }
  return selector.at === 'end' ? instantMs(grid, grid.count - 1) : selector.at.ms;
}

async function fetchSeries(
  selector: Selector,
  evaluation: Evaluation,
  refs: Float64Array
): Promise<readonly OwnSeries[]> {
  const firstMs = Math.min(refs[0] ?? 0, refs.at(-1) ?? 0);
  const lastMs = Math.max(refs[0] ?? 0, refs.at(-1) ?? 0);
  const { store, pacer } = evaluation;
  const answer = await store.select(selector.matchers, firstMs - (selector.rangeMs ?? 0), lastMs, pacer.signal);
  answer.infos.forEach((text) => evaluation.infos.add(text));
  answer.warnings.forEach((text) => evaluation.warnings.add(text));
  return answer.series;
}

/**
 * The value in force of each series that the selector matches, at each step. A sample is in force until the next
 * step of its own series (the last one until `holdUntilMs`), so gaps stay gaps.
 * @throws PromqlError `execution` when that are too many samples
 */
export async function selectInstants(selector: Selector, evaluation: Evaluation): Promise<Column[]> {
  const refs = referencesMs(selector, evaluation.grid);
  const columns: Column[] = [];
  for (const series of await fetchSeries(selector, evaluation, refs)) {
    takeSamples(evaluation, refs.length);
    columns.push(readInstants(series, refs));
    if (evaluation.pacer.due()) {
      await evaluation.pacer.pause();
    }
  }
  return columns;
}

function readInstants(series: OwnSeries, refs: Float64Array): Column {
  const column = emptyColumn(series.labels, refs.length);
  const last = series.values.length - 1;
  const holdUntilMs = series.holdUntilMs ?? series.startMs + (last + 1) * series.stepMs - 1;
  for (let step = 0; step < refs.length; step++) {
    const ref = refs[step] ?? NaN;
    const index = Math.floor((ref - series.startMs) / series.stepMs);
    const value = index < 0 || ref > holdUntilMs ? NaN : (series.values[Math.min(index, last)] ?? NaN);
    if (!Number.isNaN(value)) {
      put(column, step, value);
    }
  }
  return column;
}

/** Computes one figure from the `count` values of a window at a step. */
export type WindowFigure = (window: Float64Array, count: number, step: number) => number;

/**
 * A figure over the samples in (t - range, t] of each series, at each step.
 * @param labelsOf the labels of the figure, from those of the series
 */
export async function selectWindows(
  selector: Selector,
  evaluation: Evaluation,
  figure: WindowFigure,
  labelsOf: (labels: Labels) => Labels
): Promise<Column[]> {
  const refs = referencesMs(selector, evaluation.grid);
  const columns: Column[] = [];
  for (const series of await fetchSeries(selector, evaluation, refs)) {
    takeSamples(evaluation, refs.length + series.values.length);
    const column = emptyColumn(labelsOf(series.labels), refs.length);
    const window = new Float64Array(Math.ceil((selector.rangeMs ?? 0) / series.stepMs) + 1);
    for (let step = 0; step < refs.length; step++) {
      const ref = refs[step] ?? NaN;
      const count = fillWindow(series, ref - (selector.rangeMs ?? 0), ref, window);
      if (count > 0) {
        put(column, step, figure(window, count, step));
      }
      if (evaluation.pacer.due()) {
        await evaluation.pacer.pause();
      }
    }
    columns.push(column);
  }
  return columns;
}

function fillWindow(series: OwnSeries, afterMs: number, untilMs: number, window: Float64Array): number {
  const first = Math.max(0, Math.floor((afterMs - series.startMs) / series.stepMs) + 1);
  const last = Math.min(series.values.length - 1, Math.floor((untilMs - series.startMs) / series.stepMs));
  let count = 0;
  for (let i = first; i <= last; i++) {
    const value = series.values[i] ?? NaN;
    if (!Number.isNaN(value)) {
      window[count++] = value;
    }
  }
  return count;
}

/** Samples of a range vector as they are, for an instant query such as `yhat[1h]`. */
export interface RawSeries {
  readonly labels: Labels;
  readonly timestampsMs: readonly number[];
  readonly values: readonly number[];
}

/** The samples of a range vector at the only instant of the grid. */
export async function selectRaw(selector: Selector, evaluation: Evaluation): Promise<RawSeries[]> {
  const refs = referencesMs(selector, evaluation.grid);
  const untilMs = refs[0] ?? 0;
  const afterMs = untilMs - (selector.rangeMs ?? 0);
  const result: RawSeries[] = [];
  for (const series of await fetchSeries(selector, evaluation, refs)) {
    takeSamples(evaluation, series.values.length);
    const samples = [...series.values]
      .map((value, i) => ({ value, ms: series.startMs + i * series.stepMs }))
      .filter(({ value, ms }) => !Number.isNaN(value) && ms > afterMs && ms <= untilMs);
    if (samples.length > 0) {
      result.push({
        labels: series.labels,
        timestampsMs: samples.map(({ ms }) => ms),
        values: samples.map(({ value }) => value),
      });
    }
  }
  return result;
}
