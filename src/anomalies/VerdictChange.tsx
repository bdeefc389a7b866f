import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Box, Button, Stack, Text } from '@grafana/ui';
import { useVerdictPreview } from '../api/useAnomalies.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Skeleton } from '../components/Skeletons.tsx';
import type { AnomalyRecord, Verdict, VerdictPreview } from '../../backend/src/contract/index.ts';
import { formatRatio } from '../forecast/format.ts';
import { labelText } from '../forecast/labelText.ts';
import { verdictLook } from './anomalyLook.ts';

interface VerdictChangeProps {
  readonly anomaly: AnomalyRecord;
  readonly verdict: Verdict;
  readonly busy: boolean;
  /** `true` changes the setting of the job as well. */
  readonly onApply: (apply: boolean) => void;
  readonly onCancel: () => void;
}

const mostListed = 5;

/** "Would have removed 3 of 9 alerts of the last 30 days", or that nothing would change. */
export function changeSentence({ days, alertsNow, removed, added }: VerdictPreview): string {
  const told = { removed: removed.length, added: added.length, alerts: alertsNow, days };
  if (removed.length === 0 && added.length === 0) {
    return t(
      'verdict.changesNothing',
      'None of the {{- alerts}} alerts of the last {{- days}} days would change.',
      told
    );
  }
  if (added.length === 0) {
    return t(
      'verdict.wouldRemove',
      'Would have removed {{- removed}} of {{- alerts}} alerts of the last {{- days}} days.',
      told
    );
  }
  return removed.length === 0
    ? t('verdict.wouldAdd', 'Would have added {{- added}} to {{- alerts}} alerts of the last {{- days}} days.', told)
    : t(
        'verdict.wouldRemoveAndAdd',
        'Would have removed {{- removed}} of {{- alerts}} alerts of the last {{- days}} days, and added {{- added}}.',
        told
      );
}

/** What of the job would be set otherwise. */
function settingSentence(change: NonNullable<VerdictPreview['change']>): string {
  return change.key === 'sensitivity'
    ? t('verdict.changeSensitivity', 'The sensitivity of the job goes from {{- from}} to {{- to}}.', change)
    : t('verdict.changeAtLeast', 'The least size of an anomaly goes from {{- from}} to {{- to}}.', change);
}

function AlertTimes({ title, alerts }: { title: string; alerts: VerdictPreview['removed'] }) {
  if (alerts.length === 0) {
    return null;
  }
  return (
    <div>
      <Text variant="bodySmall" color="secondary">
        {title}
      </Text>
      <ul style={{ marginLeft: 20 }}>
        {alerts.slice(0, mostListed).map(({ startMs, labels, peakScore }) => (
          <li key={`${startMs}${labelText(labels, '')}`}>
            {t('verdict.alertLine', '{{- time}} · {{- series}} · score {{- score}}', {
              time: dateTimeFormat(startMs),
              series: labelText(labels, '–'),
              score: peakScore.toFixed(1),
            })}
          </li>
        ))}
      </ul>
      {alerts.length > mostListed ? (
        <Text color="secondary">
          {t('verdict.more', 'and {{- count}} more', { count: alerts.length - mostListed })}
        </Text>
      ) : null}
    </div>
  );
}

function PreviewText({ preview }: { readonly preview: VerdictPreview }) {
  const { change, precision, judged } = preview;
  return (
    <>
      {change === null ? (
        <Text>{t('verdict.noChange', 'It is kept as an answer; no setting of the job would help here.')}</Text>
      ) : (
        <>
          <Text weight="medium">{changeSentence(preview)}</Text>
          <Text>{settingSentence(change)}</Text>
          <AlertTimes title={t('verdict.removed', 'No longer told')} alerts={preview.removed} />
          <AlertTimes title={t('verdict.added', 'Told in addition')} alerts={preview.added} />
        </>
      )}
      <Text color="secondary">
        {precision === null
          ? t('verdict.noneJudged', 'No anomaly of this job has been judged before.')
          : t('verdict.precision', '{{- share}} of {{- judged}} judged anomalies of this job were real.', {
              share: formatRatio(precision),
              judged,
            })}
      </Text>
    </>
  );
}

/** What a verdict would change, over the alerts of the last days, and the buttons that apply it. */
export function VerdictChange({ anomaly, verdict, busy, onApply, onCancel }: VerdictChangeProps) {
  const preview = useVerdictPreview(anomaly.id, verdict);
  const { text } = verdictLook(verdict);
  const change = preview.data?.change ?? null;
  return (
    <Box
      element="section"
      aria-label={t('verdict.effect', 'What it would change')}
      padding={2}
      backgroundColor="secondary"
      borderRadius="default"
    >
      <Stack direction="column" gap={1}>
        {preview.isPending ? (
          <Skeleton heightPx={80} label={t('verdict.counting', 'Counting what it would have changed…')} />
        ) : null}
        {preview.error === null ? null : <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />}
        {preview.data === undefined ? null : <PreviewText preview={preview.data} />}
        <Stack direction="row" gap={1} wrap="wrap">
          {change === null ? null : (
            <Button size="sm" icon={busy ? 'spinner' : 'check'} disabled={busy} onClick={() => onApply(true)}>
              {t('verdict.applyBoth', 'Save and change the job')}
            </Button>
          )}
          <Button
            size="sm"
            variant={change === null ? 'primary' : 'secondary'}
            icon="save"
            disabled={busy || preview.isPending}
            onClick={() => onApply(false)}
          >
            {t('verdict.applyOnly', 'Save "{{- verdict}}" only', { verdict: text })}
          </Button>
          <Button size="sm" variant="secondary" fill="text" disabled={busy} onClick={onCancel}>
            {t('job.cancel', 'Cancel')}
          </Button>
        </Stack>
      </Stack>
    </Box>
  );
}
