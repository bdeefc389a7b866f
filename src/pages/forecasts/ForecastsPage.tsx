import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { hasPermission } from '@grafana/runtime';
import {
  Button,
  Combobox,
  EmptyState,
  Icon,
  InlineField,
  Input,
  InteractiveTable,
  LinkButton,
  Stack,
  Text,
  TextLink,
  Tooltip,
  type Column,
} from '@grafana/ui';
import { useId, useMemo, useState } from 'react';
import { AppPage } from '../../app/AppPage.tsx';
import type { JobListFilter } from '../../api/endpoints.ts';
import { useJobs } from '../../api/useJobs.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { JobStateBadge, jobStateLook } from '../../components/JobStateBadge.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { useAddressFilter } from '../../components/useAddressFilter.ts';
import { useDelayed } from '../../components/useDelayed.ts';
import { coverageSentence } from '../../forecast/summary.ts';
import { JobState, type JobSummary } from '../../../backend/src/contract/index.ts';
import { appRoot, writeAction } from '../../pluginId.ts';
import { UndoDelete } from './UndoDelete.tsx';

const searchDelayMs = 300;

function titleOf({ spec }: JobSummary): string {
  return (typeof spec.title === 'object' ? spec.title.en : spec.title) ?? spec.name;
}

function NameCell({ job }: { readonly job: JobSummary }) {
  const { origin, spec } = job;
  return (
    <Stack direction="column" gap={0}>
      <span>
        <TextLink href={locationUtil.assureBaseUrl(`${appRoot}/forecasts/${spec.name}`)} inline={false}>
          {titleOf(job)}
        </TextLink>{' '}
        {origin.kind === 'file' ? (
          <Tooltip content={t('forecasts.fromFile', 'Provisioned by {{- file}}', { file: origin.file })}>
            <span role="img" aria-label={t('forecasts.fromFile', 'Provisioned by {{- file}}', { file: origin.file })}>
              <Icon name="lock" />
            </span>
          </Tooltip>
        ) : null}
      </span>
      {job.stateReason === null ? null : <Text color="secondary">{job.stateReason}</Text>}
    </Stack>
  );
}

function useColumns(): Array<Column<JobSummary>> {
  return useMemo<Array<Column<JobSummary>>>(
    () => [
      { id: 'name', header: t('forecasts.job', 'Job'), cell: ({ row }) => <NameCell job={row.original} /> },
      {
        id: 'state',
        header: t('forecasts.state', 'State'),
        cell: ({ row }) => <JobStateBadge state={row.original.state} reason={row.original.stateReason} />,
      },
      { id: 'seriesCount', header: t('forecasts.series', 'Series') },
      { id: 'model', header: t('forecasts.model', 'Model'), cell: ({ row }) => row.original.model ?? '–' },
      {
        id: 'mase',
        header: t('forecasts.mase', 'Error (MASE)'),
        cell: ({ row }) => row.original.mase?.toFixed(2) ?? '–',
      },
      {
        id: 'coverage',
        header: t('forecasts.coverage', 'Bands'),
        cell: ({ row }) => coverageSentence(row.original.coverage),
      },
      {
        id: 'trainedAtMs',
        header: t('forecasts.trained', 'Trained'),
        cell: ({ row }) => <Ago timeMs={row.original.trainedAtMs} />,
      },
    ],
    []
  );
}

/** Search and state live in the URL, so that a link shows the same list. */
function useFilter() {
  const { params, set, clear } = useAddressFilter();
  const [typed, setTyped] = useState(params.get('search') ?? '');
  const search = useDelayed(typed, searchDelayMs);
  const state: JobListFilter['state'] = JobState.safeParse(params.get('state')).data ?? 'all';
  return {
    typed,
    filter: { search: search.trim(), state },
    onSearch: (value: string) => {
      setTyped(value);
      set({ search: value });
    },
    onState: (value: string) => set({ state: value }),
    onClear: () => {
      setTyped('');
      clear();
    },
  };
}

function CreateButton() {
  const allowed = hasPermission(writeAction);
  return allowed ? (
    <LinkButton icon="plus" href={locationUtil.assureBaseUrl(`${appRoot}/forecasts/new`)}>
      {t('forecasts.create', 'Create job')}
    </LinkButton>
  ) : (
    <Button
      icon="plus"
      disabled
      tooltip={t('job.needsRole', 'Creating and changing jobs needs the Editor role in this organization.')}
    >
      {t('forecasts.create', 'Create job')}
    </Button>
  );
}

function NoJobs({ filtered, onClear }: { readonly filtered: boolean; readonly onClear: () => void }) {
  return filtered ? (
    <EmptyState
      variant="not-found"
      message={t('forecasts.noMatch', 'No job matches')}
      button={
        <Button variant="secondary" onClick={onClear}>
          {t('forecasts.clear', 'Clear search and filter')}
        </Button>
      }
    />
  ) : (
    <EmptyState
      variant="call-to-action"
      message={t('forecasts.none', 'No forecast jobs yet')}
      button={<CreateButton />}
    >
      {t('forecasts.noneHow', 'Create one here, from the menu of a panel, or by a file in provisioning/aiops/jobs.')}
    </EmptyState>
  );
}

/** All jobs with search, state, model, error and measured coverage. */
export default function ForecastsPage() {
  const { typed, filter, onSearch, onState, onClear } = useFilter();
  const jobs = useJobs(filter);
  const columns = useColumns();
  const stateId = useId();
  const rows = useMemo(() => jobs.data?.pages.flatMap((page) => page.items) ?? [], [jobs.data]);
  const filtered = filter.search !== '' || filter.state !== 'all';
  return (
    <AppPage>
      <Stack direction="column" gap={2}>
        <UndoDelete />
        <Stack direction="row" gap={1} wrap="wrap">
          <Input
            width={50}
            value={typed}
            placeholder={t('forecasts.search', 'Search by name, title or query')}
            aria-label={t('forecasts.search', 'Search by name, title or query')}
            onChange={(event) => onSearch(event.currentTarget.value)}
          />
          <InlineField label={t('forecasts.state', 'State')} htmlFor={stateId}>
            <Combobox
              id={stateId}
              width={20}
              value={filter.state}
              options={[
                { value: 'all', label: t('forecasts.all', 'All') },
                ...JobState.options.map((state) => ({ value: state, label: jobStateLook(state).text })),
              ]}
              onChange={(option) => onState(option.value)}
            />
          </InlineField>
          <CreateButton />
        </Stack>
        {jobs.error === null ? null : <ErrorNotice error={jobs.error} onRetry={() => void jobs.refetch()} />}
        {jobs.isPending ? <Skeleton heightPx={300} /> : null}
        {jobs.data !== undefined && rows.length === 0 ? <NoJobs filtered={filtered} onClear={onClear} /> : null}
        {rows.length > 0 ? <InteractiveTable columns={columns} data={rows} getRowId={({ spec }) => spec.name} /> : null}
        {jobs.hasNextPage ? (
          <Button variant="secondary" disabled={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
            {t('forecasts.showMore', 'Show more')}
          </Button>
        ) : null}
      </Stack>
    </AppPage>
  );
}
