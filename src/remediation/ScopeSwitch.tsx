import { t } from '@grafana/i18n';
import { Button, Stack } from '@grafana/ui';
import { useKillSwitches, useSetKillSwitch } from '../api/useRemediation.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import type { KillSwitch } from '../../backend/src/contract/index.ts';
import { StoppedBy } from './KillSwitchModal.tsx';
import { whyNoPlan, whyNoRun } from './permissions.ts';

type ScopeSwitchProps = Pick<KillSwitch, 'name'> & { readonly scope: 'policy' | 'target' };

/** Stops one policy or target, or lets it go on. */
export function ScopeSwitch({ scope, name }: ScopeSwitchProps) {
  const switches = useKillSwitches();
  const set = useSetKillSwitch();
  const stopped = switches.data?.find((one) => one.scope === scope && one.name === name && one.on);
  const refusal = stopped === undefined ? whyNoPlan() : whyNoRun();
  return (
    <Stack direction="column" gap={1}>
      {set.error === null ? null : <ErrorNotice error={set.error} />}
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <Button
          size="sm"
          variant={stopped === undefined ? 'secondary' : 'primary'}
          icon={stopped === undefined ? 'pause' : 'play'}
          disabled={refusal !== undefined || set.isPending || switches.data === undefined}
          tooltip={refusal ?? ''}
          onClick={() => set.mutate({ scope, name, on: stopped === undefined })}
        >
          {stopped === undefined ? t('killSwitch.stopOne', 'Stop it') : t('killSwitch.resume', 'Let it go on')}
        </Button>
        {stopped === undefined ? null : <StoppedBy of={stopped} />}
      </Stack>
    </Stack>
  );
}
