import { createDataFrame, FieldType, type DataFrame, type Labels } from '@grafana/data';

type Sample = [seconds: number, value: string];
export type PrometheusData =
  | { readonly resultType: 'matrix'; readonly result: Array<{ readonly metric: Labels; readonly values: Sample[] }> }
  | { readonly resultType: 'vector'; readonly result: Array<{ readonly metric: Labels; readonly value: Sample }> }
  | { readonly resultType: 'scalar' | 'string'; readonly result: Sample };

/** What a frame needs to know of its query. */
export interface FrameOrigin {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string | undefined;
  readonly stepMs: number;
  readonly asTable: boolean;
}

interface Series {
  readonly metric: Labels;
  readonly values: readonly Sample[];
}

function seriesOf(data: PrometheusData): readonly Series[] {
  switch (data.resultType) {
    case 'matrix':
      return data.result;
    case 'vector':
      return data.result.map(({ metric, value }) => ({ metric, values: [value] }));
    case 'scalar':
    case 'string':
      return [{ metric: {}, values: [data.result] }];
  }
}

function metricText(metric: Labels): string {
  const { __name__: name = '', ...labels } = metric;
  const text = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return text.length === 0 && name !== '' ? name : `${name}{${text.join(', ')}}`;
}

/** The name that a legend shows: `{{label}}` filled in; the whole metric when nothing is asked for. */
export function seriesName(metric: Labels, origin: FrameOrigin): string {
  const { legendFormat, expr } = origin;
  if (legendFormat === undefined || legendFormat === '' || legendFormat === '__auto') {
    return Object.keys(metric).length === 0 ? expr : metricText(metric);
  }
  return legendFormat.replaceAll(/\{\{\s*(.+?)\s*\}\}/g, (_all, label: string) => metric[label] ?? '');
}

const stepText = (ms: number): string => {
  const seconds = ms / 1000;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
};

function seriesFrame(series: Series, data: PrometheusData, origin: FrameOrigin, isFirst: boolean): DataFrame {
  const times = series.values.map(([seconds]) => seconds * 1000);
  const values = series.values.map(([, text]) => Number(text.replace('Inf', 'Infinity')));
  const interval = data.resultType === 'matrix' ? { interval: origin.stepMs } : {};
  return createDataFrame({
    refId: origin.refId,
    meta: {
      type: 'timeseries-multi' as never,
      typeVersion: [0, 1],
      custom: { resultType: data.resultType, ...(isFirst ? { calculatedMinStep: origin.stepMs } : {}) },
      preferredVisualisationType: 'graph',
      ...(isFirst ? { executedQueryString: `Expr: ${origin.expr}\nStep: ${stepText(origin.stepMs)}` } : {}),
    },
    fields: [
      { name: 'Time', type: FieldType.time, config: interval, values: times },
      {
        name: series.metric.__name__ ?? 'Value',
        type: FieldType.number,
        labels: series.metric,
        config: { displayNameFromDS: seriesName(series.metric, origin) },
        values,
      },
    ],
  });
}

function tableFrame(all: readonly Series[], origin: FrameOrigin): DataFrame {
  const labels = [...new Set(all.flatMap((series) => Object.keys(series.metric)))].sort();
  const rows = all.flatMap(({ metric, values }) => values.map(([seconds, text]) => ({ metric, seconds, text })));
  return createDataFrame({
    refId: origin.refId,
    meta: { preferredVisualisationType: 'table', executedQueryString: `Expr: ${origin.expr}` },
    fields: [
      { name: 'Time', type: FieldType.time, values: rows.map((row) => row.seconds * 1000) },
      ...labels.map((name) => ({ name, type: FieldType.string, values: rows.map((row) => row.metric[name] ?? '') })),
      { name: 'Value', type: FieldType.number, values: rows.map((row) => Number(row.text)) },
    ],
  });
}

/** Frames shaped as Grafana's Prometheus data source makes them: one a series, or one table. */
export function toFrames(data: PrometheusData, origin: FrameOrigin): DataFrame[] {
  const all = seriesOf(data);
  if (origin.asTable) {
    return [tableFrame(all, origin)];
  }
  return all.map((series, i) => seriesFrame(series, data, origin, i === 0));
}
