import { levelsOf, type ChartSeries } from '../../forecast/chartFrame.ts';
import type { ForecastPanelOptions } from './options.ts';

/** Levels to draw in percent, widest first. */
export function visibleLevels(series: readonly ChartSeries[], bands: ForecastPanelOptions['bands']): number[] {
  const levels = levelsOf(series);
  switch (bands) {
    case 'all':
      return levels;
    case 'widest':
      return levels.slice(0, 1);
    case 'none':
      return [];
  }
}
