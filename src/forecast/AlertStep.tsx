import { t } from '@grafana/i18n';
import { Alert, Button, RadioButtonGroup, Stack, Text } from '@grafana/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { alertRulesQuery } from '../api/useAlerts.ts';
import { useJob, useSaveJob } from '../api/useJobs.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Skeleton } from '../components/Skeletons.tsx';
import { Snippet } from '../components/Snippet.tsx';
import type { AlertRuleFormat, JobSummary } from '../../backend/src/contract/index.ts';

interface AlertStepProps {
  readonly jobName: string;
  readonly onBack: () => void;
}

function formats(): Array<{ value: AlertRuleFormat; label: string }> {
  return [
    { value: 'prometheus', label: 'Prometheus' },
    { value: 'mimir', label: 'Mimir' },
    { value: 'grafana', label: 'Grafana' },
  ];
}

/** How a file of rules is taken into use. */
function howToUse(format: AlertRuleFormat): string {
  switch (format) {
    case 'prometheus':
      return t(
        'alertStep.usePrometheus',
        'Save it where rule_files of prometheus.yml looks, and load Prometheus anew.'
      );
    case 'mimir':
      return t('alertStep.useMimir', 'Load it with mimirtool rules load.');
    case 'grafana':
      return t('alertStep.useGrafana', 'Save it in provisioning/alerting of Grafana, and start Grafana anew.');
  }
}

/** The shortest way: the job itself tells Alertmanager. */
function OwnAlert({ job }: { readonly job: JobSummary }) {
  const save = useSaveJob(job.spec.name);
  const { alert } = job.spec;
  if (alert !== 'none') {
    return (
      <Alert
        severity="success"
        topSpacing={0}
        title={t('alertStep.isOn', 'The job tells Alertmanager of each anomaly, as severity {{- severity}}', {
          severity: alert.severity,
        })}
      />
    );
  }
  const file = job.origin.kind === 'file' ? job.origin.file : undefined;
  return (
    <Stack direction="column" gap={1} alignItems="flex-start">
      <Text>{t('alertStep.isOff', 'The job keeps its anomalies to the pages.')}</Text>
      <Button
        icon={save.isPending ? 'spinner' : 'bell'}
        disabled={save.isPending || file !== undefined}
        tooltip={
          file === undefined ? '' : t('job.provisioned', 'This job is provisioned: change it in {{- file}}.', { file })
        }
        onClick={() => save.mutate({ ...job.spec, alert: { severity: 'warning' } })}
      >
        {t('alertStep.turnOn', 'Let the job tell Alertmanager')}
      </Button>
      {save.error === null ? null : <ErrorNotice error={save.error} />}
    </Stack>
  );
}

/** Alerts of a job: by the job itself, or by a rule for those who prefer rules. */
export function AlertStep({ jobName, onBack }: AlertStepProps) {
  const [format, setFormat] = useState<AlertRuleFormat>('prometheus');
  const job = useJob(jobName);
  const rules = useQuery(alertRulesQuery(jobName, format));
  return (
    <Stack direction="column" gap={2}>
      {job.error === null ? null : <ErrorNotice error={job.error} onRetry={() => void job.refetch()} />}
      {job.data === undefined ? null : <OwnAlert job={job.data} />}
      <Text element="h3" variant="h5">
        {t('alertStep.rules', 'Or as a rule of your own')}
      </Text>
      <RadioButtonGroup
        aria-label={t('alertStep.for', 'Rules for')}
        options={formats()}
        value={format}
        onChange={setFormat}
      />
      <Text color="secondary">{howToUse(format)}</Text>
      {rules.error === null ? null : <ErrorNotice error={rules.error} onRetry={() => void rules.refetch()} />}
      {rules.isPending ? <Skeleton heightPx={160} /> : null}
      {rules.data === undefined ? null : <Snippet file={`aiops-${jobName}.yaml`} text={rules.data} />}
      <div>
        <Button variant="secondary" fill="text" onClick={onBack}>
          {t('modal.back', 'Back to the forecast')}
        </Button>
      </div>
    </Stack>
  );
}
