import { t } from '@grafana/i18n';
import { Alert, Button, Stack } from '@grafana/ui';
import { useState } from 'react';
import { usePreview } from '../api/usePreview.ts';
import { useDelayed } from '../components/useDelayed.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Skeleton } from '../components/Skeletons.tsx';
import { AlertStep } from './AlertStep.tsx';
import { ForecastActions, type Wish } from './ForecastActions.tsx';
import { ForecastControls, type ForecastChoices } from './ForecastControls.tsx';
import type { ForecastModalProps } from './forecastModalProps.ts';
import { CreateJob } from './CreateJob.tsx';
import { jobDraft } from './jobDraft.ts';
import { KeptAs } from './KeptAs.tsx';
import { OverlayStep } from './OverlayStep.tsx';
import { PreviewResult } from './PreviewResult.tsx';
import { sensitivityDelayMs, usualSensitivity } from './sensitivitySteps.ts';
import { horizonChoicesMs, pastChoicesMs, trainingStepMs, trainingWindowsMs } from './training.ts';
import { useJobOfQuery } from './useJobOfQuery.ts';
import { usePanelSeries, type PanelHistory } from './usePanelSeries.ts';
import { hasOverlayOf, usePanelFacts } from './usePanelFacts.ts';
import { emptyReason, type EmptyReason } from './emptyReason.ts';

const chartHeightPx = 320;
const firstChoices: ForecastChoices = {
  training: '28d',
  past: '7d',
  horizon: '24h',
  alertsPerWeek: usualSensitivity,
  seriesKey: undefined,
};

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

/** Everything the view shows, from the panel's history to the preview of the chosen series. */
function useForecast({ context, title }: ForecastModalProps, choices: ForecastChoices, nowMs: number) {
  const { targets, scopedVars, timeZone } = context;
  const windowMs = trainingWindowsMs[choices.training];
  const history = usePanelSeries({ targets, scopedVars, timeZone, windowMs, nowMs });
  const all = history.data?.series ?? [];
  const series = all.find(({ key }) => key === choices.seriesKey) ?? all[0];
  const panel = usePanelFacts(context);
  const unit = series?.unit ?? panel?.unit;
  const draft = series === undefined ? undefined : jobDraft({ context, title, series, choices, unit });
  const reason = emptyReason.of(context, history.data, series);
  const alertsPerWeek = useDelayed(choices.alertsPerWeek, sensitivityDelayMs);
  const preview = usePreview(reason === undefined ? series : undefined, {
    horizonMs: horizonChoicesMs[choices.horizon],
    stepMs: trainingStepMs(windowMs),
    direction: 'both',
    alertsPerWeek,
    query: draft?.query,
  });
  const kept = useJobOfQuery(draft?.query);
  return { history, all, series, draft, reason, preview, unit, panel, kept: kept.data ?? undefined };
}

interface PictureProps {
  readonly forecast: ReturnType<typeof useForecast>;
  readonly choices: ForecastChoices;
  readonly timeZone: string;
  readonly nowMs: number;
}

/** The preview, or where it stands. */
function Picture({ forecast, choices, timeZone, nowMs }: PictureProps) {
  const { history, series, preview, unit } = forecast;
  if (preview.error !== null) {
    return <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />;
  }
  if (preview.data === undefined || series === undefined) {
    const label = history.isPending
      ? t('modal.readingHistory', 'Reading {{- window}} of history…', { window: choices.training })
      : t('modal.forecasting', 'Comparing models and forecasting…');
    return <Skeleton heightPx={chartHeightPx} label={label} />;
  }
  return (
    <PreviewResult
      preview={preview.data}
      name={series.name}
      unit={unit}
      timeZone={timeZone}
      nowMs={nowMs}
      pastMs={pastChoicesMs[choices.past]}
      horizonMs={horizonChoicesMs[choices.horizon]}
      heightPx={chartHeightPx}
    />
  );
}

interface WishViewProps {
  readonly wish: Wish;
  readonly forecast: ReturnType<typeof useForecast>;
  readonly modal: ForecastModalProps;
  /** The job that keeps the query; undefined before there is one. */
  readonly job: string | undefined;
  readonly onJob: (name: string) => void;
  readonly onBack: () => void;
}

/** What a button of the modal leads to: the job form first, where there is no job yet. */
function WishView({ wish, forecast, modal, job, onJob, onBack }: WishViewProps) {
  const { draft, panel } = forecast;
  const { context, onDismiss } = modal;
  if (wish === 'job' || job === undefined) {
    return draft === undefined ? null : (
      <CreateJob
        draft={draft}
        wish={wish}
        onCancel={onBack}
        onDone={({ spec }) => (wish === 'job' ? onDismiss() : onJob(spec.name))}
      />
    );
  }
  if (wish === 'alert') {
    return <AlertStep jobName={job} onBack={onBack} />;
  }
  return (
    <OverlayStep
      job={job}
      dashboardUid={context.dashboardUid ?? ''}
      dashboardTitle={panel?.dashboardTitle ?? ''}
      panelId={context.panelId ?? 0}
      present={panel !== undefined && hasOverlayOf(panel, job)}
      onBack={onBack}
    />
  );
}

/** Runs the panel's queries over the training window, forecasts the chosen series and shows both. */
export function ForecastView(props: ForecastModalProps) {
  const { context, title, onDismiss } = props;
  const [nowMs] = useState(() => Date.now());
  const [choices, setChoices] = useState(firstChoices);
  const [wish, setWish] = useState<Wish>();
  const [created, setCreated] = useState<string>();
  const forecast = useForecast(props, choices, nowMs);
  const { history, all, draft, reason, preview, unit, panel, kept } = forecast;

  if (history.error !== null) {
    return <ErrorNotice error={history.error} onRetry={() => void history.refetch()} />;
  }
  if (wish !== undefined) {
    return (
      <WishView
        wish={wish}
        forecast={forecast}
        modal={props}
        job={created ?? kept?.spec.name}
        onJob={setCreated}
        onBack={() => setWish(undefined)}
      />
    );
  }
  const controls =
    context.targets.length === 0 ? null : (
      <ForecastControls
        choices={choices}
        series={all}
        onChange={setChoices}
        busy={history.isFetching || preview.isFetching}
        measured={preview.data?.cost.alertsPerSeriesWeek}
      />
    );
  if (reason !== undefined) {
    return (
      <Stack direction="column" gap={2}>
        {controls}
        <EmptyNotice reason={reason} onDismiss={onDismiss} />
      </Stack>
    );
  }
  return (
    <Stack direction="column" gap={2}>
      {controls}
      {history.data === undefined ? null : <PartNotice history={history.data} />}
      <Picture forecast={forecast} choices={choices} timeZone={context.timeZone} nowMs={nowMs} />
      <ForecastActions
        context={context}
        title={title}
        draft={draft}
        choices={choices}
        unit={unit}
        panel={panel}
        onWish={setWish}
      />
      {/* known a moment later: below the buttons it moves none of them */}
      {kept === undefined ? null : <KeptAs job={kept.spec.name} />}
    </Stack>
  );
}
