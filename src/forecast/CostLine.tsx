import { t } from '@grafana/i18n';
import { Text } from '@grafana/ui';
import type { Cost } from '../../backend/src/contract/index.ts';
import { formatValue } from './format.ts';

/** What keeping the forecast as a job would cost, in one line. */
export function costText(cost: Cost): string {
  return t(
    'cost.line',
    '{{- series}} series · {{- trainings}} trainings a day · {{- cpu}} CPU-seconds a day · {{- bytes}} stored · {{- alerts}} alerts a series and week in the back-test',
    {
      series: cost.seriesCount,
      trainings: Math.round(cost.trainingsPerDay * 10) / 10,
      cpu: Math.round(cost.cpuSecondsPerDay * 10) / 10,
      bytes: formatValue(cost.storedBytes, 'bytes'),
      alerts: Math.round(cost.alertsPerSeriesWeek * 10) / 10,
    }
  );
}

export function CostLine({ cost }: { readonly cost: Cost }) {
  return <Text color="secondary">{costText(cost)}</Text>;
}
