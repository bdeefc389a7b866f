import { t } from '@grafana/i18n';
import { Badge, Stack } from '@grafana/ui';
import type { AnomalyRecord } from '../../backend/src/contract/index.ts';
import { anomalyStateLook, kindText, verdictLook } from './anomalyLook.ts';

interface AnomalyBadgesProps {
  readonly anomaly: AnomalyRecord;
  readonly withKind?: boolean;
}

/** Whether it lasts, what kept its alert back, and what people said of it. */
export function AnomalyBadges({ anomaly, withKind = false }: AnomalyBadgesProps) {
  const { state, kind, mutedBy, late, verdict, levelDecision } = anomaly;
  return (
    <Stack direction="row" gap={0.5} wrap="wrap">
      <Badge {...anomalyStateLook(state)} />
      {withKind ? <Badge color="darkgrey" text={kindText(kind)} /> : null}
      {mutedBy === null ? null : (
        <Badge
          color="purple"
          icon="bell-slash"
          text={t('anomaly.muted', 'Alert kept back')}
          tooltip={t('anomaly.mutedBy', 'Kept back by {{- name}}', { name: mutedBy })}
        />
      )}
      {late ? (
        <Badge
          color="blue"
          icon="history"
          text={t('anomaly.late', 'Found later')}
          tooltip={t('anomaly.lateHow', 'Found while catching up after a stop, and over by then: nobody was told.')}
        />
      ) : null}
      {verdict === null ? null : <Badge {...verdictLook(verdict.verdict)} />}
      {levelDecision === null ? null : (
        <Badge
          color={levelDecision.decision === 'accepted' ? 'green' : 'darkgrey'}
          icon={levelDecision.decision === 'accepted' ? 'check' : 'times'}
          text={
            levelDecision.decision === 'accepted'
              ? t('level.accepted', 'New level accepted')
              : t('level.rejected', 'New level rejected')
          }
        />
      )}
    </Stack>
  );
}
