import { t } from '@grafana/i18n';
import { Badge, Box, Button, Field, Input, Stack, Text } from '@grafana/ui';
import { useId, useState } from 'react';
import { spanText } from '../anomalies/anomalyLook.ts';
import { useDecideRun } from '../api/useRuns.ts';
import { Ago } from '../components/Ago.tsx';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { useNow } from '../components/useNow.ts';
import { visibleText } from '../components/visibleText.ts';
import type { Approval, Run } from '../../backend/src/contract/index.ts';
import { whyNoRun } from './permissions.ts';

const mostReasonChars = 1_000;

/** Who asked, how many must agree, until when. */
function ApprovalFacts({ approval, nowMs }: { readonly approval: Approval; readonly nowMs: number }) {
  const { requestedBy, needed, decisions, expiresAtMs } = approval;
  const agreed = decisions.filter(({ decision }) => decision === 'approved').length;
  const leftMs = expiresAtMs - nowMs;
  return (
    <Stack direction="row" gap={2} wrap="wrap">
      <span>{t('approval.askedBy', 'Asked for by {{- by}}', { by: visibleText(requestedBy) })}</span>
      <span>{t('approval.count', '{{- agreed}} of {{- needed}} have agreed', { agreed, needed })}</span>
      <span>
        {leftMs > 0
          ? t('approval.left', 'No answer within {{- span}} means no', { span: spanText(leftMs) })
          : t('approval.late', 'Too late to answer')}
      </span>
    </Stack>
  );
}

/** What people said of a run, with when and why. */
function DecisionList({ approval }: { readonly approval: Approval }) {
  return (
    <ul style={{ listStyle: 'none', margin: 0 }} aria-label={t('approval.decisions', 'Who decided')}>
      {approval.decisions.map(({ by, role, decision, atMs, reason, via }) => (
        <li key={`${by}${atMs}`}>
          <Badge
            color={decision === 'approved' ? 'green' : 'red'}
            icon={decision === 'approved' ? 'check' : 'times'}
            text={decision === 'approved' ? t('approval.approved', 'Approved') : t('approval.denied', 'Denied')}
          />{' '}
          {t('approval.by', '{{- by}} ({{- role}}, {{- via}})', { by: visibleText(by), role, via })}{' '}
          <Ago timeMs={atMs} />
          {reason === null || reason === '' ? null : `: ${visibleText(reason)}`}
        </li>
      ))}
    </ul>
  );
}

interface ApprovalButtonsProps {
  readonly run: Run;
  readonly late: boolean;
}

function ApprovalButtons({ run, late }: ApprovalButtonsProps) {
  const decide = useDecideRun(run.id);
  const [reason, setReason] = useState('');
  const id = useId();
  const refusal = late ? t('approval.late', 'Too late to answer') : whyNoRun();
  const disabled = refusal !== undefined || decide.isPending;
  const answer = (decision: 'approve' | 'deny') =>
    decide.mutate({
      decision,
      planHash: run.plan.hash,
      ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
    });
  return (
    <>
      {decide.error === null ? null : <ErrorNotice error={decide.error} />}
      <Stack direction="row" gap={1} alignItems="flex-end" wrap="wrap">
        <Field label={t('approval.reason', 'Reason (kept in the audit)')} htmlFor={id} noMargin>
          <Input
            id={id}
            width={40}
            value={reason}
            maxLength={mostReasonChars}
            disabled={disabled}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Field>
        <Button
          icon={decide.isPending ? 'spinner' : 'check'}
          disabled={disabled}
          tooltip={refusal ?? ''}
          onClick={() => answer('approve')}
        >
          {t('approval.approve', 'Approve and run')}
        </Button>
        <Button
          variant="destructive"
          fill="outline"
          icon="times"
          disabled={disabled}
          tooltip={refusal ?? ''}
          onClick={() => answer('deny')}
        >
          {t('approval.deny', 'Deny')}
        </Button>
      </Stack>
    </>
  );
}

/** Asks people about a run that waits for them; the answer is bound to the plan that is shown with it. */
export function ApprovalCard({ run }: { readonly run: Run }) {
  const waits = run.state === 'awaiting-approval';
  const nowMs = useNow(waits);
  if (run.approval === null) {
    return null;
  }
  return (
    <Box
      element="section"
      aria-label={t('approval.title', 'Approval')}
      padding={2}
      backgroundColor="secondary"
      borderRadius="default"
    >
      <Stack direction="column" gap={1}>
        <Text weight="medium">{t('approval.title', 'Approval')}</Text>
        {waits ? <ApprovalFacts approval={run.approval} nowMs={nowMs} /> : null}
        {run.approval.decisions.length === 0 && !waits ? (
          <Text color="secondary">{t('approval.nobody', 'Nobody decided.')}</Text>
        ) : (
          <DecisionList approval={run.approval} />
        )}
        {waits ? <ApprovalButtons run={run} late={nowMs >= run.approval.expiresAtMs} /> : null}
      </Stack>
    </Box>
  );
}
