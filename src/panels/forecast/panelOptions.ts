import type { PanelOptionsEditorBuilder } from '@grafana/data';
import { LegendDisplayMode } from '@grafana/ui';
import type { ForecastPanelOptions } from './options.ts';

type Builder = PanelOptionsEditorBuilder<ForecastPanelOptions>;

const queryOrJob = {
  options: [
    { value: 'query', label: 'This query' },
    { value: 'job', label: 'Job' },
  ],
};
const horizons = {
  options: [
    { value: '6h', label: '6 hours' },
    { value: '24h', label: '24 hours' },
    { value: '3d', label: '3 days' },
    { value: '7d', label: '7 days' },
  ],
};
const trainingWindows = {
  options: [
    { value: '7d', label: '7 days' },
    { value: '14d', label: '14 days' },
    { value: '28d', label: '28 days' },
    { value: '56d', label: '56 days' },
  ],
};
const bands = {
  options: [
    { value: 'all', label: 'All' },
    { value: 'widest', label: 'Widest' },
    { value: 'none', label: 'None' },
  ],
};
const directions = {
  options: [
    { value: 'both', label: 'Above or below' },
    { value: 'above', label: 'Above' },
    { value: 'below', label: 'Below' },
  ],
};

/** What is forecast, from what and how far. */
export function addForecastOptions(builder: Builder): void {
  const category = ['Forecast'];
  builder
    .addRadio({
      path: 'source',
      name: 'Source',
      description: 'This query: forecast on the fly. Job: bands that the backend has trained and keeps.',
      category,
      defaultValue: 'query',
      settings: queryOrJob,
    })
    .addTextInput({
      path: 'job',
      name: 'Job',
      description: 'Name of the forecast job',
      category,
      defaultValue: '',
      settings: { placeholder: 'checkout-latency' },
      showIf: ({ source }) => source === 'job',
    })
    .addSelect({
      path: 'horizon',
      name: 'Horizon',
      description: 'How far to look ahead',
      category,
      defaultValue: '24h',
      settings: horizons,
    })
    .addSelect({
      path: 'training',
      name: 'Training window',
      description: 'How much history the query is asked for; four weeks let weekly seasons show',
      category,
      defaultValue: '28d',
      settings: trainingWindows,
      showIf: ({ source }) => source !== 'job',
    });
}

/** How much is drawn. */
export function addDrawingOptions(builder: Builder): void {
  const category = ['Forecast'];
  builder
    .addRadio({ path: 'bands', name: 'Bands', category, defaultValue: 'all', settings: bands })
    .addBooleanSwitch({ path: 'showAnomalies', name: 'Show anomalies', category, defaultValue: true })
    .addRadio({
      path: 'direction',
      name: 'Abnormal when',
      category,
      defaultValue: 'both',
      settings: directions,
      showIf: ({ source }) => source !== 'job',
    })
    .addSliderInput({
      path: 'maxSeries',
      name: 'Series at most',
      description: 'Each series costs the backend about a second',
      category,
      defaultValue: 3,
      settings: { min: 1, max: 10, step: 1 },
    });
}

const legendModes = {
  options: [
    { value: LegendDisplayMode.List, label: 'List' },
    { value: LegendDisplayMode.Table, label: 'Table' },
  ],
};

/** As in a time series panel. */
export function addLegendOptions(builder: Builder): void {
  const category = ['Legend'];
  const showIf = ({ legend }: ForecastPanelOptions) => legend?.showLegend !== false;
  builder
    .addBooleanSwitch({ path: 'legend.showLegend', name: 'Visibility', category, defaultValue: true })
    .addRadio({
      path: 'legend.displayMode',
      name: 'Mode',
      category,
      defaultValue: LegendDisplayMode.List,
      settings: legendModes,
      showIf,
    })
    .addRadio({
      path: 'legend.placement',
      name: 'Placement',
      category,
      defaultValue: 'bottom',
      settings: {
        options: [
          { value: 'bottom', label: 'Bottom' },
          { value: 'right', label: 'Right' },
        ],
      },
      showIf,
    });
}
