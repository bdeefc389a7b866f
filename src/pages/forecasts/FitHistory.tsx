import { t } from '@grafana/i18n';
import { Badge, InteractiveTable, Text, type BadgeColor, type Column } from '@grafana/ui';
import { useMemo } from 'react';
import { useJobFits } from '../../api/useJobs.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { formatSpan } from '../../forecast/format.ts';
import type { Fit } from '../../../backend/src/contract/index.ts';

function fitLook(state: Fit['state']): { readonly text: string; readonly color: BadgeColor } {
  switch (state) {
    case 'running':
      return { text: t('fit.running', 'Running'), color: 'blue' };
    case 'done':
      return { text: t('fit.done', 'Done'), color: 'green' };
    case 'failed':
      return { text: t('fit.failed', 'Failed'), color: 'red' };
    case 'interrupted':
      return { text: t('fit.interrupted', 'Interrupted'), color: 'orange' };
  }
}

function useColumns(): Array<Column<Fit>> {
  return useMemo<Array<Column<Fit>>>(
    () => [
      {
        id: 'startedAtMs',
        header: t('fit.started', 'Started'),
        cell: ({ row }) => <Ago timeMs={row.original.startedAtMs} />,
      },
      {
        id: 'state',
        header: t('fit.state', 'State'),
        cell: ({ row }) => <Badge {...fitLook(row.original.state)} />,
      },
      {
        id: 'series',
        header: t('fit.series', 'Series'),
        cell: ({ row: { original: fit } }) =>
          t('fit.seriesOf', '{{- done}} of {{- total}}, {{- failed}} failed', {
            done: fit.seriesDone,
            total: fit.seriesTotal,
            failed: fit.seriesFailed,
          }),
      },
      {
        id: 'trained',
        header: t('fit.trainedOn', 'Trained on'),
        cell: ({ row: { original: fit } }) => formatSpan(fit.trainedToMs - fit.trainedFromMs),
      },
      { id: 'cpuSeconds', header: t('fit.cpu', 'CPU seconds'), cell: ({ row }) => row.original.cpuSeconds.toFixed(1) },
      {
        id: 'message',
        header: t('fit.message', 'Message'),
        cell: ({ row: { original: fit } }) => [fit.error?.message ?? '', ...fit.warnings].join(' '),
      },
    ],
    []
  );
}

/** Every training of the job, newest first. */
export function FitHistory({ name }: { readonly name: string }) {
  const fits = useJobFits(name);
  const columns = useColumns();
  if (fits.error !== null) {
    return <ErrorNotice error={fits.error} onRetry={() => void fits.refetch()} />;
  }
  if (fits.data === undefined) {
    return <Skeleton heightPx={160} />;
  }
  return fits.data.items.length === 0 ? (
    <Text color="secondary">{t('fit.none', 'The job has not been trained yet')}</Text>
  ) : (
    <InteractiveTable columns={columns} data={fits.data.items} getRowId={({ id }) => id} />
  );
}
