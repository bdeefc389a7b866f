import { t } from '@grafana/i18n';
import { Alert, Button, Stack, Text } from '@grafana/ui';
import { useLevelDecision } from '../../api/useAnomalies.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import type { AnomalyRecord } from '../../../backend/src/contract/index.ts';
import { whyNoVerdict } from '../../anomalies/VerdictButtons.tsx';

function Decided({ decision }: { readonly decision: NonNullable<AnomalyRecord['levelDecision']> }) {
  return (
    <Text>
      {decision.decision === 'accepted'
        ? t('level.acceptedBy', 'Accepted as the new normal by {{- by}}', { by: decision.by })
        : t('level.rejectedBy', 'Rejected by {{- by}}: the old level stays what is expected', { by: decision.by })}{' '}
      <Ago timeMs={decision.atMs} />
    </Text>
  );
}

/** A change of level waits for a person: the new level becomes normal, or stays abnormal. */
export function LevelDecisionCard({ anomaly }: { readonly anomaly: AnomalyRecord }) {
  const decide = useLevelDecision(anomaly.id);
  const refusal = whyNoVerdict();
  const { levelDecision: decided } = anomaly;
  const button = (decision: 'accepted' | 'rejected', text: string, hint: string) => (
    <Button
      size="sm"
      variant={decision === 'accepted' && decided === null ? 'primary' : 'secondary'}
      icon={decision === 'accepted' ? 'check' : 'times'}
      disabled={refusal !== undefined || decide.isPending || decided?.decision === decision}
      tooltip={refusal ?? hint}
      onClick={() => decide.mutate(decision)}
    >
      {text}
    </Button>
  );
  return (
    <Alert severity="info" title={t('level.question', 'Is the new level the new normal?')}>
      <Stack direction="column" gap={1} alignItems="flex-start">
        <Text>
          {t(
            'level.explained',
            'Accepted: what was before leaves the training data, and the new level is normal. Rejected: the values of the new level leave it, and the old level stays what is expected.'
          )}
        </Text>
        {decided === null ? null : <Decided decision={decided} />}
        <Stack direction="row" gap={1}>
          {button(
            'accepted',
            t('level.accept', 'Accept the new level'),
            t('level.acceptHint', 'The job is trained again on the new level')
          )}
          {button(
            'rejected',
            t('level.reject', 'Reject it'),
            t('level.rejectHint', 'The job keeps expecting the old level')
          )}
        </Stack>
        {decide.error === null ? null : <ErrorNotice error={decide.error} />}
      </Stack>
    </Alert>
  );
}
