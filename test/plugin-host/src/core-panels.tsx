import { css } from '@emotion/css';
import {
  getDisplayProcessor,
  getFieldDisplayName,
  getFieldDisplayValues,
  identityOverrideProcessor,
  PanelPlugin,
  renderTextPanelMarkdown,
  type DataFrame,
  type PanelProps,
} from '@grafana/data';
import { config } from '@grafana/runtime';
import { LegendDisplayMode, type VizLegendOptions } from '@grafana/schema';
import {
  BigValue,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  Table,
  TimeSeries,
  TooltipPlugin2,
  useStyles2,
  type UPlotConfigBuilder,
} from '@grafana/ui';
import { AlertListPanel } from './alert-list-panel.tsx';
import { Annotations, useAnnotations } from './annotations.tsx';
import { boot } from './boot.ts';
import { registerCorePanel } from './plugins.ts';

const customOptions =
  'drawStyle lineWidth lineStyle lineInterpolation fillOpacity fillBelowTo gradientMode showPoints pointSize stacking ' +
  'spanNulls insertNulls axisPlacement axisLabel axisSoftMin axisSoftMax axisGridShow axisBorderShow hideFrom ' +
  'thresholdsStyle barAlignment scaleDistribution';

function withCustomOptions<T extends object>(plugin: PanelPlugin<T>): PanelPlugin<T> {
  return plugin.useFieldConfig({
    useCustomConfig: (builder) =>
      customOptions.split(' ').forEach((path) =>
        builder.addCustomEditor({
          id: path,
          path,
          name: path,
          editor: () => null,
          override: () => null,
          process: identityOverrideProcessor,
          shouldApply: () => true,
        })
      ),
  });
}

interface TooltipProps {
  readonly frame: DataFrame;
  readonly frames: DataFrame[];
  readonly index: number;
}

function SeriesTooltip({ frame, frames, index }: TooltipProps) {
  const [time, ...series] = frame.fields;
  if (time === undefined) {
    return null;
  }
  const rows = series
    .filter((field) => field.config.custom?.hideFrom?.tooltip !== true)
    .map((field) => ({
      name: field.state?.displayName ?? getFieldDisplayName(field, frame, frames),
      value: field.values[index] as number | null | undefined,
      display: field.display ?? getDisplayProcessor({ field, theme: config.theme2 }),
    }))
    .filter((row) => row.value !== null && row.value !== undefined);
  return (
    <div style={{ padding: 8, fontSize: 12 }}>
      <div>{new Date(time.values[index] as number).toLocaleString(boot.user.language)}</div>
      {rows.map(({ name, value, display }) => {
        const { text, prefix = '', suffix = '', color } = display(value);
        return (
          <div key={name} style={{ display: 'flex', justifyContent: 'space-between', gap: 16 }}>
            <span style={{ borderLeft: `4px solid ${color ?? 'gray'}`, paddingLeft: 6 }}>{name}</span>
            <span>{`${prefix}${text}${suffix}`}</span>
          </div>
        );
      })}
    </div>
  );
}

interface TimeSeriesOptions {
  readonly legend?: Partial<VizLegendOptions>;
}

/** `TooltipHoverMode.xAll`: the const enum is not exported. */
const hoverAllSeries = 1;

function NoData() {
  return (
    <div style={{ display: 'flex', height: '100%', alignItems: 'center', justifyContent: 'center' }}>
      <h5 style={{ color: config.theme2.colors.text.secondary, fontWeight: 400 }}>No data</h5>
    </div>
  );
}

const isEmpty = (series: DataFrame[]): boolean => series.every((frame) => frame.length === 0);

function TimeSeriesPanel(props: PanelProps<TimeSeriesOptions>) {
  const { data, width, height, timeRange, timeZone, options } = props;
  const annotations = useAnnotations(props.id, timeRange);
  if (isEmpty(data.series)) {
    return <NoData />;
  }
  const legend: VizLegendOptions = {
    displayMode: LegendDisplayMode.List,
    placement: 'bottom',
    showLegend: true,
    calcs: [],
    ...options.legend,
  };
  return (
    <TimeSeries
      frames={data.series}
      structureRev={data.structureRev ?? 0}
      width={width}
      height={height}
      timeRange={timeRange}
      timeZone={timeZone}
      legend={legend}
      options={options}
    >
      {(builder: UPlotConfigBuilder, aligned: DataFrame) => (
        <>
          <Annotations builder={builder} annotations={annotations} />
          <TooltipPlugin2
            config={builder}
            hoverMode={hoverAllSeries as never}
            render={(_plot, indexes) => (
              <SeriesTooltip
                frame={aligned}
                frames={data.series}
                index={indexes.find((i) => i !== null && i !== undefined) ?? 0}
              />
            )}
          />
        </>
      )}
    </TimeSeries>
  );
}

interface StatOptions {
  readonly reduceOptions?: { readonly calcs?: string[]; readonly fields?: string };
  readonly colorMode?: BigValueColorMode;
  readonly graphMode?: BigValueGraphMode;
}

function StatPanel({ data, width, height, options, fieldConfig, replaceVariables, timeZone }: PanelProps<StatOptions>) {
  if (isEmpty(data.series)) {
    return <NoData />;
  }
  const reduceOptions = { calcs: ['lastNotNull'], ...options.reduceOptions };
  const theme = config.theme2;
  const values = getFieldDisplayValues({
    data: data.series,
    reduceOptions,
    fieldConfig,
    replaceVariables,
    theme,
    timeZone,
  });
  return (
    <div style={{ display: 'flex' }}>
      {values.map((value, i) => (
        <BigValue
          key={i}
          value={value.display}
          width={width / values.length}
          height={height}
          theme={theme}
          colorMode={options.colorMode ?? BigValueColorMode.Value}
          graphMode={BigValueGraphMode.None}
          justifyMode={BigValueJustifyMode.Auto}
        />
      ))}
    </div>
  );
}

function TablePanel({ data, width, height }: PanelProps) {
  const frame = data.series[0];
  return frame === undefined || frame.length === 0 ? <NoData /> : <Table data={frame} width={width} height={height} />;
}

const textStyles = () => css({ height: '100%', overflow: 'auto' });

function TextPanel({ options, replaceVariables }: PanelProps<{ readonly content?: string }>) {
  const className = useStyles2(textStyles);
  const html = renderTextPanelMarkdown(replaceVariables(options.content ?? ''));
  return <div className={`markdown-html ${className}`} dangerouslySetInnerHTML={{ __html: html }} />;
}

/** Makes the stand-ins known. Core's panels are not published; these draw the same data with `@grafana/ui`. */
export function registerCorePanels(): void {
  registerCorePanel('timeseries', withCustomOptions(new PanelPlugin<TimeSeriesOptions>(TimeSeriesPanel)));
  registerCorePanel('stat', withCustomOptions(new PanelPlugin<StatOptions>(StatPanel)));
  registerCorePanel('table', withCustomOptions(new PanelPlugin(TablePanel)));
  registerCorePanel('text', new PanelPlugin(TextPanel));
  registerCorePanel('alertlist', new PanelPlugin(AlertListPanel));
}
