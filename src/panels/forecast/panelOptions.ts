import type { PanelOptionsEditorBuilder } from '@grafana/data';
import { LegendDisplayMode } from '@grafana/ui';
import { lateText as t } from '../../app/lateText.ts';
import { sensitivitySteps, usualSensitivity } from '../../forecast/sensitivitySteps.ts';
import type { ForecastPanelOptions } from './options.ts';

type Builder = PanelOptionsEditorBuilder<ForecastPanelOptions>;

const queryOrJob = () => ({
  options: [
    { value: 'query', label: t('option.thisQuery', 'This query') },
    { value: 'job', label: t('option.job', 'Job') },
  ],
});
const horizons = () => ({
  options: [
    { value: '6h', label: t('option.6Hours', '6 hours') },
    { value: '24h', label: t('option.24Hours', '24 hours') },
    { value: '3d', label: t('option.3Days', '3 days') },
    { value: '7d', label: t('option.7Days', '7 days') },
  ],
});
const trainingWindows = () => ({
  options: [
    { value: '7d', label: t('option.7Days', '7 days') },
    { value: '14d', label: t('option.14Days', '14 days') },
    { value: '28d', label: t('option.28Days', '28 days') },
    { value: '56d', label: t('option.56Days', '56 days') },
  ],
});
const bands = () => ({
  options: [
    { value: 'all', label: t('option.all', 'All') },
    { value: 'widest', label: t('option.widest', 'Widest') },
    { value: 'none', label: t('option.none', 'None') },
  ],
});
const directions = () => ({
  options: [
    { value: 'both', label: t('option.aboveOrBelow', 'Above or below') },
    { value: 'above', label: t('option.above', 'Above') },
    { value: 'below', label: t('option.below', 'Below') },
  ],
});

/** What is forecast. */
export function addForecastOptions(builder: Builder): void {
  const category = [t('option.forecast', 'Forecast')];
  builder
    .addRadio({
      path: 'source',
      name: t('option.source', 'Source'),
      description: t(
        'optionHelp.thisQueryForecastOn',
        'This query: forecast on the fly. Job: bands that the backend has trained and keeps.'
      ),
      category,
      defaultValue: 'query',
      settings: queryOrJob(),
    })
    .addTextInput({
      path: 'job',
      name: t('option.job', 'Job'),
      description: t('optionHelp.nameOfTheForecast', 'Name of the forecast job'),
      category,
      defaultValue: '',
      settings: { placeholder: 'checkout-latency' },
      showIf: ({ source }) => source === 'job',
    });
}

/** How far the forecast reaches, and how much it learns from. */
export function addSpanOptions(builder: Builder): void {
  const category = [t('option.forecast', 'Forecast')];
  builder
    .addSelect({
      path: 'horizon',
      name: t('option.horizon', 'Horizon'),
      description: t('optionHelp.howFarToLook', 'How far to look ahead'),
      category,
      defaultValue: '24h',
      settings: horizons(),
    })
    .addSelect({
      path: 'training',
      name: t('option.trainingWindow', 'Training window'),
      description: t(
        'optionHelp.howMuchHistoryThe',
        'How much history the query is asked for; four weeks let weekly seasons show'
      ),
      category,
      defaultValue: '28d',
      settings: trainingWindows(),
      showIf: ({ source }) => source !== 'job',
    });
}

function alertsLabel(alertsPerWeek: number): string {
  const texts: Readonly<Record<number, string>> = {
    0.25: t('option.alertsMonthly', '1 a month'),
    0.5: t('option.alertsTwoWeeks', '1 in 2 weeks'),
    1: t('option.alertsWeekly', '1 a week'),
    2: t('option.alertsTwiceWeekly', '2 a week'),
    7: t('option.alertsDaily', '1 a day'),
    14: t('option.alertsTwiceDaily', '2 a day'),
  };
  return texts[alertsPerWeek] ?? String(alertsPerWeek);
}

/** How much is drawn. */
export function addDrawingOptions(builder: Builder): void {
  const category = [t('option.forecast', 'Forecast')];
  builder
    .addRadio({ path: 'bands', name: t('option.bands', 'Bands'), category, defaultValue: 'all', settings: bands() })
    .addBooleanSwitch({
      path: 'showAnomalies',
      name: t('option.showAnomalies', 'Show anomalies'),
      category,
      defaultValue: true,
    })
    .addRadio({
      path: 'direction',
      name: t('option.abnormalWhen', 'Abnormal when'),
      category,
      defaultValue: 'both',
      settings: directions(),
      showIf: ({ source }) => source !== 'job',
    })
    .addSelect({
      path: 'alertsPerWeek',
      name: t('option.sensitivity', 'Sensitivity'),
      description: t('optionHelp.howManyAlertsA', 'How many alerts a week one series may raise on average'),
      category,
      defaultValue: usualSensitivity,
      settings: { options: sensitivitySteps.map((step) => ({ value: step, label: alertsLabel(step) })) },
      showIf: ({ source }) => source !== 'job',
    })
    .addSliderInput({
      path: 'maxSeries',
      name: t('option.seriesAtMost', 'Series at most'),
      description: t('optionHelp.eachSeriesCostsThe', 'Each series costs the backend about a second'),
      category,
      defaultValue: 3,
      settings: { min: 1, max: 10, step: 1 },
    });
}

const legendModes = () => ({
  options: [
    { value: LegendDisplayMode.List, label: t('option.list', 'List') },
    { value: LegendDisplayMode.Table, label: t('option.table', 'Table') },
  ],
});

/** As in a time series panel. */
export function addLegendOptions(builder: Builder): void {
  const category = [t('option.legend', 'Legend')];
  const showIf = ({ legend }: ForecastPanelOptions) => legend?.showLegend !== false;
  builder
    .addBooleanSwitch({
      path: 'legend.showLegend',
      name: t('option.visibility', 'Visibility'),
      category,
      defaultValue: true,
    })
    .addRadio({
      path: 'legend.displayMode',
      name: t('option.mode', 'Mode'),
      category,
      defaultValue: LegendDisplayMode.List,
      settings: legendModes(),
      showIf,
    })
    .addRadio({
      path: 'legend.placement',
      name: t('option.placement', 'Placement'),
      category,
      defaultValue: 'bottom',
      settings: {
        options: [
          { value: 'bottom', label: t('option.bottom', 'Bottom') },
          { value: 'right', label: t('option.right', 'Right') },
        ],
      },
      showIf,
    });
}
