import { useMemo } from 'react';
import { Alert } from '@grafana/ui';
import { t } from '@grafana/i18n';
import { useAnomalyChart } from '../../api/useAnomalies.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import type { AnomalyRecord, JobForecast } from '../../../backend/src/contract/index.ts';
import { JobChart } from '../forecasts/JobChart.tsx';

interface AnomalyChartProps {
  readonly anomaly: AnomalyRecord;
  readonly unit: string | undefined;
}

const leastAroundMs = 15 * 60_000;
/** Lengths of the anomaly to each side: it then is a twentieth of the picture, wide enough to be seen. */
const lengthsAround = 10;

/** The anomaly with some time around it, within what the chart holds. */
function rangeOf({ observed, band }: JobForecast, anomaly: AnomalyRecord) {
  const grids = [
    ...(observed === null ? [] : [{ ...observed, count: observed.values.length }]),
    ...(band === null ? [] : [{ ...band, count: band.expected.length }]),
  ].filter(({ count }) => count > 0);
  const endMs = anomaly.endedAtMs ?? anomaly.seenToMs;
  const aroundMs = Math.max(leastAroundMs, lengthsAround * (endMs - anomaly.startedAtMs));
  const wanted = { fromMs: anomaly.startedAtMs - aroundMs, toMs: endMs + aroundMs };
  return grids.length === 0
    ? wanted
    : {
        fromMs: Math.max(wanted.fromMs, Math.min(...grids.map(({ startMs }) => startMs))),
        toMs: Math.min(
          wanted.toMs,
          Math.max(...grids.map(({ startMs, stepMs, count }) => startMs + (count - 1) * stepMs))
        ),
      };
}

/** The anomaly itself as a region, when the chart was made without it. */
function withRegion(chart: JobForecast, anomaly: AnomalyRecord): JobForecast {
  if (chart.anomalies.length > 0) {
    return chart;
  }
  const region = {
    startMs: anomaly.startedAtMs,
    endMs: anomaly.endedAtMs ?? anomaly.seenToMs,
    direction: anomaly.direction ?? 'above',
    peakScore: anomaly.peakScore ?? 1,
    peakValue: anomaly.peakValue ?? 0,
    peakMs: anomaly.peakAtMs ?? anomaly.startedAtMs,
    expectedAtPeak: anomaly.expectedAtPeak ?? 0,
  };
  return { ...chart, anomalies: [region] };
}

/** Observed values, band and the anomaly's region, with the time around it. */
export function AnomalyChart({ anomaly, unit }: AnomalyChartProps) {
  const chart = useAnomalyChart(anomaly.id);
  const shown = useMemo(
    () => (chart.data === undefined ? undefined : withRegion(chart.data, anomaly)),
    [chart.data, anomaly]
  );
  const range = useMemo(
    () => (shown === undefined ? { fromMs: 0, toMs: 0 } : rangeOf(shown, anomaly)),
    [shown, anomaly]
  );
  if (chart.error !== null) {
    return <ErrorNotice error={chart.error} onRetry={() => void chart.refetch()} />;
  }
  if (shown !== undefined && shown.observed === null && shown.band === null) {
    return (
      <Alert
        severity="info"
        title={shown.observedError ?? t('anomaly.noChart', 'There are no values to draw for this anomaly')}
      />
    );
  }
  return (
    <JobChart
      forecast={shown}
      loading={chart.isPending}
      fallbackName={anomaly.job}
      unit={unit}
      range={range}
      nowMs={anomaly.seenToMs}
    />
  );
}
