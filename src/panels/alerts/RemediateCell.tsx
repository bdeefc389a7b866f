import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, LinkButton, Modal } from '@grafana/ui';
import { useState } from 'react';
import { useEpisode } from '../../api/useEpisodes.ts';
import { isOpenRun } from '../../api/useRuns.ts';
import { useNow } from '../../components/useNow.ts';
import { visibleText } from '../../components/visibleText.ts';
import type { AlertRow, Episode, EpisodeDetail, Run } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { RemediateView } from '../../remediation/RemediateView.tsx';
import { runProgressText, runStateLook } from '../../remediation/runLook.ts';

/** How long the end of a run stands in the place of the button. */
const endShownMs = 10 * 60_000;

function policyCount({ decisions }: EpisodeDetail): number {
  return new Set(decisions.map(({ policy }) => policy)).size;
}

/** The run that matters now: one that goes on, or one that ended a short while ago. */
function runOfNow({ runs }: EpisodeDetail, nowMs: number): Run | undefined {
  const newest = [...runs].sort((a, b) => b.createdAtMs - a.createdAtMs);
  return (
    newest.find(({ state }) => isOpenRun(state)) ??
    newest.find(({ endedAtMs }) => endedAtMs !== null && nowMs - endedAtMs < endShownMs)
  );
}

/** "Running 12s", "Verifying 40s", "Healed in 74s", as a link to the run. */
function RunState({ run, nowMs }: { readonly run: Run; readonly nowMs: number }) {
  return (
    <LinkButton
      size="sm"
      variant="secondary"
      fill="outline"
      icon={runStateLook(run.state).icon}
      href={locationUtil.assureBaseUrl(`${appRoot}/remediation/runs/${encodeURIComponent(run.id)}`)}
    >
      {runProgressText(run, nowMs)}
    </LinkButton>
  );
}

function RemediateButton({ row, episode }: { readonly row: AlertRow; readonly episode: Episode }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="sm" icon="heart" onClick={() => setOpen(true)}>
        {t('alerts.remediate', 'Remediate')}
      </Button>
      {open ? (
        <Modal isOpen title={visibleText(row.name)} onDismiss={() => setOpen(false)}>
          <RemediateView
            request={{ episodeId: episode.id }}
            labels={row.labels}
            state=""
            summary={row.summary}
            runbookUrl={row.runbookUrl}
          />
        </Modal>
      ) : null}
    </>
  );
}

interface RemediateCellProps {
  readonly row: AlertRow;
  readonly episode: Episode;
}

/** How many policies thought of the alert, and the way to act on it; a run takes the place of the button. */
export function RemediateCell({ row, episode }: RemediateCellProps) {
  const detail = useEpisode(episode.id);
  const going = detail.data?.runs.some(({ state }) => isOpenRun(state)) ?? false;
  const nowMs = useNow(going);
  if (detail.data === undefined) {
    return null;
  }
  const run = runOfNow(detail.data, nowMs);
  return (
    <>
      <span>{t('alerts.policies', 'policies: {{- count}}', { count: policyCount(detail.data) })}</span>
      {run === undefined ? <RemediateButton row={row} episode={episode} /> : <RunState run={run} nowMs={nowMs} />}
    </>
  );
}
