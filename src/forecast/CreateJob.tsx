import { AppEvents } from '@grafana/data';
import { t } from '@grafana/i18n';
import { getAppEvents } from '@grafana/runtime';
import type { JobSpecInput } from '../../backend/src/contract/index.ts';
import { JobForm } from '../pages/forecasts/JobForm.tsx';

interface CreateJobProps {
  readonly draft: JobSpecInput;
  readonly onCancel: () => void;
  readonly onDone: () => void;
}

/** The job form inside the modal, filled in from what was shown. */
export function CreateJob({ draft, onCancel, onDone }: CreateJobProps) {
  return (
    <JobForm
      initial={draft}
      onCancel={onCancel}
      onSaved={(job) => {
        getAppEvents().publish({
          type: AppEvents.alertSuccess.name,
          payload: [
            t('modal.created', 'Job {{- name}} created', { name: job.spec.name }),
            t('modal.createdHow', 'It is trained now; see AIOps, Forecasts.'),
          ],
        });
        onDone();
      }}
    />
  );
}
