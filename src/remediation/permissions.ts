import { t } from '@grafana/i18n';
import { hasPermission } from '@grafana/runtime';
import { planAction, runAction } from '../pluginId.ts';

/** Why this person may not plan, try out or stop; undefined when they may. */
export function whyNoPlan(): string | undefined {
  return hasPermission(planAction)
    ? undefined
    : t('remediation.needsEditor', 'Planning and stopping remediation needs the Editor role in this organization.');
}

/** Why this person may not run, approve or let go on; undefined when they may. */
export function whyNoRun(): string | undefined {
  return hasPermission(runAction)
    ? undefined
    : t('remediation.needsAdmin', 'Running and approving remediation needs the Admin role in this organization.');
}
