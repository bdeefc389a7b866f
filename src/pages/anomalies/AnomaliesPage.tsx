import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, EmptyState, LinkButton, Stack, Text } from '@grafana/ui';
import { useMemo } from 'react';
import { AppPage } from '../../app/AppPage.tsx';
import { useAnomalies, useAnomalyEvents } from '../../api/useAnomalies.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { appRoot } from '../../pluginId.ts';
import { AnomalyFilters } from './AnomalyFilters.tsx';
import { AnomalyTable } from './AnomalyTable.tsx';
import { useAnomalyFilter } from './useAnomalyFilter.ts';

function NoAnomalies({ filtered, onClear }: { readonly filtered: boolean; readonly onClear: () => void }) {
  return filtered ? (
    <EmptyState
      variant="not-found"
      message={t('anomalies.noMatch', 'No anomaly matches')}
      button={
        <Button variant="secondary" onClick={onClear}>
          {t('anomalies.clear', 'Clear search and filters')}
        </Button>
      }
    />
  ) : (
    <EmptyState
      variant="completed"
      message={t('anomalies.none', 'Nothing abnormal in this time')}
      button={
        <LinkButton variant="secondary" icon="graph-bar" href={locationUtil.assureBaseUrl(`${appRoot}/forecasts`)}>
          {t('anomalies.jobs', 'See what is watched')}
        </LinkButton>
      }
    >
      {t('anomalies.noneHow', 'Jobs look for anomalies as values come in. Choose a longer time to see older ones.')}
    </EmptyState>
  );
}

/** What was abnormal, by job, kind, state, verdict and time; follows what the backend finds. */
export default function AnomaliesPage() {
  const state = useAnomalyFilter();
  const anomalies = useAnomalies(state.filter);
  useAnomalyEvents();
  const rows = useMemo(() => anomalies.data?.pages.flatMap((page) => page.items) ?? [], [anomalies.data]);
  const total = anomalies.data?.pages[0]?.total ?? 0;
  return (
    <AppPage subTitle={t('anomalies.subtitle', 'What was abnormal, why, and what people said of it')}>
      <Stack direction="column" gap={2}>
        <AnomalyFilters of={state} />
        {anomalies.error === null ? null : (
          <ErrorNotice error={anomalies.error} onRetry={() => void anomalies.refetch()} />
        )}
        {anomalies.isPending ? <Skeleton heightPx={300} /> : null}
        {anomalies.data !== undefined && rows.length === 0 ? (
          <NoAnomalies filtered={state.filtered} onClear={state.onClear} />
        ) : null}
        {rows.length > 0 ? (
          <>
            <Text color="secondary">
              {t('anomalies.shown', '{{- shown}} of {{- total}} anomalies', { shown: rows.length, total })}
            </Text>
            <AnomalyTable anomalies={rows} />
          </>
        ) : null}
        {anomalies.hasNextPage ? (
          <Button
            variant="secondary"
            disabled={anomalies.isFetchingNextPage}
            onClick={() => void anomalies.fetchNextPage()}
          >
            {t('forecasts.showMore', 'Show more')}
          </Button>
        ) : null}
      </Stack>
    </AppPage>
  );
}
