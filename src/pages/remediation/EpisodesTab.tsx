import { t } from '@grafana/i18n';
import {
  Badge,
  Button,
  EmptyState,
  Input,
  InteractiveTable,
  RadioButtonGroup,
  Stack,
  Text,
  TextLink,
  type Column,
} from '@grafana/ui';
import { useMemo, useState } from 'react';
import { z } from 'zod';
import { spanText } from '../../anomalies/anomalyLook.ts';
import { useEpisodes } from '../../api/useEpisodes.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { useAddressFilter } from '../../components/useAddressFilter.ts';
import { useDelayed } from '../../components/useDelayed.ts';
import { visibleText } from '../../components/visibleText.ts';
import type { Episode } from '../../../backend/src/contract/index.ts';
import { labelText } from '../../forecast/labelText.ts';
import { episodeUrl } from './ReplayView.tsx';

const searchDelayMs = 300;
const State = z.enum(['open', 'closed']);

function closeText(reason: Episode['closeReason']): string {
  switch (reason) {
    case 'resolved':
      return t('episode.resolved', 'Resolved');
    case 'unknown':
      return t('episode.unknown', 'Ended without proof');
    case 'refired':
      return t('episode.refired', 'Began anew');
    case 'lease':
      return t('episode.lease', 'Not heard of any more');
    case null:
      return t('anomaly.closed', 'Closed');
  }
}

/** Word, colour and icon of whether it lasts, and how it ended. */
export function EpisodeBadge({ episode }: { readonly episode: Episode }) {
  if (episode.closedAtMs !== null) {
    const healed = episode.closeReason === 'resolved';
    return (
      <Badge
        color={healed ? 'green' : 'blue'}
        icon={healed ? 'check' : 'question-circle'}
        text={closeText(episode.closeReason)}
      />
    );
  }
  return <Badge color="orange" icon="exclamation-triangle" text={t('anomaly.open', 'Open')} />;
}

function NameCell({ episode }: { readonly episode: Episode }) {
  const { alertname: _name, ...labels } = episode.labels;
  return (
    <Stack direction="column" gap={0}>
      <TextLink href={episodeUrl(episode.id)} inline={false}>
        {visibleText(episode.alertname)}
      </TextLink>
      <Text color="secondary">{visibleText(labelText(labels, ''))}</Text>
      {episode.absence === null ? null : (
        <Text color="warning">
          {t('episode.absence', 'It says only that data is missing ({{- reason}})', { reason: episode.absence })}
        </Text>
      )}
    </Stack>
  );
}

function EpisodeTable({ episodes }: { readonly episodes: Episode[] }) {
  const columns = useMemo<Array<Column<Episode>>>(
    () => [
      { id: 'state', header: t('run.state', 'State'), cell: ({ row }) => <EpisodeBadge episode={row.original} /> },
      { id: 'alert', header: t('replay.alert', 'Alert'), cell: ({ row }) => <NameCell episode={row.original} /> },
      { id: 'source', header: t('episode.source', 'From'), cell: ({ row }) => visibleText(row.original.source) },
      {
        id: 'opened',
        header: t('episode.opened', 'Opened'),
        cell: ({ row }) => <Ago timeMs={row.original.openedAtMs} />,
      },
      {
        id: 'lasted',
        header: t('anomaly.duration', 'Duration'),
        cell: ({ row: { original } }) =>
          spanText(Math.max(0, (original.closedAtMs ?? original.seenAtMs) - original.openedAtMs)),
      },
      { id: 'flaps', header: t('anomaly.flaps', 'Came back'), cell: ({ row }) => row.original.flaps || '–' },
      { id: 'deliveries', header: t('episode.deliveries', 'Messages'), cell: ({ row }) => row.original.deliveries },
    ],
    []
  );
  return <InteractiveTable columns={columns} data={episodes} getRowId={({ id }) => id} />;
}

/** Outages as their alerts tell them, whoever tells of them how often. */
export function EpisodesTab() {
  const { params, set } = useAddressFilter();
  const [typed, setTyped] = useState(params.get('search') ?? '');
  const search = useDelayed(typed, searchDelayMs).trim();
  const state = State.safeParse(params.get('state')).data;
  const episodes = useEpisodes({ search, ...(state === undefined ? {} : { state }) });
  const rows = useMemo(() => episodes.data?.pages.flatMap((page) => page.items) ?? [], [episodes.data]);
  const states: Array<{ value: z.infer<typeof State> | 'all'; label: string }> = [
    { value: 'all', label: t('runs.all', 'All') },
    { value: 'open', label: t('anomaly.open', 'Open') },
    { value: 'closed', label: t('anomaly.closed', 'Closed') },
  ];
  const onSearch = (text: string) => {
    setTyped(text);
    set({ search: text });
  };
  return (
    <Stack direction="column" gap={2}>
      <Stack direction="row" gap={2} wrap="wrap">
        <Input
          width={40}
          value={typed}
          placeholder={t('episode.search', 'Search by alert or label')}
          aria-label={t('episode.search', 'Search by alert or label')}
          onChange={(event) => onSearch(event.currentTarget.value)}
        />
        <RadioButtonGroup options={states} value={state ?? 'all'} onChange={(value) => set({ state: value })} />
      </Stack>
      {episodes.error === null ? null : <ErrorNotice error={episodes.error} onRetry={() => void episodes.refetch()} />}
      {episodes.isPending ? <Skeleton heightPx={240} /> : null}
      {episodes.data !== undefined && rows.length === 0 ? (
        <EmptyState variant="not-found" message={t('episode.none', 'No episode matches')}>
          {t('episode.noneHow', 'An episode begins when a webhook tells of an alert, or when a job finds an anomaly.')}
        </EmptyState>
      ) : null}
      {rows.length > 0 ? <EpisodeTable episodes={rows} /> : null}
      {episodes.hasNextPage ? (
        <Button
          variant="secondary"
          disabled={episodes.isFetchingNextPage}
          onClick={() => void episodes.fetchNextPage()}
        >
          {t('forecasts.showMore', 'Show more')}
        </Button>
      ) : null}
    </Stack>
  );
}
