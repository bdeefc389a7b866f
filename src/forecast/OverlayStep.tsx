import { t } from '@grafana/i18n';
import { Alert, Button, Stack, Text } from '@grafana/ui';
import { useOverlayEdit } from '../api/useOverlays.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import type { OverlayEdit } from '../../backend/src/contract/index.ts';

interface OverlayStepProps {
  readonly job: string;
  readonly dashboardUid: string;
  readonly dashboardTitle: string;
  readonly panelId: number;
  /** Whether the saved panel shows the job's forecast already. */
  readonly present: boolean;
  readonly onBack: () => void;
}

function outcomeText({ state }: OverlayEdit): string {
  switch (state) {
    case 'added':
      return t('overlayStep.added', 'Band and forecast are on the panel now');
    case 'removed':
      return t('overlayStep.removed', 'The panel is as it was before');
    case 'unchanged':
      return t('overlayStep.unchanged', 'The panel is that way already: nothing was edited');
  }
}

function Outcome({ edit }: { readonly edit: OverlayEdit }) {
  return (
    <Alert severity="success" title={outcomeText(edit)}>
      <Stack direction="column" gap={1} alignItems="flex-start">
        <span>
          {t(
            'overlayStep.reload',
            'The open dashboard does not know of it yet: load it again. The forecast shows when its time range ends in the future, such as now+24h.'
          )}
        </span>
        <Button size="sm" variant="secondary" icon="sync" onClick={() => window.location.reload()}>
          {t('overlayStep.reloadNow', 'Load the dashboard again')}
        </Button>
      </Stack>
    </Alert>
  );
}

/** Adds band and forecast to the panel by one edit of its dashboard, and takes them away again. */
export function OverlayStep({ job, dashboardUid, dashboardTitle, panelId, present, onBack }: OverlayStepProps) {
  const change = useOverlayEdit();
  const last = change.data;
  // Whatever it took, the panel is now as it was asked to be.
  const isThere = last === undefined ? present : change.variables?.action === 'add';
  const run = (action: 'add' | 'remove') => change.mutate({ edit: { dashboardUid, panelId, job }, action });
  return (
    <Stack direction="column" gap={2} alignItems="flex-start">
      <Text>
        {isThere
          ? t('overlayStep.isThere', 'The panel shows the forecast of job {{- job}}.', { job })
          : t(
              'overlayStep.what',
              'One edit of the dashboard "{{- dashboard}}" adds band and forecast of job {{- job}} to this panel. It is a version of its own in the history of the dashboard and can be taken back here.',
              { dashboard: dashboardTitle, job }
            )}
      </Text>
      {last === undefined ? null : <Outcome edit={last} />}
      {change.error === null ? null : <ErrorNotice error={change.error} />}
      <Stack direction="row" gap={1}>
        {isThere ? (
          <Button
            variant="secondary"
            icon={change.isPending ? 'spinner' : 'history'}
            disabled={change.isPending}
            onClick={() => run('remove')}
          >
            {t('overlayStep.remove', 'Remove overlay')}
          </Button>
        ) : (
          <Button icon={change.isPending ? 'spinner' : 'plus'} disabled={change.isPending} onClick={() => run('add')}>
            {t('overlayStep.add', 'Add overlay to this panel')}
          </Button>
        )}
        <Button variant="secondary" fill="text" onClick={onBack}>
          {t('modal.back', 'Back to the forecast')}
        </Button>
      </Stack>
    </Stack>
  );
}
