import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, LinkButton, Stack } from '@grafana/ui';
import { appRoot } from '../pluginId.ts';

/** Says that a job keeps this very query. A plain link: Grafana opens the modal outside of any router. */
export function KeptAs({ job }: { readonly job: string }) {
  return (
    <Stack direction="row" gap={1} alignItems="center">
      <Badge color="green" icon="check" text={t('modal.kept', 'Kept as a job')} />
      <LinkButton
        size="sm"
        fill="text"
        href={locationUtil.assureBaseUrl(`${appRoot}/forecasts/${encodeURIComponent(job)}`)}
      >
        {job}
      </LinkButton>
    </Stack>
  );
}
