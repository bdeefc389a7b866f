import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { BandArrays, ForecastOutcome } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';

const size = { width: 900, height: 320 } as const;
/** Four times as much history as forecast is drawn: enough to see the rhythm, and the forecast stays readable. */
const historyPerForecast = 4;
const leastHistoryPoints = 300;
/** More points than the picture has pixels would only make the file large. */
const maxHistoryPoints = 4_000;

/** One way of writing each unit of time, without AM and PM. */
const timeFormats = {
  minutes: '%H:%M',
  hours: '%H:%M',
  day: '%b %d',
  date: '%b %d',
  week: '%b %d',
  month: '%b %Y',
  year: '%Y',
} as const;

interface Row {
  readonly time: number;
  readonly value?: number;
  /** The line of the history breaks where this changes: a gap was not measured and is not drawn. */
  readonly part?: number;
  readonly expected?: number;
  readonly lower?: number;
  readonly upper?: number;
  readonly level?: string;
}

function historyRows({ history, forecast }: ForecastOutcome): Row[] {
  const ahead = forecast?.expected.length ?? maxHistoryPoints;
  const shown = Math.min(maxHistoryPoints, Math.max(leastHistoryPoints, historyPerForecast * ahead));
  return lineRows(history, Math.max(0, history.values.length - shown));
}

/** Points of a line from the index `from` on, in parts that end at gaps. */
export function lineRows(series: RegularSeries, from = 0): Row[] {
  let part = 0;
  return Array.from(series.values.subarray(from), (value, i) => {
    part += Number.isFinite(value) ? 0 : 1;
    return { time: series.startMs + (from + i) * series.stepMs, value, part };
  }).filter(({ value }) => Number.isFinite(value));
}

function bandRows(band: BandArrays | undefined): Row[] {
  if (band === undefined) {
    return [];
  }
  const at = (i: number) => band.startMs + i * band.stepMs;
  const expected = Array.from(band.expected, (value, i) => ({ time: at(i), expected: value }));
  const bounds = band.levels.flatMap(({ levelPercent, lower, upper }) =>
    Array.from(lower, (value, i) => ({ time: at(i), lower: value, upper: upper[i] ?? NaN, level: `${levelPercent}%` }))
  );
  return [...expected, ...bounds];
}

/** The x axis of every picture. */
export function timeAxis(field: string) {
  const axis = { format: timeFormats, tickCount: 9 } as const;
  return { field, type: 'temporal', title: 'UTC', scale: { type: 'utc' }, axis } as const;
}

/** The y axis of every picture. */
export function valueAxis(field: string, unit: string) {
  return { field, type: 'quantitative', title: unit, scale: { zero: false } } as const;
}

/** Size, title and background of every picture. */
export function frame(title: string, subtitle: string) {
  const $schema = 'https://vega.github.io/schema/vega-lite/v6.json';
  return { $schema, ...size, title: { text: title, subtitle }, background: 'white' } as const;
}

/** The observed values as a line. */
export function lineLayer(unit: string) {
  return {
    transform: [{ filter: 'isValid(datum.value)' }],
    mark: { type: 'line' as const, color: '#37872d', strokeWidth: 1.2 },
    encoding: { x: timeAxis('time'), y: valueAxis('value', unit), detail: { field: 'part', type: 'nominal' as const } },
  };
}

function legend(band: BandArrays | undefined): string {
  const levels = band?.levels.map(({ levelPercent }) => `${levelPercent}%`).join(' and ') ?? '';
  return band === undefined ? 'history' : `history green, forecast dashed, the bands that promise ${levels} shaded`;
}

function specOf(outcome: ForecastOutcome, title: string, unit: string): TopLevelSpec {
  const x = timeAxis('time');
  const y = (field: string) => valueAxis(field, unit);
  return {
    ...frame(title, legend(outcome.forecast)),
    data: { values: [...historyRows(outcome), ...bandRows(outcome.forecast)] },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.lower)' }],
        mark: { type: 'area', opacity: 0.22, color: '#3274d9' },
        encoding: { x, y: y('lower'), y2: { field: 'upper' }, detail: { field: 'level', type: 'nominal' } },
      },
      lineLayer(unit),
      {
        transform: [{ filter: 'isValid(datum.expected)' }],
        mark: { type: 'line', color: '#3274d9', strokeDash: [6, 4], strokeWidth: 1.8 },
        encoding: { x, y: y('expected') },
      },
    ],
  };
}

/** The picture of a chart as an SVG text. */
export async function svgOf(chart: TopLevelSpec): Promise<string> {
  const view = new vega.View(vega.parse(compile(chart).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** An SVG picture: history as a line, forecast dashed, bands shaded; times in UTC. */
export function renderSvg(
  outcome: ForecastOutcome,
  { name, unit }: { readonly name: string; readonly unit: string | undefined }
): Promise<string> {
  return svgOf(specOf(outcome, name, unit ?? ''));
}
