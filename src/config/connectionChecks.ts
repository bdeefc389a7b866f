import { t } from '@grafana/i18n';
import { ApiError, type ApiErrorKind } from '../api/api-error.ts';
import type { Status } from '../../backend/src/contract/index.ts';

export interface ConnectionCheck {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'not-reached';
  readonly detail: string;
}

/** How far a failed request came: 0 Grafana's settings, 1 the backend, 2 its token, 3 the role, 4 the answer. */
function stepOf(kind: ApiErrorKind): number {
  switch (kind) {
    case 'not-enabled':
      return 0;
    case 'unreachable':
    case 'timeout':
    case 'cancelled':
      return 1;
    case 'token':
      return 2;
    case 'role':
      return 3;
    case 'missing':
    case 'refused':
    case 'busy':
    case 'protocol':
    case 'internal':
      return 4;
  }
}

function callerText(status: Status): string {
  const { kind, name, role } = status.caller;
  return t('check.caller', 'the backend sees {{- kind}} {{- name}} {{- role}}', {
    kind,
    name: name ?? '',
    role: role ?? '',
  });
}

/** The steps from Grafana to the sources, each with what was seen or why it was not reached. */
export function connectionChecks(status: Status | undefined, error: unknown): ConnectionCheck[] {
  const names = [
    t('check.enabled', 'App enabled in this organization'),
    t('check.reachable', 'Backend reachable from Grafana'),
    t('check.token', 'Token accepted'),
    t('check.role', 'Role allows reading'),
    t('check.answer', 'Backend answers'),
  ];
  const failedAt = error === null ? names.length : stepOf(error instanceof ApiError ? error.kind : 'internal');
  const details = ['', '', '', status === undefined ? '' : callerText(status), versionText(status)];
  const checks = names.map((name, i): ConnectionCheck => {
    if (i === failedAt) {
      return { name, state: 'failed', detail: error instanceof Error ? error.message : t('check.failed', 'failed') };
    }
    return i < failedAt
      ? { name, state: 'passed', detail: details[i] || t('check.ok', 'ok') }
      : { name, state: 'not-reached', detail: t('check.notReached', 'not reached') };
  });
  return [...checks, ...sourceChecks(status), ...signedUserCheck(status)];
}

function versionText(status: Status | undefined): string {
  return status === undefined ? '' : t('check.version', 'version {{- version}}', { version: status.version });
}

function sourceChecks(status: Status | undefined): ConnectionCheck[] {
  return (status?.sources ?? []).map(({ name, reachable, message }) => ({
    name: t('check.source', 'Source {{- name}}', { name }),
    state: reachable === false ? 'failed' : reachable === null ? 'not-reached' : 'passed',
    detail: message ?? (reachable === null ? t('check.untested', 'not asked yet') : t('check.ok', 'ok')),
  }));
}

/** Changes need the signed user: the reason why they would be refused is better known before the first try. */
function signedUserCheck(status: Status | undefined): ConnectionCheck[] {
  if (status === undefined) {
    return [];
  }
  const { changesRefused } = status.caller;
  return [
    {
      name: t('check.changes', 'Changes allowed'),
      state: changesRefused === null ? 'passed' : 'failed',
      detail: changesRefused ?? t('check.ok', 'ok'),
    },
  ];
}
