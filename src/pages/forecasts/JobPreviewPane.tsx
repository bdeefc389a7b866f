import { t } from '@grafana/i18n';
import { Alert, Stack, Text } from '@grafana/ui';
import { useMemo } from 'react';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { labelText } from '../../forecast/labelText.ts';
import { PreviewResult } from '../../forecast/PreviewResult.tsx';
import { parseDurationMs, type JobPreview } from '../../../backend/src/contract/index.ts';

interface JobPreviewPaneProps {
  readonly preview: JobPreview | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  readonly horizon: string;
  readonly unit: string | undefined;
}

const heightPx = 260;
const pastMs = 7 * 86_400_000;

/** The forecast of the job's first series and what keeping all of them costs. */
export function JobPreviewPane({ preview, error, loading, horizon, unit }: JobPreviewPaneProps) {
  // The end of the history is the job's now: the source may lag behind the clock.
  const nowMs = useMemo(() => {
    const history = preview?.preview.history;
    return history === undefined ? 0 : history.startMs + history.values.length * history.stepMs;
  }, [preview]);
  if (loading) {
    return <Skeleton heightPx={heightPx} label={t('job.previewing', 'Reading the history and comparing models…')} />;
  }
  if (error !== null && error !== undefined) {
    return <ErrorNotice error={error} />;
  }
  if (preview === undefined) {
    return null;
  }
  return (
    <Stack direction="column" gap={1}>
      <Text>{t('job.previewSeries', 'First of {{- count}} series', { count: preview.seriesCount })}</Text>
      {preview.warnings.map((warning) => (
        <Alert key={warning} severity="warning" title={warning} />
      ))}
      <PreviewResult
        preview={preview.preview}
        name={labelText(preview.seriesLabels[0] ?? {}, t('job.previewName', 'Observed'))}
        unit={unit}
        timeZone="browser"
        nowMs={nowMs}
        pastMs={pastMs}
        horizonMs={parseDurationMs(horizon) ?? 86_400_000}
        heightPx={heightPx}
      />
    </Stack>
  );
}
