import { getFieldDisplayName, type DataFrame, type Field, type PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useTheme2 } from '@grafana/ui';
import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { explain } from '../../api/api-error.ts';
import { previewQuery } from '../../api/usePreview.ts';
import type { Preview } from '../../../backend/src/contract/index.ts';
import { PanelMessage } from '../../components/PanelMessage.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { ChartSeries } from '../../forecast/chartFrame.ts';
import { ForecastChart } from '../../forecast/ForecastChart.tsx';
import { faultText, noteText } from '../../forecast/notes.ts';
import { seriesFromFrames, type PanelSeries } from '../../forecast/seriesFromFrames.ts';
import { usualSensitivity } from '../../forecast/sensitivitySteps.ts';
import { horizonChoicesMs, trainingStepMs, trainingWindowsMs } from '../../forecast/training.ts';
import { usePanelSeries } from '../../forecast/usePanelSeries.ts';
import { servedForecasts } from './facadeBands.ts';
import type { ForecastPanelOptions } from './options.ts';
import { PanelFrame } from './PanelFrame.tsx';
import { seriesColour, seriesConfig } from './seriesConfig.ts';
import { ServedPanel } from './ServedPanel.tsx';
import { visibleLevels } from './visibleLevels.ts';

function fieldNamed(frames: readonly DataFrame[], name: string): Field | undefined {
  for (const frame of frames) {
    const found = frame.fields.find((field) => getFieldDisplayName(field, frame, [...frames]) === name);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function chartSeriesOf(series: PanelSeries, preview: Preview | undefined) {
  const bands = [preview?.heldOut, preview?.forecast].filter((band) => band != null);
  return { name: series.name, observed: preview?.history ?? null, bands, anomalies: preview?.anomalies ?? [] };
}

/** The end of the dashboard may lie in the future or in the past: training ends where the data does. */
function nowOf({ data, timeRange }: PanelProps<ForecastPanelOptions>): number {
  const toMs = timeRange.to.valueOf();
  return Math.min(data.request?.endTime ?? data.request?.startTime ?? toMs, toMs);
}

/** A query that answers a forecast of ours is drawn as it is; any other is forecast on the fly. */
export function QueryPanel(props: PanelProps<ForecastPanelOptions>) {
  const { series } = props.data;
  const served = useMemo(() => servedForecasts(seriesFromFrames(series).series).length > 0, [series]);
  return served ? <ServedPanel {...props} nowMs={nowOf(props)} /> : <PreviewPanel {...props} />;
}

function PreviewPanel(props: PanelProps<ForecastPanelOptions>) {
  const { data, options, width, height, timeRange, timeZone, fieldConfig } = props;
  const theme = useTheme2();
  const windowMs = trainingWindowsMs[options.training];
  const stepMs = trainingStepMs(windowMs);
  const horizonMs = horizonChoicesMs[options.horizon];
  const nowMs = nowOf(props);
  const history = usePanelSeries({
    targets: data.request?.targets ?? [],
    scopedVars: data.request?.scopedVars ?? {},
    timeZone,
    windowMs,
    nowMs,
  });
  const all = history.data?.series ?? [];
  const shown = all.slice(0, options.maxSeries);
  const previews = useQueries({
    queries: shown.map((series) =>
      previewQuery(series, {
        horizonMs,
        stepMs,
        direction: options.direction,
        alertsPerWeek: options.alertsPerWeek ?? usualSensitivity,
      })
    ),
  });
  const range = useMemo(
    () => ({ fromMs: timeRange.from.valueOf(), toMs: Math.max(timeRange.to.valueOf(), nowMs + horizonMs) }),
    [timeRange, nowMs, horizonMs]
  );
  const previewData = previews.map((preview) => preview.data);
  const series: ChartSeries[] = shown.map((one, i) => {
    const config = seriesConfig(fieldNamed(data.series, one.name), fieldConfig);
    return { ...chartSeriesOf(one, previewData[i]), config, colour: seriesColour(config, i, theme) };
  });

  if ((data.request?.targets ?? []).length === 0) {
    return (
      <PanelMessage
        title={t('panel.noQuery.title', 'Nothing to forecast yet')}
        text={t('panel.noQuery.text', 'Add a query, or choose a job in the panel options.')}
      />
    );
  }
  const failure = history.error ?? previews.find((preview) => preview.error !== null)?.error;
  if (failure != null) {
    return <PanelMessage error {...explain(failure)} />;
  }
  if (history.isPending || previews.some((preview) => preview.isPending)) {
    return <Skeleton heightPx={height} label={t('panel.loading', 'Forecasting…')} />;
  }
  if (shown.length === 0) {
    const fault = history.data?.faults[0];
    return (
      <PanelMessage
        error={fault !== undefined}
        title={t('panel.noSeries.title', 'No time series in the answer')}
        text={
          fault === undefined
            ? t('panel.noSeries.text', 'The query answered no numeric series over time in the training window.')
            : faultText(fault)
        }
      />
    );
  }
  const notes = [
    ...(all.length > shown.length
      ? [t('panel.cap', '{{- shown}} of {{- all}} series are forecast', { shown: shown.length, all: all.length })]
      : []),
    ...(history.data?.faults ?? []).map(faultText),
    ...previewData
      .flatMap((one) => one?.notes ?? [])
      .filter(({ severity }) => severity === 'warning')
      .map(noteText),
  ];
  const score = Math.max(...previewData.map((one) => one?.nowScore ?? 0));
  return (
    <PanelFrame width={width} height={height} score={score} notes={notes}>
      {(heightPx) => (
        <ForecastChart
          series={series}
          range={range}
          nowMs={nowMs}
          width={width}
          height={heightPx}
          timeZone={timeZone}
          legend={options.legend}
          levels={visibleLevels(series, options.bands)}
          showAnomalies={options.showAnomalies}
        />
      )}
    </PanelFrame>
  );
}
