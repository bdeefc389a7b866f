import { t } from '@grafana/i18n';
import { Alert, Button, Stack } from '@grafana/ui';
import { useState } from 'react';
import { usePreview } from '../api/usePreview.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Skeleton } from '../components/Skeletons.tsx';
import { ForecastActions } from './ForecastActions.tsx';
import { ForecastControls, type ForecastChoices } from './ForecastControls.tsx';
import type { ForecastModalProps } from './ForecastModal.lazy.tsx';
import { CreateJob } from './CreateJob.tsx';
import { jobDraft } from './jobDraft.ts';
import { PreviewResult } from './PreviewResult.tsx';
import { horizonChoicesMs, pastChoicesMs, trainingWindowsMs } from './training.ts';
import { usePanelSeries, type PanelHistory } from './usePanelSeries.ts';
import { usePanelUnit } from './usePanelUnit.ts';
import { emptyReason, type EmptyReason } from './emptyReason.ts';

const chartHeightPx = 320;
const firstChoices: ForecastChoices = { training: '28d', past: '7d', horizon: '24h', seriesKey: undefined };

function EmptyNotice({ reason, onDismiss }: { readonly reason: EmptyReason; readonly onDismiss: () => void }) {
  return (
    <Alert severity={reason.severity} title={reason.title}>
      <Stack direction="column" gap={1} alignItems="flex-start">
        <span>{reason.text}</span>
        <Button size="sm" variant="secondary" onClick={onDismiss}>
          {t('modal.close', 'Close')}
        </Button>
      </Stack>
    </Alert>
  );
}

/** Faults of some queries while others answered: the picture is drawn, but a part is missing. */
function PartNotice({ history }: { readonly history: PanelHistory }) {
  const texts = history.faults.map((fault) => emptyReason.ofFault(fault).text);
  return texts.length === 0 ? null : (
    <Alert severity="warning" title={t('modal.part', 'A part of the panel is missing')}>
      {texts.join(' ')}
    </Alert>
  );
}

/** Runs the panel's queries over the training window, forecasts the chosen series and shows both. */
export function ForecastView({ context, title, onDismiss }: ForecastModalProps) {
  const [nowMs] = useState(() => Date.now());
  const [choices, setChoices] = useState(firstChoices);
  const [creating, setCreating] = useState(false);
  const { targets, scopedVars, timeZone } = context;
  const windowMs = trainingWindowsMs[choices.training];
  const horizonMs = horizonChoicesMs[choices.horizon];
  const history = usePanelSeries({ targets, scopedVars, timeZone, windowMs, nowMs });
  const all = history.data?.series ?? [];
  const series = all.find(({ key }) => key === choices.seriesKey) ?? all[0];
  const draft = series === undefined ? undefined : jobDraft({ context, title, series, choices });
  const tooShort = series !== undefined && emptyReason.ofSeries(series) !== undefined;
  const preview = usePreview(tooShort ? undefined : series, {
    horizonMs,
    stepMs: history.data?.stepMs ?? 60_000,
    direction: 'both',
    ...(draft?.query === undefined ? {} : { query: draft.query }),
  });
  const panelUnit = usePanelUnit(context);
  const unit = series?.unit ?? panelUnit;

  const reason = emptyReason.of(context, history.data, series);
  if (history.error !== null) {
    return <ErrorNotice error={history.error} onRetry={() => void history.refetch()} />;
  }
  if (reason !== undefined) {
    return (
      <Stack direction="column" gap={2}>
        {targets.length > 0 ? (
          <ForecastControls choices={choices} series={all} onChange={setChoices} busy={history.isFetching} />
        ) : null}
        <EmptyNotice reason={reason} onDismiss={onDismiss} />
      </Stack>
    );
  }
  if (creating && draft !== undefined) {
    return <CreateJob draft={draft} onCancel={() => setCreating(false)} onDone={onDismiss} />;
  }
  return (
    <Stack direction="column" gap={2}>
      <ForecastControls
        choices={choices}
        series={all}
        onChange={setChoices}
        busy={history.isFetching || preview.isFetching}
      />
      {history.data === undefined ? null : <PartNotice history={history.data} />}
      {preview.error === null ? null : <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />}
      {preview.data !== undefined && series !== undefined ? (
        <PreviewResult
          preview={preview.data}
          name={series.name}
          unit={unit}
          timeZone={timeZone}
          nowMs={nowMs}
          pastMs={pastChoicesMs[choices.past]}
          horizonMs={horizonMs}
          heightPx={chartHeightPx}
        />
      ) : null}
      {preview.data === undefined && preview.error === null ? (
        <Skeleton
          heightPx={chartHeightPx}
          label={
            history.isPending
              ? t('modal.readingHistory', 'Reading {{window}} of history…', { window: choices.training })
              : t('modal.forecasting', 'Comparing models and forecasting…')
          }
        />
      ) : null}
      <ForecastActions
        context={context}
        title={title}
        draft={draft}
        choices={choices}
        unit={unit}
        onCreate={() => setCreating(true)}
      />
    </Stack>
  );
}
