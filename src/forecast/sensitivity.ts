import { t } from '@grafana/i18n';

/** "1 alert a week", "7 alerts a week (1 a day)". */
export function alertsText(alertsPerWeek: number): string {
  const count = Math.round(alertsPerWeek * 100) / 100;
  switch (alertsPerWeek) {
    case 0.25:
      return t('sensitivity.monthly', '0.25 alerts a week (1 a month)');
    case 1:
      return t('sensitivity.weekly', '1 alert a week');
    case 7:
      return t('sensitivity.daily', '7 alerts a week (1 a day)');
    case 14:
      return t('sensitivity.twiceDaily', '14 alerts a week (2 a day)');
    default:
      return t('sensitivity.perWeek', '{{- count}} alerts a week', { count });
  }
}

/** What the back-test measured at the chosen sensitivity; nothing before it did. */
export function measuredText(alertsPerSeriesWeek: number | undefined): string {
  return alertsPerSeriesWeek === undefined
    ? ''
    : t('sensitivity.measured', '(back-test: {{- measured}})', { measured: Math.round(alertsPerSeriesWeek * 10) / 10 });
}
