import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { formatDurationMs, Preview, type PreviewRequestInput } from '../../backend/src/contract/index.ts';
import type { PanelSeries } from '../forecast/seriesFromFrames.ts';
import { send } from './client.ts';
import { endpoints } from './endpoints.ts';

export interface PreviewOptions {
  readonly horizonMs: number;
  readonly stepMs: number;
  readonly direction: 'above' | 'below' | 'both';
  readonly alertsPerWeek: number;
  /** The series' query, for warnings such as a counter without rate(). */
  readonly query?: string | undefined;
}

/** What the backend answers is good until the next step of the data; a forecast over weeks changes slowly. */
const previewStaleMs = 5 * 60_000;

function previewBody(series: PanelSeries, options: PreviewOptions): PreviewRequestInput {
  return {
    series: {
      labels: { ...series.labels },
      timestampsMs: series.timestampsMs.map(Math.round),
      values: [...series.values],
    },
    step: formatDurationMs(options.stepMs),
    horizon: formatDurationMs(options.horizonMs),
    direction: options.direction,
    sensitivity: options.alertsPerWeek,
    ...(options.query === undefined ? {} : { query: options.query }),
  };
}

/** Key of a preview: the series by name and end, not its ten thousand values. */
function previewKey(series: PanelSeries | undefined, options: PreviewOptions) {
  const times = series?.timestampsMs ?? [];
  return ['preview', series?.key, times[0], times.at(-1), times.length, options] as const;
}

/** A preview as a query that components share; aborted when nobody waits for it any more. */
export function previewQuery(series: PanelSeries | undefined, options: PreviewOptions) {
  return queryOptions({
    queryKey: previewKey(series, options),
    enabled: series !== undefined,
    staleTime: previewStaleMs,
    queryFn: ({ signal }) =>
      series === undefined
        ? Promise.reject(new Error('no series to forecast'))
        : send(endpoints.previewForecast(previewBody(series, options)), Preview, signal),
  });
}

/** Forecast, bands, anomalies and back-test of one series whose history the browser holds. */
export function usePreview(series: PanelSeries | undefined, options: PreviewOptions) {
  return useQuery({ ...previewQuery(series, options), placeholderData: keepPreviousData });
}
