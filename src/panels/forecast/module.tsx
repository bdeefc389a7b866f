import { FieldColorModeId, FieldConfigProperty, PanelPlugin, type PanelProps } from '@grafana/data';
import { LegendDisplayMode, LoadingPlaceholder } from '@grafana/ui';
import { lazy, Suspense } from 'react';
import type { ForecastPanelOptions } from './options.ts';

const LazyPanel = lazy(async () => {
  const { loadTranslations } = await import('../../app/translations.ts');
  await loadTranslations();
  return import('./ForecastPanel.lazy.tsx');
});

function Panel(props: PanelProps<ForecastPanelOptions>) {
  return (
    <Suspense fallback={<LoadingPlaceholder text="" />}>
      <LazyPanel {...props} />
    </Suspense>
  );
}

const category = ['Forecast'];

export const plugin = new PanelPlugin<ForecastPanelOptions>(Panel)
  .useFieldConfig({
    standardOptions: {
      [FieldConfigProperty.Color]: { defaultValue: { mode: FieldColorModeId.PaletteClassic } },
    },
  })
  .setPanelOptions((builder) =>
    builder
      .addRadio({
        path: 'source',
        name: 'Source',
        description: 'This query: forecast on the fly. Job: bands that the backend has trained and keeps.',
        category,
        defaultValue: 'query',
        settings: {
          options: [
            { value: 'query', label: 'This query' },
            { value: 'job', label: 'Job' },
          ],
        },
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
        settings: {
          options: [
            { value: '6h', label: '6 hours' },
            { value: '24h', label: '24 hours' },
            { value: '3d', label: '3 days' },
            { value: '7d', label: '7 days' },
          ],
        },
      })
      .addSelect({
        path: 'training',
        name: 'Training window',
        description: 'How much history the query is asked for; four weeks let weekly seasons show',
        category,
        defaultValue: '28d',
        settings: {
          options: [
            { value: '7d', label: '7 days' },
            { value: '14d', label: '14 days' },
            { value: '28d', label: '28 days' },
            { value: '56d', label: '56 days' },
          ],
        },
        showIf: ({ source }) => source !== 'job',
      })
      .addRadio({
        path: 'bands',
        name: 'Bands',
        category,
        defaultValue: 'all',
        settings: {
          options: [
            { value: 'all', label: 'All' },
            { value: 'widest', label: 'Widest' },
            { value: 'none', label: 'None' },
          ],
        },
      })
      .addBooleanSwitch({ path: 'showAnomalies', name: 'Show anomalies', category, defaultValue: true })
      .addRadio({
        path: 'direction',
        name: 'Abnormal when',
        category,
        defaultValue: 'both',
        settings: {
          options: [
            { value: 'both', label: 'Above or below' },
            { value: 'above', label: 'Above' },
            { value: 'below', label: 'Below' },
          ],
        },
        showIf: ({ source }) => source !== 'job',
      })
      .addSliderInput({
        path: 'maxSeries',
        name: 'Series at most',
        description: 'Each series costs the backend about a second',
        category,
        defaultValue: 3,
        settings: { min: 1, max: 10, step: 1 },
      })
      .addRadio({
        path: 'legend.showLegend',
        name: 'Legend',
        category: ['Legend'],
        defaultValue: true,
        settings: {
          options: [
            { value: true, label: 'Shown' },
            { value: false, label: 'Hidden' },
          ],
        },
      })
      .addRadio({
        path: 'legend.displayMode',
        name: 'Legend mode',
        category: ['Legend'],
        defaultValue: LegendDisplayMode.List,
        settings: {
          options: [
            { value: LegendDisplayMode.List, label: 'List' },
            { value: LegendDisplayMode.Table, label: 'Table' },
          ],
        },
        showIf: ({ legend }) => legend?.showLegend !== false,
      })
      .addRadio({
        path: 'legend.placement',
        name: 'Legend placement',
        category: ['Legend'],
        defaultValue: 'bottom',
        settings: {
          options: [
            { value: 'bottom', label: 'Bottom' },
            { value: 'right', label: 'Right' },
          ],
        },
        showIf: ({ legend }) => legend?.showLegend !== false,
      })
  );
