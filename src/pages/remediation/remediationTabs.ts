import { t } from '@grafana/i18n';

/** In the address as `tab`. */
export const remediationTabs = ['runs', 'approvals', 'policies', 'episodes', 'audit'] as const;
export type RemediationTab = (typeof remediationTabs)[number];

export function tabLabel(tab: RemediationTab): string {
  switch (tab) {
    case 'runs':
      return t('remediation.runs', 'Runs');
    case 'approvals':
      return t('remediation.approvals', 'Approvals');
    case 'policies':
      return t('remediation.policies', 'Policies');
    case 'episodes':
      return t('remediation.episodes', 'Episodes');
    case 'audit':
      return t('remediation.audit', 'Audit');
  }
}
