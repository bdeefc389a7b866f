import { t } from '@grafana/i18n';
import { Alert, ClipboardButton, Stack, useTheme2 } from '@grafana/ui';
import type { JobSummary } from '../../../backend/src/contract/index.ts';
import { DetectionSummary } from './DetectionSummary.tsx';

/** What the job was told; read-only, with a lock and the file's name when it comes from a file. */
export function JobSettings({ job }: { readonly job: JobSummary }) {
  const theme = useTheme2();
  const { origin, spec } = job;
  const text = JSON.stringify(spec, null, 2);
  return (
    <Stack direction="column" gap={1} alignItems="flex-start">
      {origin.kind === 'file' ? (
        <Alert
          severity="info"
          title={t('job.provisioned', 'This job is provisioned: change it in {{- file}}.', { file: origin.file })}
        />
      ) : (
        <span>{t('job.createdBy', 'Created here by {{- by}}', { by: origin.by })}</span>
      )}
      <DetectionSummary spec={spec} />
      <pre style={{ maxWidth: '100%', fontFamily: theme.typography.fontFamilyMonospace }}>{text}</pre>
      <ClipboardButton variant="secondary" icon="copy" getText={() => text}>
        {t('overview.copy', 'Copy')}
      </ClipboardButton>
    </Stack>
  );
}
