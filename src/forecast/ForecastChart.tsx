import { dateTime, dateTimeFormat, getDisplayProcessor, type DataFrame, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import {
  SeriesTable,
  TimeSeries,
  TooltipPlugin2,
  useTheme2,
  type SeriesTableRowProps,
  type VizLegendOptions,
} from '@grafana/ui';
import { useMemo } from 'react';
import { chartFrame, chartNames, levelsOf, pointAt, scoreOf, type ChartRange, type ChartSeries } from './chartFrame.ts';
import { ChartOverlays } from './ChartOverlays.tsx';

export interface ForecastChartProps {
  readonly series: readonly ChartSeries[];
  readonly range: ChartRange;
  readonly nowMs: number;
  readonly width: number;
  readonly height: number;
  readonly timeZone: string;
  readonly legend: VizLegendOptions;
  /** Levels to draw in percent; all when left out. */
  readonly levels?: readonly number[];
  readonly showAnomalies?: boolean;
}

/** All series at the time under the pointer; the mode is not exported, see TooltipHoverMode.xAll. */
const hoverAllAtTime = 1;

function withDisplay(frame: DataFrame, theme: GrafanaTheme2, timeZone: string): DataFrame {
  return {
    ...frame,
    fields: frame.fields.map((field) => ({ ...field, display: getDisplayProcessor({ field, theme, timeZone }) })),
  };
}

/** Text of a value in the unit of a field of the frame. */
function formatter(frame: DataFrame, name: string): (value: number) => string {
  const display = frame.fields.find((field) => field.name === name)?.display;
  return (value) => {
    const shown = display?.(value);
    return shown === undefined ? String(value) : `${shown.prefix ?? ''}${shown.text}${shown.suffix ?? ''}`;
  };
}

function tooltipRows(frame: DataFrame, one: ChartSeries, levels: readonly number[], index: number) {
  const point = pointAt(frame, one.name, levels, index);
  const names = chartNames(one.name);
  const format = formatter(frame, point.expected == null ? names.observed : names.expected);
  const rows: SeriesTableRowProps[] = [];
  if (point.observed != null) {
    rows.push({ color: one.colour, label: one.name, value: format(point.observed) });
  }
  if (point.expected != null) {
    rows.push({ color: one.colour, label: t('chart.tooltip.expected', 'Expected'), value: format(point.expected) });
  }
  for (const { levelPercent, lower, upper } of point.bounds) {
    if (lower != null && upper != null) {
      const label = t('chart.tooltip.band', 'Band {{- levelPercent}} %', { levelPercent });
      rows.push({ label, value: `${format(lower)} – ${format(upper)}` });
    }
  }
  const score = scoreOf(point);
  if (score !== undefined) {
    rows.push({ label: t('chart.tooltip.score', 'Score'), value: score.toFixed(1), isActive: score > 1 });
  }
  return rows;
}

/** Observed line, dashed forecast, bands, a line at now and regions where the series left its band. */
export function ForecastChart(props: ForecastChartProps) {
  const { series, range, nowMs, width, height, timeZone, legend, showAnomalies = true } = props;
  const theme = useTheme2();
  const allLevels = useMemo(() => levelsOf(series), [series]);
  const levels = props.levels ?? allLevels;
  const frame = useMemo(
    () => withDisplay(chartFrame(series, levels, range), theme, timeZone),
    [series, levels, range, theme, timeZone]
  );
  const timeRange = useMemo(() => {
    const from = dateTime(range.fromMs);
    const to = dateTime(range.toMs);
    return { from, to, raw: { from, to } };
  }, [range]);
  const anomalies = useMemo(
    () => (showAnomalies ? series.flatMap((one) => [...one.anomalies]) : []),
    [series, showAnomalies]
  );
  return (
    <TimeSeries
      frames={[frame]}
      timeRange={timeRange}
      timeZone={timeZone}
      width={width}
      height={height}
      legend={legend}
    >
      {(config, aligned) => (
        <>
          <ChartOverlays config={config} anomalies={anomalies} nowMs={nowMs} />
          <TooltipPlugin2
            config={config}
            hoverMode={hoverAllAtTime}
            maxWidth={500}
            render={(_plot, indexes) => {
              const index = indexes.find((one): one is number => typeof one === 'number');
              const timeMs: unknown = index === undefined ? undefined : aligned.fields[0]?.values[index];
              if (index === undefined || typeof timeMs !== 'number') {
                return null;
              }
              return (
                <SeriesTable
                  timestamp={dateTimeFormat(timeMs, { timeZone })}
                  series={series.flatMap((one) => tooltipRows(frame, one, levels, index))}
                />
              );
            }}
          />
        </>
      )}
    </TimeSeries>
  );
}
