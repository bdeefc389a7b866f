import { t } from '@grafana/i18n';
import { Alert, Button } from '@grafana/ui';
import { explain } from '../api/api-error.ts';

interface ErrorNoticeProps {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
}

/** What happened, what to do, and a way to try again. */
export function ErrorNotice({ error, onRetry }: ErrorNoticeProps) {
  const { title, text } = explain(error);
  return (
    <Alert title={title} severity="error">
      <p>{text}</p>
      {onRetry === undefined ? null : (
        <Button size="sm" variant="secondary" icon="sync" onClick={onRetry}>
          {t('error.retry', 'Try again')}
        </Button>
      )}
    </Alert>
  );
}
