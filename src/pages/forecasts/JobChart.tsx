import { t } from '@grafana/i18n';
import { Alert, LegendDisplayMode, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';
import { Skeleton } from '../../components/Skeletons.tsx';
import { useElementWidth } from '../../components/useElementWidth.ts';
import type { ChartRange, ChartSeries } from '../../forecast/chartFrame.ts';
import { ForecastChart } from '../../forecast/ForecastChart.tsx';
import { labelText } from '../../forecast/labelText.ts';
import type { JobForecast } from '../../../backend/src/contract/index.ts';

interface JobChartProps {
  readonly forecast: JobForecast | undefined;
  readonly loading: boolean;
  readonly fallbackName: string;
  readonly unit: string | undefined;
  readonly range: ChartRange;
  readonly nowMs: number;
}

const heightPx = 320;
const legend = { showLegend: true, displayMode: LegendDisplayMode.List, placement: 'bottom', calcs: [] } as const;

/** Observed values, trained band and anomalies of one series of a job. */
export function JobChart({ forecast, loading, fallbackName, unit, range, nowMs }: JobChartProps) {
  const theme = useTheme2();
  const [measure, widthPx] = useElementWidth();
  const colour = theme.visualization.getColorByName('blue');
  const series = useMemo<ChartSeries[]>(
    () =>
      forecast === undefined
        ? []
        : [
            {
              name: labelText(forecast.series.labels, fallbackName),
              colour,
              observed: forecast.observed,
              bands: forecast.band === null ? [] : [forecast.band],
              anomalies: forecast.anomalies,
              config: { unit: unit ?? 'short' },
            },
          ],
    [forecast, fallbackName, colour, unit]
  );
  if (loading) {
    return <Skeleton heightPx={heightPx} label={t('panel.loadingJob', 'Loading the forecast…')} />;
  }
  if (forecast === undefined) {
    return null;
  }
  if (forecast.band === null && forecast.observed === null) {
    return (
      <Alert severity="info" title={forecast.observedError ?? t('panel.noBand', 'The job has not been trained yet')} />
    );
  }
  return (
    <>
      {forecast.observedError === null ? null : <Alert severity="warning" title={forecast.observedError} />}
      <div ref={measure} style={{ height: heightPx, width: '100%' }} data-testid="data-testid job-chart">
        {widthPx === 0 ? null : (
          <ForecastChart
            series={series}
            range={range}
            nowMs={nowMs}
            width={widthPx}
            height={heightPx}
            timeZone="browser"
            legend={{ ...legend, calcs: [] }}
          />
        )}
      </div>
    </>
  );
}
