import type { Labels } from '../timeseries/series.ts';
import { type Column, hasValue } from './promql/column.ts';
import { type Grid, instantMs, type Value } from './promql/evaluation.ts';
import type { RawSeries } from './promql/select.ts';

/** Texts beside the data, which Grafana shows as badges. */
export interface Remarks {
  readonly infos: readonly string[];
  readonly warnings: readonly string[];
}

/** A value as the Prometheus API writes it: text, with `+Inf`, `-Inf` and `NaN`. */
export function valueText(value: number): string {
  if (Number.isFinite(value)) {
    return String(value);
  }
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function sampleText(ms: number, value: number): string {
  return `[${ms / 1000},"${valueText(value)}"]`;
}

/** The answer of an instant query, piece by piece. */
export function* instantJson(value: Value, atMs: number, remarks: Remarks): Generator<string> {
  if (value.kind === 'scalar') {
    yield head('scalar') + sampleText(atMs, value.values[0] ?? NaN);
  } else if (value.kind === 'string') {
    yield `${head('string')}[${atMs / 1000},${JSON.stringify(value.text)}]`;
  } else {
    yield `${head('vector')}[`;
    let separator = '';
    for (const column of value.columns.filter(hasValue)) {
      yield `${separator}{"metric":${JSON.stringify(column.labels)},"value":${sampleText(atMs, column.values[0] ?? NaN)}}`;
      separator = ',';
    }
    yield ']';
  }
  yield tail(remarks);
}

/** The answer of a range query, one piece a series. A scalar becomes a series without labels. */
export function* rangeJson(value: Value, grid: Grid, remarks: Remarks): Generator<string> {
  // The first half of each sample is the same for all series.
  const stamps = Array.from({ length: grid.count }, (_, step) => `[${instantMs(grid, step) / 1000},"`);
  yield `${head('matrix')}[`;
  let separator = '';
  for (const column of columnsOf(value).filter(hasValue)) {
    yield `${separator}{"metric":${JSON.stringify(column.labels)},"values":[${samplesText(column, stamps)}]}`;
    separator = ',';
  }
  yield `]${tail(remarks)}`;
}

function samplesText({ values, present }: Column, stamps: readonly string[]): string {
  let text = '';
  for (let step = 0; step < stamps.length; step++) {
    if (present[step] === 1) {
      text += `${text === '' ? '' : ','}${stamps[step]}${valueText(values[step] ?? NaN)}"]`;
    }
  }
  return text;
}

function columnsOf(value: Value): readonly Column[] {
  if (value.kind === 'scalar') {
    return [{ labels: {}, values: value.values, present: new Uint8Array(value.values.length).fill(1) }];
  }
  return value.kind === 'vector' ? value.columns : [];
}

/** The answer of an instant query for a range vector: samples as they are. */
export function* rawJson(series: readonly RawSeries[], remarks: Remarks): Generator<string> {
  yield `${head('matrix')}[`;
  let separator = '';
  for (const { labels, timestampsMs, values } of series) {
    const samples = timestampsMs.map((ms, i) => sampleText(ms, values[i] ?? NaN)).join(',');
    yield `${separator}{"metric":${JSON.stringify(labels)},"values":[${samples}]}`;
    separator = ',';
  }
  yield `]${tail(remarks)}`;
}

/** The answer of every other endpoint. */
export function dataJson(data: unknown, remarks: Remarks): string {
  return `{"status":"success","data":${JSON.stringify(data)}${remarksText(remarks)}}`;
}

function head(resultType: string): string {
  return `{"status":"success","data":{"resultType":"${resultType}","result":`;
}

function tail(remarks: Remarks): string {
  return `}${remarksText(remarks)}}`;
}

function remarksText({ warnings, infos }: Remarks): string {
  const warningText = warnings.length === 0 ? '' : `,"warnings":${JSON.stringify(warnings)}`;
  return infos.length === 0 ? warningText : `${warningText},"infos":${JSON.stringify(infos)}`;
}

/** Sorted as the Prometheus API does it: by label names and values. */
export function inLabelOrder<T>(items: readonly T[], labelsOf: (item: T) => Labels): T[] {
  return items
    .map((item) => ({ item, pairs: Object.entries(labelsOf(item)).sort(byName).flat() }))
    .sort((a, b) => comparePairs(a.pairs, b.pairs))
    .map(({ item }) => item);
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return compareText(a, b);
}

function comparePairs(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareText(a[i] ?? '', b[i] ?? '');
    if (order !== 0) {
      return order;
    }
  }
  return a.length - b.length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
