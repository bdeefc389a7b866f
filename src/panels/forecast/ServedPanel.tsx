import type { PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useTheme2 } from '@grafana/ui';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { explain } from '../../api/api-error.ts';
import { jobQuery } from '../../api/useJobs.ts';
import { PanelMessage } from '../../components/PanelMessage.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { ChartSeries } from '../../forecast/chartFrame.ts';
import { ForecastChart } from '../../forecast/ForecastChart.tsx';
import { faultText } from '../../forecast/notes.ts';
import { horizonChoicesMs } from '../../forecast/training.ts';
import { usePanelSeries } from '../../forecast/usePanelSeries.ts';
import { chartOfServed, servedForecasts } from './facadeBands.ts';
import type { ForecastPanelOptions } from './options.ts';
import { PanelFrame } from './PanelFrame.tsx';
import { seriesColour, seriesConfig } from './seriesConfig.ts';
import { visibleLevels } from './visibleLevels.ts';

/** The widest level of a job that says nothing else. */
const usualWidestPercent = 95;

/** Draws a query that answers a forecast already: the product's own series, asked beyond the dashboard's end. */
export function ServedPanel(props: PanelProps<ForecastPanelOptions> & { readonly nowMs: number }) {
  const { data, options, width, height, timeRange, timeZone, fieldConfig, nowMs } = props;
  const theme = useTheme2();
  const fromMs = timeRange.from.valueOf();
  const toMs = Math.max(timeRange.to.valueOf(), nowMs + horizonChoicesMs[options.horizon]);
  const range = useMemo(() => ({ fromMs, toMs }), [fromMs, toMs]);
  const answer = usePanelSeries({
    targets: data.request?.targets ?? [],
    scopedVars: data.request?.scopedVars ?? {},
    timeZone,
    windowMs: toMs - fromMs,
    nowMs: toMs,
  });
  const all = servedForecasts(answer.data?.series ?? []);
  const shown = all.slice(0, options.maxSeries);
  const job = useQuery(jobQuery(shown[0]?.job ?? ''));
  const widestPercent = Math.max(...(job.data?.spec.levels ?? [usualWidestPercent]));

  if (answer.error !== null) {
    return <PanelMessage error {...explain(answer.error)} />;
  }
  if (answer.data === undefined) {
    return <Skeleton heightPx={height} label={t('panel.loadingJob', 'Loading the forecast…')} />;
  }
  const { stepMs, faults } = answer.data;
  const config = seriesConfig(undefined, fieldConfig);
  const series: ChartSeries[] = shown.map((one, i) => ({
    ...chartOfServed(one, stepMs, widestPercent),
    config,
    colour: seriesColour(config, i, theme),
  }));
  const cap = t('panel.cap', '{{- shown}} of {{- all}} series are forecast', { shown: shown.length, all: all.length });
  return (
    <PanelFrame
      width={width}
      height={height}
      notes={[...(all.length > shown.length ? [cap] : []), ...faults.map(faultText)]}
    >
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
