import { t } from '@grafana/i18n';
import { Badge, Stack, Text, type BadgeColor, type IconName } from '@grafana/ui';
import { Ago } from '../../components/Ago.tsx';
import type { AnomalyRecord } from '../../../backend/src/contract/index.ts';

type Delivery = AnomalyRecord['deliveries'][number];

function look(state: Delivery['state']): { text: string; color: BadgeColor; icon: IconName } {
  switch (state) {
    case 'waiting':
      return { text: t('delivery.waiting', 'Waiting'), color: 'blue', icon: 'clock-nine' };
    case 'firing':
      return { text: t('delivery.firing', 'Accepted, firing'), color: 'orange', icon: 'bell' };
    case 'resolved':
      return { text: t('delivery.resolved', 'Accepted, resolved'), color: 'green', icon: 'check' };
    case 'failing':
      return { text: t('delivery.failing', 'Not accepted'), color: 'red', icon: 'exclamation-triangle' };
  }
}

/** How it was told, by receiver; what failed says why. */
export function Deliveries({ anomaly }: { readonly anomaly: AnomalyRecord }) {
  if (anomaly.deliveries.length === 0) {
    return (
      <Text color="secondary">
        {anomaly.mutedBy === null
          ? t(
              'delivery.none',
              'Told to nobody: no Alertmanager is set up, or the job keeps its anomalies to the pages.'
            )
          : t('delivery.muted', 'Told to nobody while {{- name}} keeps alerts back.', { name: anomaly.mutedBy })}
      </Text>
    );
  }
  return (
    <Stack direction="column" gap={0.5}>
      {anomaly.deliveries.map((delivery) => (
        <Stack key={delivery.receiver} direction="row" gap={1} alignItems="center" wrap="wrap">
          <span>{delivery.receiver}</span>
          <Badge {...look(delivery.state)} />
          {delivery.acceptedAtMs === null ? null : <Ago timeMs={delivery.acceptedAtMs} />}
          {delivery.error === null ? null : <Text color="error">{delivery.error}</Text>}
        </Stack>
      ))}
    </Stack>
  );
}
