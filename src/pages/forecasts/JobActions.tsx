import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { hasPermission } from '@grafana/runtime';
import { Button, ConfirmModal, LinkButton, Spinner, Stack, Text } from '@grafana/ui';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { explain } from '../../api/api-error.ts';
import { useDeleteJob, useRetrainJob } from '../../api/useJobs.ts';
import type { TrainingProgress } from '../../api/useTrainingEvents.ts';
import type { JobSummary } from '../../../backend/src/contract/index.ts';
import { appRoot, writeAction } from '../../pluginId.ts';

interface JobActionsProps {
  readonly job: JobSummary;
  readonly progress: TrainingProgress | undefined;
}

/** Why the job cannot be changed here; undefined when it can. */
function whyLocked({ origin }: JobSummary): string | undefined {
  if (!hasPermission(writeAction)) {
    return t('job.needsRole', 'Creating and changing jobs needs the Editor role in this organization.');
  }
  return origin.kind === 'file'
    ? t('job.provisioned', 'This job is provisioned: change it in {{- file}}.', { file: origin.file })
    : undefined;
}

function Progress({ progress }: { readonly progress: TrainingProgress | undefined }) {
  return progress === undefined || progress.ended ? null : (
    <span role="status">
      <Spinner inline />{' '}
      {t('job.progress', 'Training {{- done}} of {{- total}} series', { done: progress.done, total: progress.total })}
    </span>
  );
}

/** Retrain, edit, delete; what is not allowed says why. */
export function JobActions({ job, progress }: JobActionsProps) {
  const { name } = job.spec;
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const retrain = useRetrainJob(name);
  const remove = useDeleteJob();
  const locked = whyLocked(job);
  const mayTrain = hasPermission(writeAction);
  const busy = retrain.isPending || (progress !== undefined && !progress.ended);
  const failure = retrain.error ?? remove.error;
  return (
    <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
      <Button
        variant="secondary"
        icon="sync"
        disabled={!mayTrain || busy}
        tooltip={mayTrain ? '' : (locked ?? '')}
        onClick={() => retrain.mutate()}
      >
        {t('job.retrainNow', 'Retrain now')}
      </Button>
      {locked === undefined ? (
        <LinkButton
          variant="secondary"
          icon="edit"
          href={locationUtil.assureBaseUrl(`${appRoot}/forecasts/${name}/edit`)}
        >
          {t('job.editAction', 'Edit')}
        </LinkButton>
      ) : (
        <Button variant="secondary" icon="lock" disabled tooltip={locked}>
          {t('job.editAction', 'Edit')}
        </Button>
      )}
      <Button
        variant="destructive"
        fill="outline"
        icon="trash-alt"
        disabled={locked !== undefined || remove.isPending}
        tooltip={locked ?? ''}
        onClick={() => setAsking(true)}
      >
        {t('job.delete', 'Delete')}
      </Button>
      <Progress progress={progress} />
      {failure === null ? null : <Text color="error">{explain(failure).text}</Text>}
      <ConfirmModal
        isOpen={asking}
        title={t('job.deleteTitle', 'Delete {{- name}}?', { name })}
        body={t(
          'job.deleteBody',
          'Its trainings and bands go with it: dashboards and alert rules that use them will find no data.'
        )}
        confirmText={t('job.delete', 'Delete')}
        onConfirm={() => {
          setAsking(false);
          remove.mutate(name, {
            onSuccess: () => navigate(`${appRoot}/forecasts`, { state: { deleted: job.spec } }),
          });
        }}
        onDismiss={() => setAsking(false)}
      />
    </Stack>
  );
}
