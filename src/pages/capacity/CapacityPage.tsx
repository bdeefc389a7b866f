import { dateTime, locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Combobox, DatePickerWithInput, EmptyState, InlineField, Input, LinkButton, Stack } from '@grafana/ui';
import { useId, useMemo, useState } from 'react';
import { AppPage } from '../../app/AppPage.tsx';
import { useCapacity } from '../../api/useCapacity.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { Snippet } from '../../components/Snippet.tsx';
import { useAddressFilter } from '../../components/useAddressFilter.ts';
import { CapacityState, type CapacityRow } from '../../../backend/src/contract/index.ts';
import { labelText } from '../../forecast/labelText.ts';
import { appRoot } from '../../pluginId.ts';
import { CapacityTable } from './CapacityTable.tsx';
import { byEta, capacityStateLook } from './capacityText.ts';

const snippet = `jobs:
  - name: disk-usage
    query: 1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"} / node_filesystem_size_bytes
    unit: percentunit
    detect: [{ kind: capacity, limit: 95% }]
`;

/** A day of the address as the end of that day in local time; undefined when it is none. */
function endOfDay(day: string | null): number | undefined {
  const parsed = day === null || !/^\d{4}-\d\d-\d\d$/.test(day) ? undefined : dateTime(day);
  return parsed?.isValid() === true ? parsed.endOf('day').valueOf() : undefined;
}

/** Filter and day live in the address, so that a link shows the same table. */
function useFilter() {
  const { params, set, clear } = useAddressFilter();
  return {
    search: params.get('search') ?? '',
    state: CapacityState.safeParse(params.get('state')).data ?? ('all' as const),
    before: params.get('before') ?? '',
    beforeMs: endOfDay(params.get('before')),
    set,
    clear,
  };
}

function matches(row: CapacityRow, search: string, state: CapacityState | 'all'): boolean {
  const text = `${row.job} ${labelText(row.labels, '')}`.toLowerCase();
  return (state === 'all' || row.state === state) && text.includes(search.trim().toLowerCase());
}

function NothingWatched() {
  return (
    <EmptyState
      variant="call-to-action"
      message={t('capacity.none', 'No job watches a limit yet')}
      button={
        <LinkButton icon="plus" href={locationUtil.assureBaseUrl(`${appRoot}/forecasts/new`)}>
          {t('forecasts.create', 'Create job')}
        </LinkButton>
      }
    >
      <Stack direction="column" gap={2} alignItems="center">
        <span>
          {t(
            'capacity.noneHow',
            'Add the detection "Capacity running out" with a limit to a job, here or in its file:'
          )}
        </span>
        <Snippet file="provisioning/aiops/jobs/disks.yaml" text={snippet} />
      </Stack>
    </EmptyState>
  );
}

/** What will cross its limit, when, and how probable that is before a chosen day. */
export default function CapacityPage() {
  const filter = useFilter();
  const capacity = useCapacity(filter.beforeMs);
  const [nowMs] = useState(() => Date.now());
  const stateId = useId();
  const beforeId = useId();
  const all = capacity.data;
  const rows = useMemo(
    () => (all ?? []).filter((row) => matches(row, filter.search, filter.state)).sort(byEta),
    [all, filter.search, filter.state]
  );
  return (
    <AppPage subTitle={t('capacity.subtitle', 'What will cross its limit, and when')}>
      <Stack direction="column" gap={2}>
        <Stack direction="row" gap={1} wrap="wrap" alignItems="center">
          <Input
            width={36}
            value={filter.search}
            placeholder={t('capacity.search', 'Search by label or job')}
            aria-label={t('capacity.search', 'Search by label or job')}
            onChange={(event) => filter.set({ search: event.currentTarget.value })}
          />
          <InlineField label={t('anomaly.state', 'State')} htmlFor={stateId}>
            <Combobox
              id={stateId}
              width={26}
              value={filter.state}
              options={[
                { value: 'all', label: t('forecasts.all', 'All') },
                ...CapacityState.options.map((state) => ({ value: state, label: capacityStateLook(state).text })),
              ]}
              onChange={(option) => filter.set({ state: option.value })}
            />
          </InlineField>
          <InlineField
            label={t('capacity.before', 'Probability before')}
            htmlFor={beforeId}
            tooltip={t('capacity.beforeHelp', 'Left open: within the warning time of each job')}
          >
            <DatePickerWithInput
              id={beforeId}
              value={filter.beforeMs === undefined ? '' : new Date(filter.beforeMs)}
              minDate={new Date(nowMs)}
              placeholder={t('capacity.anyDay', 'Choose a day')}
              onChange={(day) =>
                filter.set({ before: typeof day === 'string' ? day : dateTime(day).format('YYYY-MM-DD') })
              }
            />
          </InlineField>
          {filter.beforeMs === undefined ? null : (
            <Button variant="secondary" fill="text" icon="times" onClick={() => filter.set({ before: '' })}>
              {t('capacity.anyTime', 'No day')}
            </Button>
          )}
        </Stack>
        {capacity.error === null ? null : (
          <ErrorNotice error={capacity.error} onRetry={() => void capacity.refetch()} />
        )}
        {capacity.isPending ? <Skeleton heightPx={300} /> : null}
        {all?.length === 0 ? <NothingWatched /> : null}
        {all !== undefined && all.length > 0 && rows.length === 0 ? (
          <EmptyState
            variant="not-found"
            message={t('capacity.noMatch', 'No resource matches')}
            button={
              <Button variant="secondary" onClick={filter.clear}>
                {t('forecasts.clear', 'Clear search and filter')}
              </Button>
            }
          />
        ) : null}
        {rows.length > 0 ? <CapacityTable rows={rows} nowMs={nowMs} beforeMs={filter.beforeMs} /> : null}
      </Stack>
    </AppPage>
  );
}
