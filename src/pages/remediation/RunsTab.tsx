import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import {
  Badge,
  Button,
  EmptyState,
  InteractiveTable,
  RadioButtonGroup,
  Stack,
  Text,
  TextLink,
  type Column,
} from '@grafana/ui';
import { useMemo } from 'react';
import { z } from 'zod';
import { spanText } from '../../anomalies/anomalyLook.ts';
import { useRuns } from '../../api/useRuns.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { useAddressFilter } from '../../components/useAddressFilter.ts';
import { visibleText } from '../../components/visibleText.ts';
import { PolicyName, type Run } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { planSentence } from '../../remediation/PlanView.tsx';
import { runStateLook } from '../../remediation/runLook.ts';

const State = z.enum(['open', 'ended', 'awaiting-approval']);

export const runUrl = (id: string) =>
  locationUtil.assureBaseUrl(`${appRoot}/remediation/runs/${encodeURIComponent(id)}`);
export const policyUrl = (name: string) =>
  locationUtil.assureBaseUrl(`${appRoot}/remediation/policies/${encodeURIComponent(name)}`);

function PlanCell({ run }: { readonly run: Run }) {
  return (
    <Stack direction="column" gap={0}>
      <TextLink href={runUrl(run.id)} inline={false}>
        {planSentence(run.plan)}
      </TextLink>
      {run.stateReason === null ? null : <Text color="secondary">{visibleText(run.stateReason)}</Text>}
    </Stack>
  );
}

function tookText({ startedAtMs, endedAtMs }: Run): string {
  return startedAtMs === null || endedAtMs === null ? '–' : spanText(Math.max(0, endedAtMs - startedAtMs));
}

function recoveryText({ startedAtMs, verification }: Run): string {
  const recoveredMs = verification?.recoveredAtMs ?? null;
  return startedAtMs === null || recoveredMs === null ? '–' : spanText(Math.max(0, recoveredMs - startedAtMs));
}

/** Runs, newest first; each leads to its page. */
export function RunTable({ runs }: { readonly runs: Run[] }) {
  const columns = useMemo<Array<Column<Run>>>(
    () => [
      {
        id: 'state',
        header: t('run.state', 'State'),
        cell: ({ row }) => <Badge {...runStateLook(row.original.state)} />,
      },
      { id: 'plan', header: t('run.what', 'What'), cell: ({ row }) => <PlanCell run={row.original} /> },
      {
        id: 'policy',
        header: t('plan.policy', 'Policy'),
        cell: ({ row }) => (
          <TextLink href={policyUrl(row.original.plan.policy)} inline={false}>
            {row.original.plan.policy}
          </TextLink>
        ),
      },
      {
        id: 'created',
        header: t('run.asked', 'Asked for'),
        cell: ({ row }) => <Ago timeMs={row.original.createdAtMs} />,
      },
      { id: 'recovery', header: t('run.healthyAfter', 'Healthy after'), cell: ({ row }) => recoveryText(row.original) },
      { id: 'took', header: t('run.took', 'Took in all'), cell: ({ row }) => tookText(row.original) },
    ],
    []
  );
  return <InteractiveTable columns={columns} data={runs} getRowId={({ id }) => id} />;
}

function NoRuns({ filtered, onClear }: { readonly filtered: boolean; readonly onClear: () => void }) {
  return filtered ? (
    <EmptyState
      variant="not-found"
      message={t('runs.noMatch', 'No run matches')}
      button={
        <Button variant="secondary" onClick={onClear}>
          {t('anomalies.clear', 'Clear search and filters')}
        </Button>
      }
    />
  ) : (
    <EmptyState variant="completed" message={t('runs.none', 'Nothing has been run yet')}>
      {t('runs.noneHow', 'Policies begin in mode observe: see under Policies and Episodes what they would have done.')}
    </EmptyState>
  );
}

/** All runs, by state and policy. */
export function RunsTab() {
  const { params, set } = useAddressFilter();
  const state = State.safeParse(params.get('state')).data;
  const policy = PolicyName.safeParse(params.get('policy')).data;
  const runs = useRuns({ ...(state === undefined ? {} : { state }), ...(policy === undefined ? {} : { policy }) });
  const rows = useMemo(() => runs.data?.pages.flatMap((page) => page.items) ?? [], [runs.data]);
  const states: Array<{ value: z.infer<typeof State> | 'all'; label: string }> = [
    { value: 'all', label: t('runs.all', 'All') },
    { value: 'open', label: t('runs.open', 'Going on') },
    { value: 'ended', label: t('runs.ended', 'Ended') },
  ];
  return (
    <Stack direction="column" gap={2}>
      <Stack direction="row" gap={2} alignItems="center" wrap="wrap">
        <RadioButtonGroup options={states} value={state ?? 'all'} onChange={(value) => set({ state: value })} />
        {policy === undefined ? null : (
          <Button size="sm" variant="secondary" icon="times" onClick={() => set({ policy: '' })}>
            {t('runs.ofPolicy', 'Policy {{- policy}}', { policy })}
          </Button>
        )}
      </Stack>
      {runs.error === null ? null : <ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.isPending ? <Skeleton heightPx={240} /> : null}
      {runs.data !== undefined && rows.length === 0 ? (
        <NoRuns filtered={state !== undefined || policy !== undefined} onClear={() => set({ state: '', policy: '' })} />
      ) : null}
      {rows.length > 0 ? <RunTable runs={rows} /> : null}
      {runs.hasNextPage ? (
        <Button variant="secondary" disabled={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
          {t('forecasts.showMore', 'Show more')}
        </Button>
      ) : null}
    </Stack>
  );
}
