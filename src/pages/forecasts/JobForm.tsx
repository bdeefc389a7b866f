import { t } from '@grafana/i18n';
import { Button, FieldSet, Stack } from '@grafana/ui';
import { useState } from 'react';
import { FormProvider, useForm, useWatch } from 'react-hook-form';
import { ApiError } from '../../api/api-error.ts';
import { useJobPreview, useSaveJob } from '../../api/useJobs.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { useDelayed } from '../../components/useDelayed.ts';
import { sensitivityDelayMs } from '../../forecast/sensitivitySteps.ts';
import type { JobSpecInput, JobSummary } from '../../../backend/src/contract/index.ts';
import { DetectionFields } from './DetectionFields.tsx';
import { AdvancedJobFields, BasicJobFields, SensitivityField } from './JobFields.tsx';
import { JobPreviewPane } from './JobPreviewPane.tsx';
import { fieldAt, parseJobForm, toFormValues, type JobFormField, type JobFormValues } from './jobFormValues.ts';

interface JobFormProps {
  readonly initial: JobSpecInput;
  /** Name of the job that is edited; a new one is created when left out. */
  readonly editing?: string;
  readonly onCancel: () => void;
  readonly onSaved: (job: JobSummary) => void;
}

/** Faults that the backend found in single fields, as it names them. */
function faultsOf(error: unknown, values: JobFormValues): ReadonlyArray<{ field: JobFormField; message: string }> {
  if (!(error instanceof ApiError)) {
    return [];
  }
  const { code, detail, issues = [] } = error.facts;
  if (code === 'conflict') {
    return [{ field: 'name', message: detail ?? '' }];
  }
  if (code === 'no_series' || code === 'too_many_series' || code === 'source_query_rejected') {
    return [{ field: 'query', message: detail ?? '' }];
  }
  return issues.map(({ path, message }) => ({
    field: fieldAt(path.replace(/^body\./, '').split('.'), values),
    message,
  }));
}

/** Creates or edits a job; shows the forecast and the cost before anything is saved. */
export function JobForm({ initial, editing, onCancel, onSaved }: JobFormProps) {
  const form = useForm<JobFormValues>({ defaultValues: toFormValues(initial) });
  const [previewed, setPreviewed] = useState<JobSpecInput>();
  const sensitivity = useDelayed(useWatch({ control: form.control, name: 'sensitivity' }), sensitivityDelayMs);
  // Only the slider is followed: a query that is being typed is not one to ask for.
  const preview = useJobPreview(previewed === undefined ? undefined : { ...previewed, sensitivity });
  const save = useSaveJob(editing);

  const withSpec = (use: (spec: JobSpecInput, values: JobFormValues) => void) =>
    form.handleSubmit((values) => {
      const parsed = parseJobForm(values, initial);
      if (parsed.ok) {
        use(parsed.spec, values);
        return;
      }
      parsed.faults.forEach(({ field, message }) => form.setError(field, { message }));
    });

  const onSave = withSpec((spec, values) =>
    save.mutate(spec, {
      onSuccess: onSaved,
      onError: (error) => faultsOf(error, values).forEach(({ field, message }) => form.setError(field, { message })),
    })
  );

  return (
    <FormProvider {...form}>
      <form onSubmit={(event) => void onSave(event)} noValidate aria-label={t('job.form', 'Forecast job')}>
        <FieldSet>
          <BasicJobFields nameLocked={editing !== undefined} />
          <SensitivityField measured={preview.data?.preview.cost.alertsPerSeriesWeek} />
          <DetectionFields editing={editing} />
          <AdvancedJobFields />
        </FieldSet>
        <Stack direction="column" gap={2}>
          <JobPreviewPane
            preview={preview.data}
            error={preview.error}
            loading={preview.isFetching}
            horizon={previewed?.horizon ?? '24h'}
            unit={previewed?.unit}
          />
          {save.error === null ? null : <ErrorNotice error={save.error} />}
          <Stack direction="row" gap={1}>
            <Button type="submit" disabled={save.isPending} icon={save.isPending ? 'spinner' : 'save'}>
              {editing === undefined ? t('job.create', 'Create job') : t('job.save', 'Save job')}
            </Button>
            <Button
              type="button"
              variant="secondary"
              icon="eye"
              disabled={preview.isFetching}
              onClick={(event) => void withSpec(setPreviewed)(event)}
            >
              {t('job.preview', 'Preview and cost')}
            </Button>
            <Button type="button" variant="secondary" fill="text" onClick={onCancel}>
              {t('job.cancel', 'Cancel')}
            </Button>
          </Stack>
        </Stack>
      </form>
    </FormProvider>
  );
}
