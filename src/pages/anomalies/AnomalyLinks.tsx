import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { LinkButton, Stack } from '@grafana/ui';
import { useMemo } from 'react';
import type { AnomalyRecord, JobSummary } from '../../../backend/src/contract/index.ts';
import { exploreUrl, panelUrl } from '../../anomalies/exploreUrl.ts';
import { appRoot } from '../../pluginId.ts';

interface AnomalyLinksProps {
  readonly anomaly: AnomalyRecord;
  readonly job: JobSummary | undefined;
}

const leastAroundMs = 3_600_000;

/** Where to look further: the job, its query in Explore, the panels that show it. */
export function AnomalyLinks({ anomaly, job }: AnomalyLinksProps) {
  const endMs = anomaly.endedAtMs ?? anomaly.seenToMs;
  const aroundMs = Math.max(leastAroundMs, endMs - anomaly.startedAtMs);
  const fromMs = anomaly.startedAtMs - aroundMs;
  const toMs = endMs + aroundMs;
  const explore = useMemo(
    () => (job === undefined ? undefined : exploreUrl({ expr: job.spec.query, source: job.spec.source, fromMs, toMs })),
    [job, fromMs, toMs]
  );
  return (
    <Stack direction="row" gap={1} wrap="wrap">
      <LinkButton
        size="sm"
        variant="secondary"
        icon="graph-bar"
        href={locationUtil.assureBaseUrl(`${appRoot}/forecasts/${encodeURIComponent(anomaly.job)}`)}
      >
        {t('anomaly.openJob', 'Job {{- job}}', { job: anomaly.job })}
      </LinkButton>
      {explore === undefined ? null : (
        <LinkButton size="sm" variant="secondary" icon="compass" href={explore}>
          {t('anomaly.explore', 'Explore')}
        </LinkButton>
      )}
      {anomaly.panels.map((ref) => (
        <LinkButton key={ref} size="sm" variant="secondary" icon="apps" href={panelUrl(ref, fromMs, toMs)}>
          {t('anomaly.openPanel', 'Panel {{- ref}}', { ref })}
        </LinkButton>
      ))}
    </Stack>
  );
}
