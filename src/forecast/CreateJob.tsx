import { AppEvents } from '@grafana/data';
import { t } from '@grafana/i18n';
import { getAppEvents } from '@grafana/runtime';
import { Alert } from '@grafana/ui';
import type { JobSpecInput, JobSummary } from '../../backend/src/contract/index.ts';
import { JobForm } from '../pages/forecasts/JobForm.tsx';
import type { Wish } from './ForecastActions.tsx';

interface CreateJobProps {
  readonly draft: JobSpecInput;
  /** What the job is wanted for. */
  readonly wish: Wish;
  readonly onCancel: () => void;
  readonly onDone: (job: JobSummary) => void;
}

/** The job form inside the modal, filled in from what was shown. */
export function CreateJob({ draft, wish, onCancel, onDone }: CreateJobProps) {
  return (
    <>
      {wish === 'job' ? null : (
        <Alert
          severity="info"
          topSpacing={0}
          title={
            wish === 'overlay'
              ? t('modal.jobForOverlay', 'An overlay shows what a job keeps trained: create the job first')
              : t('modal.jobForAlert', 'An alert needs a job that watches the query: create the job first')
          }
        />
      )}
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
          onDone(job);
        }}
      />
    </>
  );
}
