import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Button, Card, InteractiveTable, Stack, Text, TextLink, type Column } from '@grafana/ui';
import { useMemo } from 'react';
import { useSourceCheck } from '../../api/useStatus.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { JobStateBadge } from '../../components/JobStateBadge.tsx';
import { formatRatio } from '../../forecast/format.ts';
import { JobState, type SourceSummary, type Status } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { ConnectionSteps } from './ConnectionSteps.tsx';

interface StatusProps {
  readonly status: Status;
}

/** How many jobs are in which state; each leads to the list of them. */
export function JobsCard({ status }: StatusProps) {
  const { total, byState, series } = status.jobs;
  const present = JobState.options.filter((state) => byState[state] > 0);
  return (
    <Card noMargin>
      <Card.Heading>{t('overview.jobs', 'Jobs')}</Card.Heading>
      <Card.Description>
        <Text element="p">
          {t('overview.jobTotals', 'Jobs: {{- total}} · series: {{- series}}', { total, series })}
        </Text>
        <Stack direction="row" gap={2} wrap="wrap">
          {present.map((state) => (
            <TextLink
              key={state}
              href={locationUtil.assureBaseUrl(`${appRoot}/forecasts?state=${state}`)}
              inline={false}
              color="primary"
            >
              <JobStateBadge state={state} reason={null} /> {byState[state]}
            </TextLink>
          ))}
        </Stack>
      </Card.Description>
    </Card>
  );
}

/** Promised against measured: the honest figure. */
export function CoverageCard({ status }: StatusProps) {
  const measured = status.coverage.filter(({ measuredRatio }) => measuredRatio !== null);
  return (
    <Card noMargin>
      <Card.Heading>{t('overview.howWell', 'How often the bands were right')}</Card.Heading>
      <Card.Description>
        {measured.length === 0 ? (
          <Text color="secondary">{t('overview.notMeasured', 'Not measured yet: train a job first.')}</Text>
        ) : (
          measured.map(({ levelPercent, measuredRatio }) => (
            <Text element="p" key={levelPercent}>
              {t('overview.coverage', 'right {{- measured}} of the time, {{- promised}} % promised', {
                measured: formatRatio(measuredRatio ?? 0),
                promised: levelPercent,
              })}
            </Text>
          ))
        )}
      </Card.Description>
    </Card>
  );
}

/** What the backend is busy with, and which one it is. */
export function TrainingCard({ status }: StatusProps) {
  const { running, queued, workers } = status.training;
  return (
    <Card noMargin>
      <Card.Heading>{t('overview.backend', 'Backend')}</Card.Heading>
      <Card.Description>
        <Stack direction="column" gap={0.5}>
          <span>
            <Badge color="green" icon="check" text={t('overview.reachable', 'Reachable')} />{' '}
            {t('overview.version', 'version {{- version}}', { version: status.version })}
          </span>
          <span>
            {t('overview.started', 'Started')} <Ago timeMs={status.startedAtMs} />
          </span>
          <span>
            {t('overview.training', 'Training: {{- running}} running, {{- queued}} waiting, {{- workers}} workers', {
              running,
              queued,
              workers,
            })}
          </span>
        </Stack>
      </Card.Description>
    </Card>
  );
}

function ReachableBadge({ source }: { readonly source: SourceSummary }) {
  if (source.reachable === null) {
    return <Badge color="blue" icon="question-circle" text={t('source.untested', 'Not asked yet')} />;
  }
  return source.reachable ? (
    <Badge color="green" icon="check" text={t('source.reachable', 'Answers')} />
  ) : (
    <Badge
      color="red"
      icon="exclamation-triangle"
      text={t('source.unreachable', 'Does not answer')}
      tooltip={source.message ?? ''}
    />
  );
}

/** Where the metrics come from, with a test that names the cause of a failure. */
export function SourcesCard({ status }: StatusProps) {
  const check = useSourceCheck();
  const { mutate, isPending } = check;
  const columns = useMemo<Array<Column<SourceSummary>>>(
    () => [
      { id: 'name', header: t('source.name', 'Source') },
      { id: 'kind', header: t('source.kind', 'Kind') },
      { id: 'url', header: t('source.url', 'URL') },
      { id: 'jobs', header: t('source.jobs', 'Jobs') },
      {
        id: 'reachable',
        header: t('source.state', 'State'),
        cell: ({ row }) => <ReachableBadge source={row.original} />,
      },
      {
        id: 'test',
        header: '',
        cell: ({ row }) => (
          <Button
            size="sm"
            variant="secondary"
            disabled={isPending}
            onClick={() => mutate(row.original.name)}
            aria-label={t('source.testOf', 'Test {{- name}}', { name: row.original.name })}
          >
            {t('source.test', 'Test')}
          </Button>
        ),
      },
    ],
    [mutate, isPending]
  );
  return (
    <section aria-label={t('overview.sources', 'Sources')}>
      <InteractiveTable columns={columns} data={status.sources} getRowId={(source) => source.name} />
      {check.error === null ? null : <ErrorNotice error={check.error} />}
      {check.data === undefined ? null : <ConnectionSteps report={check.data} />}
    </section>
  );
}
