import { dateTimeFormat, dateTimeFormatTimeAgo } from '@grafana/data';
import { t } from '@grafana/i18n';

/** How long ago something was, with the exact time on hover; a word when it never was. */
export function Ago({ timeMs }: { readonly timeMs: number | null }) {
  return timeMs === null ? (
    <span>{t('ago.never', 'never')}</span>
  ) : (
    <time dateTime={new Date(timeMs).toISOString()} title={dateTimeFormat(timeMs)}>
      {dateTimeFormatTimeAgo(timeMs)}
    </time>
  );
}
