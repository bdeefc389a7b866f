import { dateTimeFormat, getValueFormat, formattedValueToString } from '@grafana/data';
import { t } from '@grafana/i18n';
import { formatDurationMs } from '../../backend/src/contract/index.ts';

/** A value in a unit of Grafana's: 0.412 and `s` → "412 ms". */
export function formatValue(value: number, unit: string | undefined): string {
  return formattedValueToString(getValueFormat(unit ?? 'short')(value));
}

/** A share as a person says it: 0.946 → "94.6 %". */
export function formatRatio(ratio: number): string {
  return `${(Math.round(ratio * 1_000) / 10).toString()} %`;
}

/** A length of time with its units apart: "24 h", "7 d". */
export function formatSpan(ms: number): string {
  const days = ms / 86_400_000;
  if (Number.isInteger(days) && days > 1) {
    return t('span.days', '{{- days}} d', { days });
  }
  const hours = ms / 3_600_000;
  return Number.isInteger(hours) && hours <= 48 ? t('span.hours', '{{- hours}} h', { hours }) : formatDurationMs(ms);
}

/** A clock time within a day of now, else with its date. */
export function formatMoment(timeMs: number, nowMs: number, timeZone: string): string {
  const near = Math.abs(timeMs - nowMs) < 20 * 3_600_000;
  return dateTimeFormat(timeMs, { timeZone, format: near ? 'HH:mm' : 'MM-DD HH:mm' });
}
