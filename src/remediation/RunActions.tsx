import { t } from '@grafana/i18n';
import { Alert, Button, ConfirmModal, Field, Input, Stack } from '@grafana/ui';
import { useId, useState } from 'react';
import { isOpenRun, useCancelRun, useReleaseRun } from '../api/useRuns.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { visibleText } from '../components/visibleText.ts';
import type { Run } from '../../backend/src/contract/index.ts';
import { whyNoRun } from './permissions.ts';

/** Cancels a run that has not ended. */
export function CancelRun({ run }: { readonly run: Run }) {
  const cancel = useCancelRun(run.id);
  const [asking, setAsking] = useState(false);
  const refusal = whyNoRun();
  if (!isOpenRun(run.state)) {
    return null;
  }
  return (
    <>
      {cancel.error === null ? null : <ErrorNotice error={cancel.error} />}
      <div>
        <Button
          size="sm"
          variant="destructive"
          fill="outline"
          icon={cancel.isPending ? 'spinner' : 'times'}
          disabled={refusal !== undefined || cancel.isPending}
          tooltip={refusal ?? ''}
          onClick={() => setAsking(true)}
        >
          {t('run.cancel', 'Cancel run')}
        </Button>
      </div>
      <ConfirmModal
        isOpen={asking}
        title={t('run.cancelTitle', 'Cancel this run?')}
        body={t(
          'run.cancelBody',
          'What the engine has begun is ended at once. What it changed until then stays, and the target waits for a person if its effect is not known.'
        )}
        confirmText={t('run.cancel', 'Cancel run')}
        dismissText={t('run.keep', 'Let it go on')}
        onConfirm={() => {
          setAsking(false);
          cancel.mutate();
        }}
        onDismiss={() => setAsking(false)}
      />
    </>
  );
}

/** Says that nobody knows what a run did, and lets a person who looked free its target. */
export function ReleaseTarget({ run }: { readonly run: Run }) {
  const release = useReleaseRun(run.id);
  const [reason, setReason] = useState('');
  const id = useId();
  const refusal = whyNoRun();
  if (!run.blocksTarget) {
    return null;
  }
  const disabled = refusal !== undefined || release.isPending;
  return (
    <Alert
      severity="warning"
      title={t('run.blocked', 'Nothing acts on {{- targets}} until a person has looked', {
        targets: visibleText(run.plan.targets.join(', ')),
      })}
    >
      <Stack direction="column" gap={1}>
        <span>{t('run.blockedHow', 'Look at the target, then say what you found: policies may act on it again.')}</span>
        {release.error === null ? null : <ErrorNotice error={release.error} />}
        <Stack direction="row" gap={1} alignItems="flex-end" wrap="wrap">
          <Field label={t('run.found', 'What you found (kept in the audit)')} htmlFor={id} noMargin>
            <Input
              id={id}
              width={50}
              value={reason}
              maxLength={500}
              disabled={disabled}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </Field>
          <Button
            variant="secondary"
            icon={release.isPending ? 'spinner' : 'unlock'}
            disabled={disabled || reason.trim() === ''}
            tooltip={refusal ?? ''}
            onClick={() => release.mutate(reason.trim())}
          >
            {t('run.release', 'Free the target')}
          </Button>
        </Stack>
      </Stack>
    </Alert>
  );
}
