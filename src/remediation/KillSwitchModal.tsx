import { t } from '@grafana/i18n';
import { Alert, Button, Field, Input, Modal, Stack, Text } from '@grafana/ui';
import { useId, useState } from 'react';
import { useSetKillSwitch } from '../api/useRemediation.ts';
import { Ago } from '../components/Ago.tsx';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { visibleText } from '../components/visibleText.ts';
import type { KillSwitch } from '../../backend/src/contract/index.ts';
import { whyNoPlan, whyNoRun } from './permissions.ts';

/** "All remediation", "Policy restart-shop", "Target web-1". */
function scopeText({ scope, name }: Pick<KillSwitch, 'scope' | 'name'>): string {
  switch (scope) {
    case 'global':
      return t('killSwitch.global', 'All remediation');
    case 'policy':
      return t('killSwitch.policy', 'Policy {{- name}}', { name });
    case 'target':
      return t('killSwitch.target', 'Target {{- name}}', { name: visibleText(name) });
  }
}

/** Who stopped something, since when and why. */
export function StoppedBy({ of: { by, atMs, reason } }: { readonly of: KillSwitch }) {
  return (
    <Text color="secondary">
      {t('killSwitch.by', 'stopped by {{- by}}', { by: visibleText(by) })} <Ago timeMs={atMs} />
      {reason === '' ? null : `: ${visibleText(reason)}`}
    </Text>
  );
}

interface OthersProps {
  readonly switches: readonly KillSwitch[];
  readonly busy: boolean;
  readonly onResume: (of: KillSwitch) => void;
}

/** Policies and targets that are stopped for themselves. */
function Others({ switches, busy, onResume }: OthersProps) {
  const refusal = whyNoRun();
  return switches.length === 0 ? null : (
    <ul style={{ listStyle: 'none', margin: 0 }} aria-label={t('killSwitch.others', 'Stopped for themselves')}>
      {switches.map((one) => (
        <li key={`${one.scope} ${one.name}`}>
          <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
            <Text weight="medium">{scopeText(one)}</Text>
            <StoppedBy of={one} />
            <Button
              size="sm"
              variant="secondary"
              disabled={busy || refusal !== undefined}
              tooltip={refusal ?? ''}
              onClick={() => onResume(one)}
            >
              {t('killSwitch.resume', 'Let it go on')}
            </Button>
          </Stack>
        </li>
      ))}
    </ul>
  );
}

interface KillSwitchModalProps {
  readonly switches: readonly KillSwitch[];
  readonly onClose: () => void;
}

/** Asks before remediation is stopped or let go on, with a reason for those who find it so. */
export function KillSwitchModal({ switches, onClose }: KillSwitchModalProps) {
  const set = useSetKillSwitch();
  const [reason, setReason] = useState('');
  const id = useId();
  const stopped = switches.find(({ scope, on }) => scope === 'global' && on);
  const others = switches.filter(({ scope, on }) => scope !== 'global' && on);
  const refusal = stopped === undefined ? whyNoPlan() : whyNoRun();
  const turn = () =>
    set.mutate({ scope: 'global', on: stopped === undefined, reason: reason.trim() }, { onSuccess: onClose });
  return (
    <Modal
      isOpen
      title={
        stopped === undefined
          ? t('killSwitch.stopTitle', 'Stop all remediation?')
          : t('killSwitch.resumeTitle', 'Let remediation go on?')
      }
      onDismiss={onClose}
    >
      <Stack direction="column" gap={2}>
        {stopped === undefined ? (
          <Text>
            {t(
              'killSwitch.stopBody',
              'Within two seconds no policy starts anything and nothing that waits is started. What is at work already is ended or may finish, as the settings of the backend say. It stays so over restarts until an administrator lets it go on.'
            )}
          </Text>
        ) : (
          <>
            <StoppedBy of={stopped} />
            <Text>
              {t('killSwitch.resumeBody', 'Policies act again as their modes say, also on alerts that fire already.')}
            </Text>
          </>
        )}
        <Others
          switches={others}
          busy={set.isPending}
          onResume={({ scope, name }) => set.mutate({ scope, name, on: false, reason: reason.trim() })}
        />
        {set.error === null ? null : <ErrorNotice error={set.error} />}
        {refusal === undefined ? null : <Alert severity="info" title={refusal} />}
        <Field label={t('killSwitch.reason', 'Reason (everybody sees it)')} htmlFor={id} noMargin>
          <Input
            id={id}
            value={reason}
            maxLength={500}
            disabled={refusal !== undefined}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Field>
        <Modal.ButtonRow>
          <Button variant="secondary" fill="outline" onClick={onClose}>
            {t('job.cancel', 'Cancel')}
          </Button>
          <Button
            variant={stopped === undefined ? 'destructive' : 'primary'}
            icon={set.isPending ? 'spinner' : stopped === undefined ? 'times-circle' : 'play'}
            disabled={refusal !== undefined || set.isPending}
            onClick={turn}
          >
            {stopped === undefined ? t('killSwitch.stop', 'Stop all') : t('killSwitch.resume', 'Let it go on')}
          </Button>
        </Modal.ButtonRow>
      </Stack>
    </Modal>
  );
}
