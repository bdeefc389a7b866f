import type { QueryContext } from '../extensions/readContext.ts';
import { forecastPanelId } from '../pluginId.ts';
import type { ForecastChoices } from './ForecastControls.tsx';

export interface PanelModelSource {
  readonly context: QueryContext;
  readonly title: string;
  readonly choices: ForecastChoices;
  readonly unit: string | undefined;
}

const mixed = { type: 'datasource', uid: '-- Mixed --' };

/** A Forecast panel with the queries of the context, in the form of a dashboard's `panels[]`. */
export function panelModel({ context, title, choices, unit }: PanelModelSource): object {
  const sources = new Set(context.targets.map((target) => target.datasource?.uid));
  const [first] = context.targets;
  return {
    type: forecastPanelId,
    title: title === '' ? 'Forecast' : title,
    datasource: sources.size > 1 ? mixed : first?.datasource,
    targets: context.targets,
    gridPos: { h: 9, w: 12, x: 0, y: 0 },
    fieldConfig: { defaults: unit === undefined ? {} : { unit }, overrides: [] },
    options: {
      source: 'query',
      job: '',
      horizon: choices.horizon,
      training: choices.training,
      direction: 'both',
      alertsPerWeek: choices.alertsPerWeek,
      bands: 'all',
      showAnomalies: true,
      maxSeries: 3,
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
    },
  };
}
