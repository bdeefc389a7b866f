import type { Band } from '../../../backend/src/contract/index.ts';
import type { ChartSeries } from '../../forecast/chartFrame.ts';
import { labelText } from '../../forecast/labelText.ts';
import type { PanelSeries } from '../../forecast/seriesFromFrames.ts';

type Figure =
  | { readonly kind: 'expected' | 'observed' }
  | { readonly kind: 'lower' | 'upper'; readonly levelPercent: number | 'widest' };

/** A series that the product serves itself: it holds a forecast already and must not be forecast again. */
export interface ServedForecast {
  readonly name: string;
  /** The job that serves it. */
  readonly job: string | undefined;
  readonly expected: PanelSeries;
  readonly observed: PanelSeries | undefined;
  readonly bounds: ReadonlyArray<{
    readonly levelPercent: number | 'widest';
    readonly lower: PanelSeries;
    readonly upper: PanelSeries;
  }>;
}

const boundName = /^yhat_(lower|upper)(?:_p(\d+(?:_\d+)?))?$/;

/** What a series of ours tells, by either dialect of names; undefined for anybody else's. */
function figureOf({ labels }: PanelSeries): Figure | undefined {
  const name = labels.ml_forecast ?? labels.__name__ ?? '';
  if (name === 'yhat' || name === 'y') {
    return { kind: name === 'yhat' ? 'expected' : 'observed' };
  }
  const [, kind, level] = boundName.exec(name) ?? [];
  if (kind !== 'lower' && kind !== 'upper') {
    return undefined;
  }
  return { kind, levelPercent: level === undefined ? 'widest' : Number(level.replace('_', '.')) };
}

/** Labels without the parts that tell one line of a forecast from another. */
function groupLabels({ labels }: PanelSeries): Record<string, string> {
  const { __name__: _name, ml_forecast: _forecast, ...rest } = labels;
  return rest;
}

function boundsOf(members: readonly PanelSeries[]): ServedForecast['bounds'] {
  const bound = (kind: 'lower' | 'upper') =>
    members.flatMap((series) => {
      const figure = figureOf(series);
      return figure?.kind === kind ? [{ levelPercent: figure.levelPercent, series }] : [];
    });
  const uppers = bound('upper');
  return bound('lower').flatMap(({ levelPercent, series: lower }) => {
    const upper = uppers.find((one) => one.levelPercent === levelPercent);
    return upper === undefined ? [] : [{ levelPercent, lower, upper: upper.series }];
  });
}

/**
 * The forecasts among a panel's series, each with its bounds.
 * A single other series is taken for what was observed, as in a panel that mixes the metric with its forecast.
 * @returns an empty list when the panel shows no forecast of ours
 */
export function servedForecasts(all: readonly PanelSeries[]): ServedForecast[] {
  const groups = new Map<string, PanelSeries[]>();
  for (const series of all.filter((one) => figureOf(one) !== undefined)) {
    const key = JSON.stringify(groupLabels(series));
    groups.set(key, [...(groups.get(key) ?? []), series]);
  }
  const others = all.filter((one) => figureOf(one) === undefined);
  const alone = groups.size === 1 && others.length === 1 ? others[0] : undefined;
  return [...groups.values()].flatMap((members): ServedForecast[] => {
    const expected = members.find((one) => figureOf(one)?.kind === 'expected');
    if (expected === undefined) {
      return [];
    }
    const labels = groupLabels(expected);
    const observed = members.find((one) => figureOf(one)?.kind === 'observed') ?? alone;
    const name = observed?.name ?? labelText(labels, expected.name);
    return [{ name, job: labels.for, expected, observed, bounds: boundsOf(members) }];
  });
}

interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly length: number;
}

function onGrid(series: PanelSeries, { startMs, stepMs, length }: Grid): Array<number | null> {
  const values = new Array<number | null>(length).fill(null);
  series.timestampsMs.forEach((timeMs, i) => {
    const index = Math.round((timeMs - startMs) / stepMs);
    if (index >= 0 && index < length) {
      values[index] = series.values[i] ?? null;
    }
  });
  return values;
}

function gridOf(served: ServedForecast, stepMs: number): Grid {
  const times = [served.expected, ...(served.observed === undefined ? [] : [served.observed])].flatMap((one) => [
    one.timestampsMs[0] ?? 0,
    one.timestampsMs.at(-1) ?? 0,
  ]);
  const startMs = Math.min(...times);
  return { startMs, stepMs, length: Math.round((Math.max(...times) - startMs) / stepMs) + 1 };
}

/** What the chart draws of a served forecast; `widestPercent` is the level behind the names without a suffix. */
export function chartOfServed(
  served: ServedForecast,
  stepMs: number,
  widestPercent: number
): Pick<ChartSeries, 'name' | 'observed' | 'bands' | 'anomalies'> {
  const grid = gridOf(served, stepMs);
  const { startMs } = grid;
  const band: Band = {
    startMs,
    stepMs,
    expected: onGrid(served.expected, grid),
    levels: served.bounds.map(({ levelPercent, lower, upper }) => ({
      levelPercent: levelPercent === 'widest' ? widestPercent : levelPercent,
      lower: onGrid(lower, grid),
      upper: onGrid(upper, grid),
    })),
  };
  const observed = served.observed === undefined ? null : { startMs, stepMs, values: onGrid(served.observed, grid) };
  return { name: served.name, observed, bands: [band], anomalies: [] };
}
