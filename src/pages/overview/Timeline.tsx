import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Icon, Stack, Text, TextLink } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { useAnomalies, useChanges } from '../../api/useAnomalies.ts';
import { useRuns } from '../../api/useRuns.ts';
import { AnomalyBadges } from '../../anomalies/AnomalyBadges.tsx';
import { kindText } from '../../anomalies/anomalyLook.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { visibleText } from '../../components/visibleText.ts';
import type { AnomalyRecord, ChangeRecord, Run } from '../../../backend/src/contract/index.ts';
import { labelText } from '../../forecast/labelText.ts';
import { appRoot } from '../../pluginId.ts';
import { planSentence } from '../../remediation/PlanView.tsx';
import { runStateLook } from '../../remediation/runLook.ts';

const pastMs = 7 * 86_400_000;
const mostListed = 10;
const latestRuns = { limit: mostListed } as const;
const newest = { search: '', job: '', kind: 'all', state: 'all', verdict: 'all', limit: mostListed } as const;

type Entry =
  | { readonly kind: 'anomaly'; readonly atMs: number; readonly anomaly: AnomalyRecord }
  | { readonly kind: 'change'; readonly atMs: number; readonly change: ChangeRecord }
  | { readonly kind: 'run'; readonly atMs: number; readonly run: Run };

interface Happened {
  readonly anomalies: readonly AnomalyRecord[];
  readonly changes: readonly ChangeRecord[];
  readonly runs: readonly Run[];
}

/** Anomalies, changes and runs in one line of time, newest first. */
function entriesOf({ anomalies, changes, runs }: Happened): Entry[] {
  return [
    ...anomalies.map((anomaly): Entry => ({ kind: 'anomaly', atMs: anomaly.startedAtMs, anomaly })),
    ...changes.map((change): Entry => ({ kind: 'change', atMs: change.atMs, change })),
    ...runs.map((run): Entry => ({ kind: 'run', atMs: run.createdAtMs, run })),
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
  if (entry.kind === 'run') {
    const { run } = entry;
    return (
      <>
        <Badge {...runStateLook(run.state)} />
        <TextLink
          href={locationUtil.assureBaseUrl(`${appRoot}/remediation/runs/${encodeURIComponent(run.id)}`)}
          inline={false}
        >
          {planSentence(run.plan)}
        </TextLink>
        <span>{visibleText(run.plan.policy)}</span>
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

const idOf = (entry: Entry): string => {
  switch (entry.kind) {
    case 'anomaly':
      return entry.anomaly.id;
    case 'change':
      return entry.change.id;
    case 'run':
      return entry.run.id;
  }
};

/** The latest anomalies, changes and runs. */
export function Timeline() {
  const [nowMs] = useState(() => Date.now());
  const range = useMemo(() => ({ fromMs: nowMs - pastMs, toMs: nowMs + pastMs }), [nowMs]);
  const anomalies = useAnomalies(newest);
  const changes = useChanges(range);
  // A backend without remediation has no runs: the rest is told all the same.
  const runs = useRuns(latestRuns);
  const entries = entriesOf({
    anomalies: anomalies.data?.pages[0]?.items ?? [],
    changes: changes.data?.items ?? [],
    runs: runs.data?.pages[0]?.items ?? [],
  });
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
          <Text color="secondary">{t('timeline.none', 'Neither anomalies nor changes nor runs so far.')}</Text>
        ) : null}
        <ol style={{ listStyle: 'none', margin: 0 }}>
          {entries.map((entry) => (
            <li key={`${entry.kind}${idOf(entry)}`}>
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
