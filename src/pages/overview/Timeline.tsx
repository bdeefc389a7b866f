import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Icon, Stack, Text, TextLink } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { useAnomalies, useChanges } from '../../api/useAnomalies.ts';
import { AnomalyBadges } from '../../anomalies/AnomalyBadges.tsx';
import { kindText } from '../../anomalies/anomalyLook.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { AnomalyRecord, ChangeRecord } from '../../../backend/src/contract/index.ts';
import { labelText } from '../../forecast/labelText.ts';
import { appRoot } from '../../pluginId.ts';

const pastMs = 7 * 86_400_000;
const mostListed = 10;
const newest = { search: '', job: '', kind: 'all', state: 'all', verdict: 'all', limit: mostListed } as const;

type Entry =
  | { readonly kind: 'anomaly'; readonly atMs: number; readonly anomaly: AnomalyRecord }
  | { readonly kind: 'change'; readonly atMs: number; readonly change: ChangeRecord };

/** Anomalies and changes in one line of time, newest first. */
export function entriesOf(anomalies: readonly AnomalyRecord[], changes: readonly ChangeRecord[]): Entry[] {
  return [
    ...anomalies.map((anomaly): Entry => ({ kind: 'anomaly', atMs: anomaly.startedAtMs, anomaly })),
    ...changes.map((change): Entry => ({ kind: 'change', atMs: change.atMs, change })),
  ]
    .sort((a, b) => b.atMs - a.atMs)
    .slice(0, mostListed);
}

function EntryText({ entry }: { readonly entry: Entry }) {
  if (entry.kind === 'change') {
    const { title, labels, by } = entry.change;
    return (
      <>
        <Icon name="rocket" /> <Text weight="medium">{title}</Text> {labelText(labels, '')}{' '}
        <Text color="secondary">{t('timeline.by', 'by {{- by}}', { by })}</Text>
      </>
    );
  }
  const { anomaly } = entry;
  return (
    <>
      <AnomalyBadges anomaly={anomaly} />
      <TextLink href={locationUtil.assureBaseUrl(`${appRoot}/anomalies/${anomaly.id}`)} inline={false}>
        {anomaly.job}
      </TextLink>
      <span>
        {kindText(anomaly.kind)} · {labelText(anomaly.labels, '')}
      </span>
    </>
  );
}

/** The latest anomalies and changes. */
export function Timeline() {
  const [nowMs] = useState(() => Date.now());
  const range = useMemo(() => ({ fromMs: nowMs - pastMs, toMs: nowMs + pastMs }), [nowMs]);
  const anomalies = useAnomalies(newest);
  const changes = useChanges(range);
  const entries = entriesOf(anomalies.data?.pages[0]?.items ?? [], changes.data?.items ?? []);
  const error = anomalies.error ?? changes.error;
  const retry = () => void Promise.all([anomalies.refetch(), changes.refetch()]);
  return (
    <section aria-label={t('timeline.title', 'Latest')}>
      <Stack direction="column" gap={1}>
        <Text element="h2" variant="h5">
          {t('timeline.title', 'Latest')}
        </Text>
        {error === null ? null : <ErrorNotice error={error} onRetry={retry} />}
        {anomalies.isPending ? <Skeleton heightPx={120} /> : null}
        {error === null && !anomalies.isPending && entries.length === 0 ? (
          <Text color="secondary">{t('timeline.none', 'Neither anomalies nor changes so far.')}</Text>
        ) : null}
        <ol style={{ listStyle: 'none', margin: 0 }}>
          {entries.map((entry) => (
            <li key={`${entry.kind}${entry.kind === 'anomaly' ? entry.anomaly.id : entry.change.id}`}>
              <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
                <Ago timeMs={entry.atMs} />
                <EntryText entry={entry} />
              </Stack>
            </li>
          ))}
        </ol>
      </Stack>
    </section>
  );
}
