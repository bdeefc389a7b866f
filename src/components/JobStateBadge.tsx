import { t } from '@grafana/i18n';
import { Badge, type BadgeColor, type IconName } from '@grafana/ui';
import type { JobState } from '../../backend/src/contract/index.ts';

interface StateLook {
  readonly text: string;
  readonly color: BadgeColor;
  readonly icon: IconName;
}

/** Word, colour and icon of a job's state: colour alone says nothing to many people. */
export function jobStateLook(state: JobState): StateLook {
  switch (state) {
    case 'fresh':
      return { text: t('state.fresh', 'Fresh'), color: 'green', icon: 'check' };
    case 'training':
      return { text: t('state.training', 'Training'), color: 'blue', icon: 'sync' };
    case 'waiting':
      return { text: t('state.waiting', 'Waiting'), color: 'blue', icon: 'clock-nine' };
    case 'warming-up':
      return { text: t('state.warmingUp', 'Warming up'), color: 'purple', icon: 'hourglass' };
    case 'stale':
      return { text: t('state.stale', 'Stale'), color: 'orange', icon: 'history' };
    case 'failing':
      return { text: t('state.failing', 'Failing'), color: 'red', icon: 'exclamation-triangle' };
  }
}

interface JobStateBadgeProps {
  readonly state: JobState;
  readonly reason: string | null;
}

export function JobStateBadge({ state, reason }: JobStateBadgeProps) {
  const { text, color, icon } = jobStateLook(state);
  return <Badge text={text} color={color} icon={icon} tooltip={reason ?? ''} />;
}
