import { z } from 'zod';
import { parseSampleValue } from '../../datasources/metrics/matrix-text.ts';
import { labelKey } from '../../timeseries/series.ts';
import type { Row } from './delimited.ts';
import { readRows } from './delimited-series.ts';
import { TableError } from './table-error.ts';
import { epochToMs, epochUnitOf } from './times.ts';
import type { FileContent, FileSeries, TableHints } from './understanding.ts';

const LabelMap = z.record(z.string(), z.string());
const Pair = z.tuple([z.number(), z.union([z.string(), z.number()])]);
const PrometheusJson = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.enum(['matrix', 'vector']),
    result: z.array(z.object({ metric: LabelMap, values: z.array(Pair).optional(), value: Pair.optional() })),
  }),
});
/** The `result` of such an answer alone, as `jq .data.result` leaves it. */
const PrometheusResult = z.array(z.object({ metric: LabelMap, values: z.array(Pair) })).min(1);
const PrometheusError = z.object({ status: z.literal('error'), error: z.string() });
const GraphiteJson = z
  .array(z.object({ target: z.string(), datapoints: z.array(z.tuple([z.number().nullable(), z.number()])) }))
  .min(1);
const NetdataJson = z.object({
  labels: z.array(z.string()).min(2),
  data: z.array(z.array(z.number().nullable())),
});
const CloudWatchJson = z.object({
  MetricDataResults: z.array(
    z.object({
      Id: z.string().optional(),
      Label: z.string(),
      Timestamps: z.array(z.string()),
      Values: z.array(z.number()),
    })
  ),
});
const Records = z.array(z.record(z.string(), z.unknown())).min(1);
/** Where tools put their rows: Zabbix `result`, Splunk `results`, CloudWatch statistics `Datapoints`. */
const Wrapped = z.union([
  z.object({ result: Records }).transform(({ result }) => result),
  z.object({ results: Records }).transform(({ results }) => results),
  z.object({ Datapoints: Records }).transform(({ Datapoints }) => Datapoints),
  z.object({ data: Records }).transform(({ data }) => data),
]);

/** `up{job="a"}` from a label set. */
export function seriesTitle(labels: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name || '{}' : `${name}{${pairs.join(', ')}}`;
}

function content(format: string, series: readonly FileSeries[], badRows: FileContent['badRows'] = []): FileContent {
  const points = series.reduce((sum, { points: some }) => sum + some.length, 0);
  return { series, facts: [['format', format]], rowsRead: points + badRows.length, badRows };
}

function epochMs(value: number): number {
  const unit = epochUnitOf(value);
  return unit === undefined ? NaN : epochToMs(value, unit);
}

function fromPrometheus({ data }: z.infer<typeof PrometheusJson>): FileContent {
  if (data.resultType === 'vector') {
    throw new TableError(
      'it is the answer of an instant query: one moment can not be forecast; ask query_range for a history'
    );
  }
  const series = data.result.map(({ metric, values }) => ({
    name: seriesTitle(metric),
    labels: metric,
    unit: undefined,
    points: (values ?? []).map(([time, value]) => ({
      ms: Math.round(time * 1_000),
      value: parseSampleValue(String(value)),
    })),
  }));
  return content('answer of the Prometheus API (query_range), epoch s', series);
}

function fromGraphite(targets: z.infer<typeof GraphiteJson>): FileContent {
  const series = targets.map(({ target, datapoints }) => ({
    name: target,
    labels: {},
    unit: undefined,
    points: datapoints.map(([value, time]) => ({ ms: epochMs(time), value: value ?? NaN })),
  }));
  return content('Graphite JSON, epoch s', series);
}

function fromNetdata({ labels, data }: z.infer<typeof NetdataJson>): FileContent {
  const series = labels.slice(1).map((name, i) => ({
    name,
    labels: {},
    unit: undefined,
    points: data.map((row) => ({ ms: epochMs(row[0] ?? NaN), value: row[i + 1] ?? NaN })),
  }));
  return content('Netdata JSON, epoch s', series);
}

function fromCloudWatch({ MetricDataResults: results }: z.infer<typeof CloudWatchJson>): FileContent {
  const series = results.map(({ Label: name, Timestamps: times, Values: values }) => ({
    name,
    labels: {},
    unit: undefined,
    points: times.map((time, i) => ({ ms: Date.parse(time), value: values[i] ?? NaN })),
  }));
  return content('CloudWatch get-metric-data JSON', series);
}

function cellOf(value: unknown): string {
  return value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : `${value as string}`;
}

/** Objects with the same keys are rows of a table. */
function fromRecords(records: z.infer<typeof Records>, hints: TableHints, what: string): FileContent {
  const header = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows: Row[] = records.map((record, i) => ({ line: i + 1, cells: header.map((key) => cellOf(record[key])) }));
  const read = readRows([{ line: 0, cells: header }, ...rows], ',', hints);
  return { ...read, facts: [['format', what], ...read.facts.filter(([name]) => name !== 'format')] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length > 1 && lines.every((line) => line.startsWith('{') && line.trimEnd().endsWith('}'))) {
      return lines.map((line, i) => parseLine(line, i + 1));
    }
    throw new TableError(`it begins like JSON but is broken: ${error instanceof Error ? error.message : ''}`);
  }
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new TableError(`line ${number} is no JSON object`);
  }
}

/** Series of a JSON text of any tool that is known, or of a list of objects. @throws TableError for other JSON */
export function readJsonSeries(text: string, hints: TableHints): FileContent {
  const json = parseJson(text);
  const failed = PrometheusError.safeParse(json);
  if (failed.success) {
    throw new TableError(`it is an error that Prometheus answered: ${failed.data.error}`);
  }
  const prometheus = PrometheusJson.safeParse(json);
  const result = PrometheusResult.safeParse(json);
  const graphite = GraphiteJson.safeParse(json);
  const netdata = NetdataJson.safeParse(json);
  const cloudWatch = CloudWatchJson.safeParse(json);
  const records = Records.safeParse(json);
  const wrapped = Wrapped.safeParse(json);
  if (prometheus.success) {
    return fromPrometheus(prometheus.data);
  }
  if (result.success) {
    return fromPrometheus({ status: 'success', data: { resultType: 'matrix', result: result.data } });
  }
  if (graphite.success) {
    return fromGraphite(graphite.data);
  }
  if (netdata.success) {
    return fromNetdata(netdata.data);
  }
  if (cloudWatch.success) {
    return fromCloudWatch(cloudWatch.data);
  }
  if (records.success) {
    return fromRecords(records.data, hints, `JSON, ${records.data.length} objects`);
  }
  if (wrapped.success) {
    return fromRecords(wrapped.data, hints, `JSON, ${wrapped.data.length} objects`);
  }
  throw new TableError(
    'it is JSON of an unknown form; expected an answer of Prometheus, Graphite, Netdata or CloudWatch, or a list of objects with a time and a value'
  );
}

/** Collects points by label set. */
export class SeriesByLabels {
  readonly #byKey = new Map<string, FileSeries & { readonly points: Array<{ ms: number; value: number }> }>();

  add(labels: Record<string, string>, ms: number, value: number): void {
    const key = labelKey(labels);
    const known = this.#byKey.get(key) ?? { name: seriesTitle(labels), labels, points: [], unit: undefined };
    this.#byKey.set(key, known);
    known.points.push({ ms, value });
  }

  content(format: string, badRows: FileContent['badRows']): FileContent {
    return content(format, [...this.#byKey.values()], badRows);
  }
}
