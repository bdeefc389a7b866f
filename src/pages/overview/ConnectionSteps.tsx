import { t } from '@grafana/i18n';
import { Alert, Icon, Stack } from '@grafana/ui';
import type { ConnectionReport } from '../../../backend/src/contract/index.ts';

/** What was tried, step by step, up to the one that failed. */
export function ConnectionSteps({ report }: { readonly report: ConnectionReport }) {
  return (
    <Alert severity={report.ok ? 'success' : 'error'} title={report.message}>
      <Stack direction="column" gap={0.5}>
        {report.steps.map(({ step, ok, detail }) => (
          <span key={step}>
            <Icon
              name={ok ? 'check' : 'times'}
              title={ok ? t('connection.passed', 'passed') : t('connection.failed', 'failed')}
            />{' '}
            {step.toUpperCase()}: {detail}
          </span>
        ))}
      </Stack>
    </Alert>
  );
}
