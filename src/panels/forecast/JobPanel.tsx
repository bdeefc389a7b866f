import type { PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useTheme2 } from '@grafana/ui';
import { useQueries } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { explain } from '../../api/api-error.ts';
import { jobForecastQuery, useJobSeries } from '../../api/useJobs.ts';
import type { JobForecast, JobSeries } from '../../../backend/src/contract/index.ts';
import { PanelMessage } from '../../components/PanelMessage.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { ChartSeries } from '../../forecast/chartFrame.ts';
import { ForecastChart } from '../../forecast/ForecastChart.tsx';
import { horizonChoicesMs } from '../../forecast/training.ts';
import { labelText } from '../../forecast/labelText.ts';
import type { ForecastPanelOptions } from './options.ts';
import { PanelFrame } from './PanelFrame.tsx';
import { seriesColour, seriesConfig } from './seriesConfig.ts';
import { visibleLevels } from './visibleLevels.ts';

/** The range is asked for in whole minutes, so that a dashboard that refreshes every few seconds asks once a minute. */
const roundMs = 60_000;

function notesOf(
  shown: readonly JobSeries[],
  all: number,
  forecasts: ReadonlyArray<JobForecast | undefined>
): string[] {
  return [
    ...(all > shown.length
      ? [t('panel.cap', '{{- shown}} of {{- all}} series are forecast', { shown: shown.length, all })]
      : []),
    ...forecasts.flatMap((one) => (one?.observedError == null ? [] : [one.observedError])),
    ...forecasts.flatMap((one) =>
      one !== undefined && one.band === null ? [t('panel.noBand', 'The job has not been trained yet')] : []
    ),
  ];
}

/** Draws the bands that a job has trained, with what was really observed. */
export function JobPanel(props: PanelProps<ForecastPanelOptions>) {
  const { data, options, width, height, timeRange, timeZone, fieldConfig, replaceVariables } = props;
  const theme = useTheme2();
  const [openedMs] = useState(() => Date.now());
  const job = replaceVariables(options.job);
  const horizonMs = horizonChoicesMs[options.horizon];
  const nowMs = Math.ceil(Math.min(data.request?.startTime ?? openedMs, timeRange.to.valueOf()) / roundMs) * roundMs;
  const fromMs = Math.floor(timeRange.from.valueOf() / roundMs) * roundMs;
  const toMs = Math.max(Math.ceil(timeRange.to.valueOf() / roundMs) * roundMs, nowMs + horizonMs);
  const range = useMemo(() => ({ fromMs, toMs }), [fromMs, toMs]);
  const list = useJobSeries(job);
  const shown = (list.data?.items ?? []).slice(0, options.maxSeries);
  const answers = useQueries({ queries: shown.map(({ id }) => jobForecastQuery(job, id, range)) });
  const forecasts = answers.map((answer) => answer.data);

  if (job === '') {
    return (
      <PanelMessage
        title={t('panel.noJob.title', 'No job chosen')}
        text={t('panel.noJob.text', 'Enter the name of a forecast job in the panel options.')}
      />
    );
  }
  const failure = list.error ?? answers.find((answer) => answer.error !== null)?.error;
  if (failure != null) {
    return <PanelMessage error {...explain(failure)} />;
  }
  if (list.isPending || answers.some((answer) => answer.isPending)) {
    return <Skeleton heightPx={height} label={t('panel.loadingJob', 'Loading the forecast…')} />;
  }
  if (shown.length === 0) {
    return (
      <PanelMessage
        title={t('panel.jobWithoutSeries.title', 'The job {{- job}} has no series yet', { job })}
        text={t('panel.jobWithoutSeries.text', 'It may still be waiting for its first training.')}
      />
    );
  }
  const config = seriesConfig(undefined, fieldConfig);
  const series: ChartSeries[] = shown.map((one, i) => ({
    name: labelText(one.labels, job),
    observed: forecasts[i]?.observed ?? null,
    bands: forecasts[i]?.band == null ? [] : [forecasts[i].band],
    anomalies: forecasts[i]?.anomalies ?? [],
    config,
    colour: seriesColour(config, i, theme),
  }));
  const score = Math.max(...forecasts.map((one) => one?.nowScore ?? 0));
  return (
    <PanelFrame width={width} height={height} score={score} notes={notesOf(shown, list.data?.total ?? 0, forecasts)}>
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
