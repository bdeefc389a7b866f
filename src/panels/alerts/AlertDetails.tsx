import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { LinkButton, Stack, Text, type IconName } from '@grafana/ui';
import { useAnomaly } from '../../api/useAnomalies.ts';
import { evidenceText } from '../../anomalies/evidenceText.ts';
import { VerdictButtons } from '../../anomalies/VerdictButtons.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { LabelList } from '../../components/LabelList.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { webUrl } from '../../components/webUrl.ts';
import type { AlertRow } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { sourceText } from './alertLook.ts';

/** Evidence and verdict of the anomaly behind an alert. */
function AnomalyPart({ id }: { readonly id: string }) {
  const anomaly = useAnomaly(id);
  if (anomaly.error !== null) {
    return <ErrorNotice error={anomaly.error} onRetry={() => void anomaly.refetch()} />;
  }
  if (anomaly.data === undefined) {
    return <Skeleton heightPx={60} />;
  }
  return (
    <Stack direction="column" gap={1}>
      <ul aria-label={t('anomaly.evidence', 'Why it is abnormal')} style={{ marginLeft: 20 }}>
        {anomaly.data.evidence.map((line) => (
          <li key={`${line.code}${line.text}`}>{evidenceText(line)}</li>
        ))}
      </ul>
      <VerdictButtons anomaly={anomaly.data} />
    </Stack>
  );
}

interface DetailLinkProps {
  readonly href: string | undefined;
  readonly icon: IconName;
  readonly text: string;
  readonly outside?: boolean;
}

function DetailLink({ href, icon, text, outside = false }: DetailLinkProps) {
  return href === undefined ? null : (
    <LinkButton
      size="sm"
      variant="secondary"
      fill="outline"
      icon={icon}
      href={href}
      {...(outside ? { target: '_blank', rel: 'noreferrer noopener' } : {})}
    >
      {text}
    </LinkButton>
  );
}

/** A row's details, in place: what it says, its labels, the evidence, and where to look further. */
export function AlertDetails({ row }: { readonly row: AlertRow }) {
  // The evidence of our own anomaly says the same, in the language of the reader.
  const evident = row.source === 'aiops' && row.anomalyId !== null;
  const job = row.job === null ? undefined : `${appRoot}/forecasts/${encodeURIComponent(row.job)}`;
  return (
    <Stack direction="column" gap={1}>
      {row.summary === '' || evident ? null : <Text>{visibleText(row.summary)}</Text>}
      <LabelList labels={row.labels} />
      {row.silencedBy.length === 0 ? null : (
        <Text color="secondary">
          {t('alerts.silencedBy', 'Silenced by {{- names}}', { names: row.silencedBy.join(', ') })}
        </Text>
      )}
      {row.anomalyId === null ? null : <AnomalyPart id={row.anomalyId} />}
      <Stack direction="row" gap={1} wrap="wrap">
        <DetailLink href={webUrl(row.runbookUrl)} icon="book" text={t('alerts.runbook', 'Runbook')} outside />
        <DetailLink
          href={job === undefined ? undefined : locationUtil.assureBaseUrl(job)}
          icon="graph-bar"
          text={t('anomaly.openJob', 'Job {{- job}}', { job: row.job })}
        />
        <DetailLink
          href={webUrl(row.generatorUrl)}
          icon="external-link-alt"
          text={t('alerts.where', 'In {{- source}}', { source: sourceText(row.source) })}
          outside
        />
      </Stack>
    </Stack>
  );
}
