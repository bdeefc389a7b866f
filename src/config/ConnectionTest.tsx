import { t } from '@grafana/i18n';
import { Alert, Button, FieldSet, Icon, Stack } from '@grafana/ui';
import { useMutation } from '@tanstack/react-query';
import { explain } from '../api/api-error.ts';
import { send } from '../api/client.ts';
import { endpoints } from '../api/endpoints.ts';
import { ConnectionReport, Status } from '../../backend/src/contract/index.ts';
import { connectionChecks, type ConnectionCheck } from './connectionChecks.ts';

const deadlineMs = 30_000;

function iconOf(state: ConnectionCheck['state']): 'check' | 'times' | 'minus' {
  switch (state) {
    case 'passed':
      return 'check';
    case 'failed':
      return 'times';
    case 'not-reached':
      return 'minus';
  }
}

/** The backend's status after it has tried each of its sources now; a source that fails says so in it. */
async function testAll(): Promise<Status> {
  const signal = AbortSignal.timeout(deadlineMs);
  const { sources } = await send(endpoints.status(), Status, signal);
  await Promise.allSettled(sources.map(({ name }) => send(endpoints.checkSource(name), ConnectionReport, signal)));
  return await send(endpoints.status(), Status, signal);
}

/** The way from this page to the metrics, with a tick for each step up to the one that fails. */
export function ConnectionTest() {
  const test = useMutation({ mutationFn: testAll });
  const done = test.isSuccess || test.isError;
  const checks = done ? connectionChecks(test.data, test.error) : [];
  return (
    <FieldSet label={t('config.test', 'Connection test')}>
      <Stack direction="column" gap={1} alignItems="flex-start">
        <Button
          type="button"
          variant="secondary"
          icon={test.isPending ? 'spinner' : 'plug'}
          disabled={test.isPending}
          onClick={() => test.mutate()}
        >
          {t('config.testNow', 'Test the connection')}
        </Button>
        <ul aria-label={t('config.test', 'Connection test')} style={{ listStyle: 'none' }}>
          {checks.map(({ name, state, detail }) => (
            <li key={name}>
              <Icon name={iconOf(state)} aria-hidden /> {name}: {detail}
            </li>
          ))}
        </ul>
        {test.error === null ? null : (
          <Alert severity="error" title={explain(test.error).title}>
            {explain(test.error).text}
          </Alert>
        )}
      </Stack>
    </FieldSet>
  );
}
