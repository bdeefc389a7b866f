import path from 'node:path';
import { z } from 'zod';
import type { RegularSeries } from '../../../../backend/src/timeseries/series.ts';
import { median } from '../../../../backend/src/timeseries/quantiles.ts';
import type { Span } from '../../anomalies/vus-pr.ts';
import { parseCsv, readData } from '../../data.ts';
import { probationRows, type Judged } from './scorer.ts';

/** One file: its rows in their order as if they were one step apart, which most are. */
export interface NabStream extends Judged {
  /** Category and name. */
  readonly file: string;
  readonly series: RegularSeries;
}

const Windows = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));

/** All files that the windows are given for, in the order of their names: kinds are mixed in a sample of the first. */
export function readNab(dataDir: string): NabStream[] {
  const windows = Windows.parse(JSON.parse(readData(dataDir, 'nab/labels/combined_windows.json')));
  return Object.entries(windows)
    .sort(([a], [b]) => (path.basename(a) < path.basename(b) ? -1 : 1))
    .map(([file, edges]) => readStream(dataDir, file, edges));
}

function readStream(dataDir: string, file: string, edges: ReadonlyArray<readonly [string, string]>): NabStream {
  const [, ...rows] = parseCsv(readData(dataDir, `nab/data/${file}.gz`));
  const timesMs = rows.map(([time = '']) => instantMs(time));
  const rowOf = (edge: string) => {
    const row = timesMs.indexOf(instantMs(edge));
    if (row === -1) {
      throw new Error(
        `${file} has no row at ${edge}, where a window of nab/labels/combined_windows.json begins or ends.`
      );
    }
    return row;
  };
  const steps = Float64Array.from(timesMs.slice(1), (time, i) => time - timesMs[i]!);
  return {
    file,
    series: {
      startMs: timesMs[0] ?? 0,
      stepMs: median(steps),
      values: Float64Array.from(rows, ([, value = '']) => (value.trim() === '' ? NaN : Number(value))),
    },
    rows: rows.length,
    windows: edges.map(([first, last]): Span => ({ from: rowOf(first), to: rowOf(last) })),
    probation: probationRows(rows.length),
  };
}

/** Times have no zone: which one is the same for all rows and windows of a file. */
function instantMs(text: string): number {
  return Date.parse(`${text.trim().replace(' ', 'T')}Z`);
}
