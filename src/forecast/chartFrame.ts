import { FieldColorModeId, FieldType, type DataFrame, type Field, type FieldConfig } from '@grafana/data';
import { t } from '@grafana/i18n';
import type { Anomaly, Band, Preview } from '../../backend/src/contract/index.ts';

/** Everything one series draws. */
export interface ChartSeries {
  readonly name: string;
  /** Name of a colour of the theme, or one that the panel's field config gave. */
  readonly colour: string;
  readonly observed: Preview['history'] | null;
  /** Bands over the past and over the future; where both have a value the later one wins. */
  readonly bands: readonly Band[];
  readonly anomalies: readonly Anomaly[];
  /** Unit, decimals, limits, thresholds as in a time series panel. */
  readonly config: FieldConfig;
}

export interface ChartRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export type Cell = number | null | undefined;

/** What a point of one series is, by its time: the tooltip reads it. */
export interface ChartPoint {
  readonly observed: Cell;
  readonly expected: Cell;
  readonly bounds: ReadonlyArray<{ readonly levelPercent: number; readonly lower: Cell; readonly upper: Cell }>;
}

export interface ChartNames {
  readonly observed: string;
  readonly expected: string;
  readonly lower: (levelPercent: number) => string;
  readonly upper: (levelPercent: number) => string;
}

/** Names of a series' lines; the band's fill finds its lower line by this name. */
export function chartNames(name: string): ChartNames {
  return {
    observed: name,
    expected: t('chart.expected', '{{- name}} forecast', { name }),
    lower: (levelPercent) => t('chart.lower', '{{- name}} lower {{- levelPercent}} %', { name, levelPercent }),
    upper: (levelPercent) => t('chart.upper', '{{- name}} upper {{- levelPercent}} %', { name, levelPercent }),
  };
}

interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
}

function put(
  into: Map<number, number | null>,
  { startMs, stepMs }: Grid,
  values: ReadonlyArray<number | null>,
  range: ChartRange
): void {
  values.forEach((value, i) => {
    const timeMs = startMs + i * stepMs;
    if (timeMs >= range.fromMs && timeMs <= range.toMs) {
      into.set(timeMs, value);
    }
  });
}

interface Line {
  readonly name: string;
  readonly at: Map<number, number | null>;
  readonly custom: Record<string, unknown>;
}

const noLine = {
  lineWidth: 0,
  showPoints: 'never',
  fillOpacity: 0,
  hideFrom: { legend: true, tooltip: true, viz: false },
};

function bandLines(series: ChartSeries, levels: readonly number[], range: ChartRange): Line[] {
  const names = chartNames(series.name);
  return levels.flatMap((levelPercent) => {
    const lower = new Map<number, number | null>();
    const upper = new Map<number, number | null>();
    for (const band of series.bands) {
      const level = band.levels.find((one) => one.levelPercent === levelPercent);
      put(lower, band, level?.lower ?? [], range);
      put(upper, band, level?.upper ?? [], range);
    }
    return [
      { name: names.lower(levelPercent), at: lower, custom: noLine },
      {
        name: names.upper(levelPercent),
        at: upper,
        custom: { ...noLine, fillBelowTo: names.lower(levelPercent), fillOpacity: 16 },
      },
    ];
  });
}

/** Lines of a series from the back to the front: bands, forecast, observed. */
function linesOf(series: ChartSeries, levels: readonly number[], range: ChartRange): Line[] {
  const names = chartNames(series.name);
  const expected = new Map<number, number | null>();
  for (const band of series.bands) {
    put(expected, band, band.expected, range);
  }
  const observed = new Map<number, number | null>();
  if (series.observed !== null) {
    put(observed, series.observed, series.observed.values, range);
  }
  return [
    ...bandLines(series, levels, range),
    {
      name: names.expected,
      at: expected,
      custom: { lineWidth: 1, showPoints: 'never', lineStyle: { fill: 'dash', dash: [8, 6] } },
    },
    { name: names.observed, at: observed, custom: { lineWidth: 1, showPoints: 'auto', pointSize: 4 } },
  ];
}

/** Levels of all bands, widest first, so that the narrower one is drawn over it. */
export function levelsOf(series: readonly ChartSeries[]): number[] {
  const levels = series.flatMap(({ bands }) => bands.flatMap((band) => band.levels.map((one) => one.levelPercent)));
  return [...new Set(levels)].sort((a, b) => b - a);
}

/**
 * One frame with all lines on the union of their times. A time that is not on a line's grid is undefined
 * (the line goes on), a gap in the data is null (the line breaks).
 */
export function chartFrame(series: readonly ChartSeries[], levels: readonly number[], range: ChartRange): DataFrame {
  const lines = series.flatMap((one) =>
    linesOf(one, levels, range)
      .filter(({ at }) => at.size > 0)
      .map((line) => ({ line, series: one }))
  );
  const timesMs = [...new Set(lines.flatMap(({ line }) => [...line.at.keys()]))].sort((a, b) => a - b);
  const time: Field = { name: 'Time', type: FieldType.time, config: {}, values: timesMs };
  const fields = lines.map(({ line, series: one }, i): Field => {
    return {
      name: line.name,
      type: FieldType.number,
      state: { displayName: line.name, seriesIndex: i },
      config: {
        ...one.config,
        displayName: line.name,
        color: { mode: FieldColorModeId.Fixed, fixedColor: one.colour },
        custom: { ...one.config.custom, ...line.custom, drawStyle: 'line', spanNulls: false },
      },
      values: timesMs.map((timeMs) => line.at.get(timeMs)),
    };
  });
  return { length: timesMs.length, fields: [time, ...fields] };
}

/** Reads the values of one series at row `index` of an aligned frame. */
export function pointAt(frame: DataFrame, name: string, levels: readonly number[], index: number): ChartPoint {
  const names = chartNames(name);
  const read = (field: string): Cell => {
    const value: unknown = frame.fields.find((one) => one.name === field)?.values[index];
    return typeof value === 'number' ? value : undefined;
  };
  return {
    observed: read(names.observed),
    expected: read(names.expected),
    bounds: levels.map((levelPercent) => ({
      levelPercent,
      lower: read(names.lower(levelPercent)),
      upper: read(names.upper(levelPercent)),
    })),
  };
}

/**
 * Distance of a value from its expectation in half band widths of its side: 0 as expected, 1 at the band's edge.
 * @returns undefined when value or band is missing or the band has no width
 */
export function scoreOf({ observed, expected, bounds }: ChartPoint): number | undefined {
  const widest = bounds[0];
  if (observed == null || expected == null || widest?.lower == null || widest.upper == null) {
    return undefined;
  }
  const halfWidth = observed >= expected ? widest.upper - expected : expected - widest.lower;
  return halfWidth > 0 ? Math.abs(observed - expected) / halfWidth : undefined;
}
