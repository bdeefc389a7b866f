import { t } from '@grafana/i18n';
import { Text } from '@grafana/ui';
import type { Cost } from '../../backend/src/contract/index.ts';
import { formatValue } from './format.ts';

const tenths = (value: number) => Math.round(value * 10) / 10;

function writtenText({ writtenSeries }: Cost): string {
  return writtenSeries === 0
    ? t('cost.noneWritten', 'no series written')
    : t('cost.written', '{{- count}} series written', { count: writtenSeries });
}

/** One word for one alert and another for several; a job of one series has no sum to tell. */
function alertsText({ seriesCount, alertsPerSeriesWeek, alertsPerWeek }: Cost): string {
  const [each, all] = [tenths(alertsPerSeriesWeek), tenths(alertsPerWeek)];
  if (seriesCount > 1) {
    return t('cost.alertsOfSeries', '{{- each}} alerts a series and week, {{- all}} in all, in the back-test', {
      each,
      all,
    });
  }
  return each === 1
    ? t('cost.oneAlert', '1 alert a week in the back-test')
    : t('cost.alerts', '{{- each}} alerts a week in the back-test', { each });
}

/** What keeping the forecast as a job would cost, in one line. */
export function costText(cost: Cost): string {
  return [
    t('cost.series', '{{- count}} series', { count: cost.seriesCount }),
    t('cost.fits', '{{- count}} fits a day', { count: tenths(cost.fitsPerDay) }),
    t('cost.cpu', '{{- seconds}} CPU-seconds a day', { seconds: tenths(cost.cpuSecondsPerDay) }),
    t('cost.stored', '{{- bytes}} stored', { bytes: formatValue(cost.storedBytes, 'bytes') }),
    t('cost.memory', '{{- bytes}} of memory', { bytes: formatValue(cost.memoryBytes, 'bytes') }),
    writtenText(cost),
    alertsText(cost),
  ].join(' · ');
}

export function CostLine({ cost }: { readonly cost: Cost }) {
  return <Text color="secondary">{costText(cost)}</Text>;
}
