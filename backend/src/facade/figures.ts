import type { Direction } from '../contract/job.ts';
import { scoreSeries } from '../detection/score.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import type { Figure } from './own-names.ts';
import type { OwnSeries } from './own-series.ts';

/** How long the latest observed value speaks for now while the next one is late, as in Prometheus. */
const staleAfterMs = 300_000;

/** The values of a served series, without its labels. */
type FigureSeries = Omit<OwnSeries, 'labels'>;

/** True for what tells the present: it has no sample after now. */
export function isPresentTense(figure: Figure): boolean {
  return figure.kind === 'observed' || figure.kind === 'score' || figure.kind === 'anomalous';
}

/** How long before an instant a present-tense sample may lie and still speak for it. */
export function presentHoldMs(stepMs: number): number {
  return Math.max(stepMs, staleAfterMs);
}

/**
 * Computes one figure of a forecast series.
 * @returns undefined when what it is made from is missing
 */
export function figureSeries(
  figure: Figure,
  { band, observed }: { readonly band: BandArrays | undefined; readonly observed: RegularSeries | undefined },
  direction: Direction,
  { endMs, nowMs }: { readonly endMs: number; readonly nowMs: number }
): FigureSeries | undefined {
  if (!isPresentTense(figure)) {
    return band === undefined ? undefined : forecastFigure(figure, band);
  }
  if (observed === undefined) {
    return undefined;
  }
  const values = presentValues(figure, observed, band, direction);
  return values === undefined ? undefined : untilNow({ ...observed, values }, endMs, nowMs);
}

function forecastFigure(figure: Figure, { startMs, stepMs, expected, levels }: BandArrays): FigureSeries | undefined {
  if (figure.kind !== 'lower' && figure.kind !== 'upper') {
    return { startMs, stepMs, values: expected };
  }
  const level = levels.find(({ levelPercent }) => levelPercent === figure.levelPercent);
  return level === undefined ? undefined : { startMs, stepMs, values: level[figure.kind] };
}

function presentValues(
  figure: Figure,
  observed: RegularSeries,
  band: BandArrays | undefined,
  direction: Direction
): Float64Array | Float32Array | undefined {
  if (figure.kind === 'observed') {
    return observed.values;
  }
  if (band === undefined) {
    return undefined;
  }
  const scores = scoreSeries(observed, band, direction);
  return figure.kind === 'score' ? scores : scores.map((score, i) => sideOf(score, i, observed, band));
}

/** 1 above the band, -1 below it, 0 inside, NaN where nothing is known. */
function sideOf(score: number, index: number, observed: RegularSeries, band: BandArrays): number {
  if (!(score > 1)) {
    return Number.isNaN(score) ? NaN : 0;
  }
  const at = Math.round((observed.startMs + index * observed.stepMs - band.startMs) / band.stepMs);
  return (observed.values[index] ?? NaN) > (band.expected[at] ?? NaN) ? 1 : -1;
}

/** Ends a series at now; the latest value is held while the next one is late, but never after now. */
function untilNow(series: FigureSeries, endMs: number, nowMs: number): FigureSeries {
  const { startMs, stepMs, values } = series;
  const known = values.subarray(0, Math.max(0, Math.floor((nowMs - startMs) / stepMs) + 1));
  if (endMs + stepMs <= nowMs) {
    return { startMs, stepMs, values: known };
  }
  const last = known.findLastIndex((value) => !Number.isNaN(value));
  const lastMs = startMs + last * stepMs;
  const holdUntilMs = Math.max(lastMs + stepMs - 1, Math.min(nowMs, lastMs + presentHoldMs(stepMs) - 1));
  return { startMs, stepMs, values: known.subarray(0, last + 1), holdUntilMs };
}
