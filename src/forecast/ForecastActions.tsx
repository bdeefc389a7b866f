import { AppEvents } from '@grafana/data';
import { t } from '@grafana/i18n';
import { getAppEvents, hasPermission } from '@grafana/runtime';
import { Button, Stack, Tooltip, type IconName } from '@grafana/ui';
import type { JobSpecInput } from '../../backend/src/contract/index.ts';
import type { QueryContext } from '../extensions/readContext.ts';
import { writeAction } from '../pluginId.ts';
import type { ForecastChoices } from './ForecastControls.tsx';
import { panelModel } from './panelModel.ts';
import type { PanelFacts } from './usePanelFacts.ts';

/** What a person wants beyond looking; overlay and alert belong to a job. */
export type Wish = 'job' | 'overlay' | 'alert';

interface ForecastActionsProps {
  readonly context: QueryContext;
  readonly title: string;
  /** Undefined when the series does not come from a Prometheus query. */
  readonly draft: JobSpecInput | undefined;
  readonly choices: ForecastChoices;
  readonly unit: string | undefined;
  /** What the saved dashboard says of the panel. */
  readonly panel: PanelFacts | undefined;
  readonly onWish: (wish: Wish) => void;
}

function whyNoJob(draft: JobSpecInput | undefined): string | undefined {
  if (!hasPermission(writeAction)) {
    return t('modal.createNeedsRole', 'Creating a job needs the Editor role in this organization.');
  }
  return draft === undefined
    ? t(
        'modal.createNeedsPromql',
        'A job reads PromQL from Prometheus, Mimir or Thanos; this series comes from elsewhere.'
      )
    : undefined;
}

/** Why the panel cannot be edited; undefined when it can. */
function whyNoOverlay({ dashboardUid, panelId }: QueryContext, panel: PanelFacts | undefined): string | undefined {
  if (dashboardUid === undefined || panelId === undefined) {
    return t('modal.overlayNeedsPanel', 'An overlay belongs to a panel of a saved dashboard: open the menu of one.');
  }
  if (panel === undefined) {
    return t('modal.overlayUnknown', 'The dashboard could not be read, so it is not known whether it may be edited.');
  }
  if (panel.provisioned) {
    return t(
      'modal.overlayProvisioned',
      'This dashboard is provisioned from a file, which an edit here could not keep. Anomalies can be drawn on it without an edit: see "Draw anomalies on dashboards" in the job.'
    );
  }
  return panel.canSave
    ? undefined
    : t('modal.overlayNoRights', 'You may not save this dashboard: ask somebody who may edit it.');
}

async function copyPanel(model: object): Promise<void> {
  try {
    await navigator.clipboard.writeText(JSON.stringify(model, null, 2));
    getAppEvents().publish({
      type: AppEvents.alertSuccess.name,
      payload: [
        t('modal.copied', 'Panel copied'),
        t('modal.copiedHow', 'Add a panel to a dashboard, open Inspect, Panel JSON, and paste it there.'),
      ],
    });
  } catch {
    getAppEvents().publish({
      type: AppEvents.alertError.name,
      payload: [
        t('modal.copyFailed', 'The browser did not allow copying'),
        t('modal.copyFailedHow', 'Serve Grafana over HTTPS or allow access to the clipboard.'),
      ],
    });
  }
}

interface WishButtonProps {
  readonly icon: IconName;
  readonly text: string;
  readonly refusal: string | undefined;
  readonly onClick: () => void;
}

function WishButton({ icon, text, refusal, onClick }: WishButtonProps) {
  return (
    <Button variant="secondary" icon={icon} disabled={refusal !== undefined} tooltip={refusal ?? ''} onClick={onClick}>
      {text}
    </Button>
  );
}

/** What can be done with the forecast; what a role may not do is shown with the reason. */
export function ForecastActions({ context, title, draft, choices, unit, panel, onWish }: ForecastActionsProps) {
  const refusal = whyNoJob(draft);
  return (
    <Stack direction="row" gap={1} justifyContent="flex-end" wrap="wrap">
      <Tooltip content={t('modal.copyHint', 'A Forecast panel with this query, as panel JSON')}>
        <Button
          variant="secondary"
          icon="copy"
          onClick={() => void copyPanel(panelModel({ context, title, choices, unit }))}
        >
          {t('modal.copyPanel', 'Copy as panel')}
        </Button>
      </Tooltip>
      <WishButton
        icon="layer-group"
        text={t('modal.addOverlay', 'Add overlay')}
        refusal={refusal ?? whyNoOverlay(context, panel)}
        onClick={() => onWish('overlay')}
      />
      <WishButton
        icon="bell"
        text={t('modal.createAlert', 'Create alert')}
        refusal={refusal}
        onClick={() => onWish('alert')}
      />
      <Button icon="plus" onClick={() => onWish('job')} disabled={refusal !== undefined} tooltip={refusal ?? ''}>
        {t('modal.createJob', 'Create job')}
      </Button>
    </Stack>
  );
}
