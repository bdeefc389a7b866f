import { t } from '@grafana/i18n';
import type { BadgeColor, IconName } from '@grafana/ui';
import type { AlertRow } from '../../../backend/src/contract/index.ts';
import { severityRank } from './alertRows.ts';

interface Look {
  readonly text: string;
  readonly color: BadgeColor;
  readonly icon: IconName;
}

/** Word, colour and icon of an alert's state: colour alone says nothing to many people. */
export function alertStateLook(state: AlertRow['state']): Look {
  switch (state) {
    case 'firing':
      return { text: t('alerts.firing', 'Firing'), color: 'red', icon: 'fire' };
    case 'pending':
      return { text: t('alerts.pending', 'Pending'), color: 'orange', icon: 'clock-nine' };
    case 'suppressed':
      return { text: t('alerts.suppressed', 'Silenced'), color: 'purple', icon: 'bell-slash' };
    case 'resolved':
      return { text: t('alerts.resolved', 'Resolved'), color: 'green', icon: 'check' };
  }
}

export function sourceText(source: AlertRow['source']): string {
  switch (source) {
    case 'alertmanager':
      return 'Alertmanager';
    case 'grafana':
      return t('alerts.grafana', 'Grafana alerting');
    case 'aiops':
      return t('alerts.own', 'Anomaly');
  }
}

/** Colour of a severity; its own word stands beside it. */
export function severityColor(severity: string | null): BadgeColor {
  const rank = severityRank(severity);
  return rank <= 1 ? 'red' : rank === 2 ? 'orange' : 'blue';
}
