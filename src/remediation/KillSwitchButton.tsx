import { t } from '@grafana/i18n';
import { Button, Stack } from '@grafana/ui';
import { useState } from 'react';
import { explain } from '../api/api-error.ts';
import { useKillSwitches } from '../api/useRemediation.ts';
import type { KillSwitch } from '../../backend/src/contract/index.ts';
import { KillSwitchModal, StoppedBy } from './KillSwitchModal.tsx';

function stateText(stopped: KillSwitch | undefined, others: number): string {
  if (stopped !== undefined) {
    return t('killSwitch.isStopped', 'Remediation: stopped');
  }
  return others === 0
    ? t('killSwitch.isOn', 'Remediation: on')
    : t('killSwitch.isPartly', 'Remediation: on, {{- count}} stopped', { count: others });
}

/** Whether remediation acts at all, in the header of every page; a click asks before it changes. */
export function KillSwitchButton() {
  const switches = useKillSwitches();
  const [open, setOpen] = useState(false);
  if (switches.data === undefined) {
    return (
      <Button
        variant="secondary"
        fill="outline"
        icon={switches.error === null ? 'spinner' : 'question-circle'}
        disabled
        tooltip={switches.error === null ? '' : explain(switches.error).title}
      >
        {t('killSwitch.notKnown', 'Remediation: not known')}
      </Button>
    );
  }
  const active = switches.data.filter(({ on }) => on);
  const stopped = active.find(({ scope }) => scope === 'global');
  return (
    <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
      <span role="status" style={{ textAlign: 'right' }}>
        {stopped === undefined ? null : <StoppedBy of={stopped} />}
      </span>
      <Button
        variant={stopped === undefined ? 'secondary' : 'destructive'}
        fill={stopped === undefined ? 'outline' : 'solid'}
        icon={stopped === undefined ? 'heart' : 'heart-break'}
        onClick={() => setOpen(true)}
      >
        {stateText(stopped, active.length)}
      </Button>
      {open ? <KillSwitchModal switches={active} onClose={() => setOpen(false)} /> : null}
    </Stack>
  );
}
