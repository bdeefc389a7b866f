import { parseCsv, readData } from '../data.ts';
import type { ForecastUnit } from './units.ts';

export interface SetSeries {
  readonly name: string;
  readonly values: Float64Array;
  /** The epoch when the set has no instants. */
  readonly startMs: number;
  readonly stepMs: number;
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
const weekMs = 7 * 24 * hourMs;

/** One series of M4 with what came after it. */
export interface M4Series extends SetSeries {
  readonly future: Float64Array;
}

export function readM4(dataDir: string, frequency: 'Hourly' | 'Weekly'): M4Series[] {
  const stepMs = frequency === 'Hourly' ? hourMs : weekMs;
  const futures = new Map(m4Rows(dataDir, `m4/${frequency}-test.csv.gz`));
  return m4Rows(dataDir, `m4/${frequency}-train.csv.gz`).map(([name, values]) => ({
    name,
    values,
    future: futures.get(name) ?? new Float64Array(0),
    startMs: 0,
    stepMs,
  }));
}

/** Series lie in rows, left-aligned after their name, with empty cells behind the end. */
function m4Rows(dataDir: string, file: string): Array<readonly [name: string, values: Float64Array]> {
  const [, ...rows] = parseCsv(readData(dataDir, file));
  return rows.map(([name = '', ...cells]) => [
    name,
    Float64Array.from(
      cells.filter((cell) => cell !== ''),
      Number
    ),
  ]);
}

/** Loads of a transformer by the quarter of an hour: six loads and the oil temperature. */
export function readEtt(dataDir: string, transformer: 1 | 2): SetSeries[] {
  return readColumns(dataDir, `ett/ETTm${transformer}.csv.gz`, 15 * minuteMs, () => true);
}

/** Calls and their latency in the Robot Shop demo, each 10 seconds. */
export function readApplication(dataDir: string): SetSeries[] {
  const used = ['Robot-Shop:latency.mean', 'Robot-Shop:calls.sum'];
  return readColumns(dataDir, 'bizitobs/Application.csv.gz', 10_000, (name) => used.includes(name));
}

/** The lead-to-cash process each 5 minutes, without its two alert flags. */
export function readLeadToCash(dataDir: string): SetSeries[] {
  const flags = ['Unable to connect to SAP', 'Approval system not available'];
  return readColumns(dataDir, 'bizitobs/L2C.csv.gz', 5 * minuteMs, (name) => !flags.includes(name));
}

function readColumns(dataDir: string, file: string, stepMs: number, isUsed: (name: string) => boolean): SetSeries[] {
  const [header = [], ...rows] = parseCsv(readData(dataDir, file));
  // Without a zone the instants are taken for UTC: only their place in the day is used.
  const start = (rows[0]?.[0] ?? '').replace(' ', 'T').replace(/([+-]\d\d:\d\d)?$/, (zone) => zone || 'Z');
  const startMs = Date.parse(start);
  return header.flatMap((name, column) =>
    column > 0 && isUsed(name)
      ? [{ name, values: Float64Array.from(rows, (row) => Number(row[column])), startMs, stepMs }]
      : []
  );
}

/** Means over each hour; the series starts at a full hour. */
export function hourlyMeans(series: SetSeries): SetSeries {
  const group = hourMs / series.stepMs;
  const values = Float64Array.from({ length: Math.floor(series.values.length / group) }, (_, i) =>
    series.values.subarray(i * group, (i + 1) * group).reduce((sum, value) => sum + value / group, 0)
  );
  return { ...series, values, stepMs: hourMs };
}

export interface Windows {
  readonly horizon: number;
  readonly count: number;
}

/** The last `count` windows of a horizon each, without overlap; each forecast may use everything before its window. */
export function rollingUnits(set: string, series: SetSeries, { horizon, count }: Windows): ForecastUnit[] {
  const { name, values, startMs, stepMs } = series;
  return Array.from({ length: count }, (_, window) => {
    const origin = values.length - (count - window) * horizon;
    return {
      id: `${set}/${name}/${origin}+${horizon}`,
      series: name,
      history: values.subarray(0, origin),
      actual: values.subarray(origin, origin + horizon),
      startMs,
      stepMs,
    };
  });
}

/** The one forecast of an M4 series. */
export function m4Unit(set: string, { name, values, future, startMs, stepMs }: M4Series): ForecastUnit {
  const id = `${set}/${name}/${values.length}+${future.length}`;
  return { id, series: name, history: values, actual: future, startMs, stepMs };
}
