import { AppEvents } from '@grafana/data';
import { t } from '@grafana/i18n';
import { getAppEvents, hasPermission } from '@grafana/runtime';
import { Button, Stack, Tooltip } from '@grafana/ui';
import type { JobSpecInput } from '../../backend/src/contract/index.ts';
import type { QueryContext } from '../extensions/readContext.ts';
import { writeAction } from '../pluginId.ts';
import type { ForecastChoices } from './ForecastControls.tsx';
import { panelModel } from './panelModel.ts';

interface ForecastActionsProps {
  readonly context: QueryContext;
  readonly title: string;
  /** Undefined when the series does not come from a Prometheus query. */
  readonly draft: JobSpecInput | undefined;
  readonly choices: ForecastChoices;
  readonly unit: string | undefined;
  readonly onCreate: () => void;
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

/** What can be done with the forecast; what a role may not do is shown with the reason. */
export function ForecastActions({ context, title, draft, choices, unit, onCreate }: ForecastActionsProps) {
  const refusal = whyNoJob(draft);
  const create = (
    <Button icon="plus" onClick={onCreate} disabled={refusal !== undefined} tooltip={refusal ?? ''}>
      {t('modal.createJob', 'Create job')}
    </Button>
  );
  return (
    <Stack direction="row" gap={1} justifyContent="flex-end">
      <Tooltip content={t('modal.copyHint', 'A Forecast panel with this query, as panel JSON')}>
        <Button
          variant="secondary"
          icon="copy"
          onClick={() => void copyPanel(panelModel({ context, title, choices, unit }))}
        >
          {t('modal.copyPanel', 'Copy as panel')}
        </Button>
      </Tooltip>
      {create}
    </Stack>
  );
}
