import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Stack, Tab, TabContent, TabsBar, Text } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { useParams, useSearchParams } from 'react-router-dom';
import { useQuery } from '@tanstack/react-query';
import { AppPage } from '../../app/AppPage.tsx';
import { jobForecastQuery, useJob, useJobSeries } from '../../api/useJobs.ts';
import { useTrainingEvents } from '../../api/useTrainingEvents.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { JobStateBadge } from '../../components/JobStateBadge.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { BacktestTable } from '../../forecast/BacktestTable.tsx';
import { NoteList } from '../../forecast/NoteList.tsx';
import { coverageSentence } from '../../forecast/summary.ts';
import { parseDurationMs, type JobForecast, type JobSummary } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { FitHistory } from './FitHistory.tsx';
import { JobActions } from './JobActions.tsx';
import { JobChart } from './JobChart.tsx';
import { JobSettings } from './JobSettings.tsx';
import { SeriesPicker } from './SeriesPicker.tsx';

const pastMs = 7 * 86_400_000;
const tabs = ['backtest', 'fits', 'settings'] as const;
type TabName = (typeof tabs)[number];

function tabLabel(tab: TabName): string {
  switch (tab) {
    case 'backtest':
      return t('job.tabBacktest', 'Back-test');
    case 'fits':
      return t('job.tabFits', 'History of fits');
    case 'settings':
      return t('job.tabSettings', 'Settings');
  }
}

interface TabBodyProps {
  readonly tab: TabName;
  readonly job: JobSummary;
  readonly forecast: JobForecast | undefined;
}

function TabBody({ tab, job, forecast }: TabBodyProps) {
  switch (tab) {
    case 'fits':
      return <FitHistory name={job.spec.name} />;
    case 'settings':
      return <JobSettings job={job} />;
    case 'backtest':
      return forecast?.backtest == null ? (
        <Text color="secondary">
          {t('job.noBacktest', 'There is no back-test of this series yet: it comes with the first training.')}
        </Text>
      ) : (
        <BacktestTable backtest={forecast.backtest} unit={job.spec.unit} />
      );
  }
}

/** The range of the chart: a week back, the horizon ahead; fixed while the page is open. */
function useRange(horizonMs: number) {
  const [nowMs] = useState(() => Date.now());
  return useMemo(() => ({ nowMs, range: { fromMs: nowMs - pastMs, toMs: nowMs + horizonMs } }), [nowMs, horizonMs]);
}

function JobView({ job }: { readonly job: JobSummary }) {
  const { name } = job.spec;
  const [params, setParams] = useSearchParams();
  const tab = tabs.find((one) => one === params.get('tab')) ?? 'backtest';
  const { nowMs, range } = useRange(parseDurationMs(job.spec.horizon) ?? 86_400_000);
  const list = useJobSeries(name);
  const [chosen, setChosen] = useState<string>();
  const all = list.data?.items ?? [];
  const series = all.find(({ id }) => id === chosen) ?? all[0];
  const forecast = useQuery(jobForecastQuery(name, series?.id, range));
  const progress = useTrainingEvents(name);
  return (
    <Stack direction="column" gap={2}>
      <Stack direction="row" gap={2} alignItems="center" wrap="wrap">
        <JobStateBadge state={job.state} reason={job.stateReason} />
        <Text>
          {t('job.headline', '{{- count}} series · {{- model}} · {{- coverage}}', {
            count: job.seriesCount,
            model: job.model ?? t('job.noModel', 'no model yet'),
            coverage: coverageSentence(job.coverage),
          })}
        </Text>
        <JobActions job={job} progress={progress} />
      </Stack>
      {job.stateReason === null ? null : (
        <Alert severity={job.state === 'failing' ? 'error' : 'info'} title={job.stateReason} />
      )}
      {list.error === null ? null : <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />}
      <SeriesPicker series={all} chosen={series?.id} total={list.data?.total ?? 0} onChange={setChosen} />
      {forecast.error === null ? null : <ErrorNotice error={forecast.error} onRetry={() => void forecast.refetch()} />}
      <JobChart
        forecast={forecast.data}
        loading={list.isPending || (series !== undefined && forecast.isPending)}
        fallbackName={name}
        unit={job.spec.unit}
        range={range}
        nowMs={nowMs}
      />
      {series === undefined ? null : <NoteList notes={series.notes} />}
      <TabsBar>
        {tabs.map((one) => (
          <Tab
            key={one}
            label={tabLabel(one)}
            active={one === tab}
            onChangeTab={() => setParams({ tab: one }, { replace: true })}
          />
        ))}
      </TabsBar>
      <TabContent>
        <TabBody tab={tab} job={job} forecast={forecast.data} />
      </TabContent>
    </Stack>
  );
}

/** One job: what it sees, how good it is, how it was trained, what it was told. */
export default function JobPage() {
  const { name = '' } = useParams();
  const job = useJob(name);
  const pageNav = {
    text: name,
    parentItem: {
      text: t('forecasts.title', 'Forecasts'),
      url: locationUtil.assureBaseUrl(`${appRoot}/forecasts`),
    },
  };
  return (
    <AppPage pageNav={pageNav}>
      {job.error === null ? null : <ErrorNotice error={job.error} onRetry={() => void job.refetch()} />}
      {job.isPending ? <Skeleton heightPx={400} /> : null}
      {job.data === undefined ? null : <JobView job={job.data} />}
    </AppPage>
  );
}
