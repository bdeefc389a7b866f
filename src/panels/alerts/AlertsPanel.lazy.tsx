import type { PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Badge, Input, ScrollContainer, Stack, Text } from '@grafana/ui';
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { explain } from '../../api/api-error.ts';
import { panelQueryClient } from '../../api/queryClient.ts';
import { useAlerts } from '../../api/useAlerts.ts';
import { useOpenEpisodes } from '../../api/useEpisodes.ts';
import { PanelMessage } from '../../components/PanelMessage.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { AlertRows, Episode } from '../../../backend/src/contract/index.ts';
import { AlertList } from './AlertList.tsx';
import { filterRows, sortRows } from './alertRows.ts';
import type { AlertsPanelOptions } from './options.ts';

/** Asks again when the dashboard is refreshed: a panel without a query sees that by its time range only. */
function useDashboardRefresh(timeRange: PanelProps['timeRange'], refetch: () => unknown): void {
  const seenMs = useRef(timeRange.to.valueOf());
  const toMs = timeRange.to.valueOf();
  useEffect(() => {
    if (seenMs.current !== toMs) {
      seenMs.current = toMs;
      refetch();
    }
  }, [toMs, refetch]);
}

/** One line each: the rows of the others are what the panel is for. */
function SourceErrors({ errors }: { readonly errors: AlertRows['errors'] }) {
  return (
    <>
      {errors.map(({ source, message }) => (
        <Stack key={source} direction="row" gap={1} alignItems="center" wrap="wrap">
          <Badge
            color="orange"
            icon="exclamation-triangle"
            text={t('alerts.sourceFailed', '{{- source}} did not answer', { source })}
          />
          <Text color="secondary">{message}</Text>
        </Stack>
      ))}
    </>
  );
}

const noEpisodes: readonly Episode[] = [];

interface AlertsViewProps {
  readonly answer: AlertRows;
  readonly options: AlertsPanelOptions;
  readonly nowMs: number;
}

function AlertsView({ answer, options, nowMs }: AlertsViewProps) {
  // Without remediation there is none: the alerts are shown all the same.
  const episodes = useOpenEpisodes().data ?? noEpisodes;
  const [search, setSearch] = useState('');
  const { items, errors } = answer;
  const rows = useMemo(() => sortRows(filterRows(items, options, search), options.sortBy), [items, options, search]);
  const shown = rows.slice(0, options.maxRows);
  return (
    <Stack direction="column" gap={1}>
      {options.showSearch && items.length > 0 ? (
        <Input
          value={search}
          placeholder={t('alerts.search', 'Search by name, label or summary')}
          aria-label={t('alerts.search', 'Search by name, label or summary')}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      ) : null}
      <SourceErrors errors={errors} />
      {shown.length > 0 ? <AlertList rows={shown} episodes={episodes} options={options} nowMs={nowMs} /> : null}
      {rows.length > shown.length ? (
        <Text color="secondary">
          {t('alerts.cap', '{{- shown}} of {{- all}} alerts are shown', { shown: shown.length, all: rows.length })}
        </Text>
      ) : null}
      {rows.length === 0 && items.length > 0 ? (
        <PanelMessage
          title={t('alerts.noMatch', 'No alert matches')}
          text={t('alerts.noMatchHow', 'All {{- count}} are left out by the search or by the options of the panel.', {
            count: items.length,
          })}
        />
      ) : null}
      {items.length === 0 && errors.length === 0 ? (
        <PanelMessage
          title={t('alerts.none', 'No alerts')}
          text={t('alerts.noneHow', 'Nothing fires in Alertmanager or in Grafana, and nothing is abnormal.')}
        />
      ) : null}
    </Stack>
  );
}

function AlertsPanelBody({ options, width, height, timeRange, replaceVariables }: PanelProps<AlertsPanelOptions>) {
  const alerts = useAlerts();
  useDashboardRefresh(timeRange, alerts.refetch);
  const matchers = replaceVariables(options.matchers, undefined, 'pipe');
  const replaced = useMemo(() => ({ ...options, matchers }), [options, matchers]);
  if (alerts.data === undefined) {
    return alerts.error === null ? <Skeleton heightPx={height} /> : <PanelMessage error {...explain(alerts.error)} />;
  }
  return (
    <div style={{ width, height }}>
      <ScrollContainer>
        {alerts.error === null ? null : (
          <Alert
            severity="warning"
            topSpacing={0}
            title={t('alerts.stale', 'These are the alerts of the last answer: {{- cause}}', {
              cause: explain(alerts.error).title,
            })}
          />
        )}
        <AlertsView answer={alerts.data} options={replaced} nowMs={alerts.dataUpdatedAt} />
      </ScrollContainer>
    </div>
  );
}

/** Alerts of Alertmanager and of Grafana beside our own anomalies, with real buttons. */
export default function AlertsPanel(props: PanelProps<AlertsPanelOptions>) {
  return (
    <QueryClientProvider client={panelQueryClient}>
      <AlertsPanelBody {...props} />
    </QueryClientProvider>
  );
}
