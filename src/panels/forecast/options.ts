import type { VizLegendOptions } from '@grafana/ui';
import type { HorizonChoice, TrainingWindow } from '../../forecast/training.ts';

/** Options of the Forecast panel, as dashboards store them. */
export interface ForecastPanelOptions {
  readonly source: 'query' | 'job';
  /** Name of the job when `source` is `job`. */
  readonly job: string;
  readonly horizon: HorizonChoice;
  readonly training: TrainingWindow;
  readonly direction: 'above' | 'below' | 'both';
  /** Panels saved before there was a choice have none. */
  readonly alertsPerWeek?: number;
  readonly bands: 'all' | 'widest' | 'none';
  readonly showAnomalies: boolean;
  readonly maxSeries: number;
  readonly legend: VizLegendOptions;
}
