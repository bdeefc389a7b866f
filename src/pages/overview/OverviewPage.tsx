import { t } from '@grafana/i18n';
import { Alert, Stack } from '@grafana/ui';
import { AppPage } from '../../app/AppPage.tsx';
import { useAnomalyEvents } from '../../api/useAnomalies.ts';
import { useStatus } from '../../api/useStatus.ts';
import { CardRow } from '../../components/CardRow.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { Status } from '../../../backend/src/contract/index.ts';
import { FirstSteps } from './FirstSteps.tsx';
import { HealedCard, RightNowCard, RunningOutCard, ScoringCard } from './NowCards.tsx';
import { CoverageCard, JobsCard, SourcesCard, TrainingCard } from './StatusCards.tsx';
import { Timeline } from './Timeline.tsx';

function StatusView({ status }: { readonly status: Status }) {
  useAnomalyEvents();
  const empty = status.sources.length === 0 || status.jobs.total === 0;
  return (
    <Stack direction="column" gap={2}>
      {status.warnings.map((warning) => (
        <Alert key={warning} severity="warning" title={warning} />
      ))}
      {empty ? <FirstSteps hasSource={status.sources.length > 0} /> : null}
      <CardRow leastWidthPx={220}>
        <RightNowCard status={status} />
        <HealedCard />
        <RunningOutCard />
        <ScoringCard status={status} />
      </CardRow>
      <CardRow>
        <JobsCard status={status} />
        <CoverageCard status={status} />
        <TrainingCard status={status} />
      </CardRow>
      <Timeline />
      <SourcesCard status={status} />
    </Stack>
  );
}

/** Is the backend there, do the sources answer, are the forecasts fresh and how often were they right. */
export default function OverviewPage() {
  const status = useStatus();
  return (
    <AppPage subTitle={t('overview.subtitle', 'What is forecast here, how fresh it is and how often it was right')}>
      <Stack direction="column" gap={2}>
        {status.error === null ? null : <ErrorNotice error={status.error} onRetry={() => void status.refetch()} />}
        {status.isPending ? <Skeleton heightPx={360} /> : null}
        {status.data === undefined ? null : <StatusView status={status.data} />}
      </Stack>
    </AppPage>
  );
}
