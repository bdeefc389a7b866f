import { t } from '@grafana/i18n';
import { Collapse, Combobox, Field, MultiCombobox, RadioButtonGroup, Stack, TextArea } from '@grafana/ui';
import { useId, useState } from 'react';
import { Controller, useFormContext } from 'react-hook-form';
import { useSources } from '../../api/useStatus.ts';
import type { Direction } from '../../../backend/src/contract/index.ts';
import { SensitivitySlider } from '../../forecast/SensitivitySlider.tsx';
import { modelNames, type JobFormValues } from './jobFormValues.ts';
import { TextField } from './JobTextField.tsx';

function SourceField() {
  const { control } = useFormContext<JobFormValues>();
  const sources = useSources();
  const id = useId();
  return (
    <Controller
      control={control}
      name="source"
      render={({ field, fieldState }) => (
        <Field
          label={t('job.source', 'Source')}
          description={t('job.sourceHelp', 'What the backend reads from; the first one when left open')}
          htmlFor={id}
          invalid={fieldState.error !== undefined || sources.error !== null}
          error={
            fieldState.error?.message ??
            (sources.error === null ? '' : t('job.sourcesFailed', 'The list of sources could not be read'))
          }
        >
          <Combobox
            id={id}
            width={40}
            isClearable
            loading={sources.isPending}
            value={field.value === '' ? null : field.value}
            options={(sources.data ?? []).map(({ name, kind, url }) => ({
              value: name,
              label: name,
              description: `${kind} · ${url}`,
            }))}
            onChange={(option) => field.onChange(option?.value ?? '')}
          />
        </Field>
      )}
    />
  );
}

/** What every job needs: a name, a source and a query. */
export function BasicJobFields({ nameLocked }: { readonly nameLocked: boolean }) {
  const { register, formState } = useFormContext<JobFormValues>();
  const id = useId();
  const fault = formState.errors.query?.message;
  return (
    <>
      <Stack direction="row" gap={2} wrap="wrap">
        <TextField
          field="name"
          label={t('job.name', 'Name')}
          description={t('job.nameHelp', 'Lower-case letters, digits and dashes')}
          placeholder="checkout-latency"
          disabled={nameLocked}
          width={40}
        />
        <TextField
          field="title"
          label={t('job.title', 'Title')}
          description={t('job.titleHelp', 'For people')}
          width={40}
        />
      </Stack>
      <SourceField />
      <Field
        label={t('job.query', 'PromQL query')}
        description={t('job.queryHelp', 'Each series of the answer is forecast on its own. Counters need rate().')}
        htmlFor={id}
        invalid={fault !== undefined}
        error={fault ?? ''}
      >
        <TextArea id={id} rows={3} {...register('query')} />
      </Field>
      <Stack direction="row" gap={2} wrap="wrap">
        <TextField field="step" label={t('job.step', 'Step')} placeholder="1m" />
        <TextField field="horizon" label={t('job.horizon', 'Horizon')} placeholder="24h" />
        <TextField field="training" label={t('job.training', 'Training window')} placeholder="28d" />
        <TextField field="retrain" label={t('job.retrain', 'Train again every')} placeholder="12h" />
      </Stack>
    </>
  );
}

/** How many alerts a week each series may raise. */
export function SensitivityField({ measured }: { readonly measured: number | undefined }) {
  const { control } = useFormContext<JobFormValues>();
  return (
    <Controller
      control={control}
      name="sensitivity"
      render={({ field }) => (
        <SensitivitySlider alertsPerWeek={field.value} measured={measured} onChange={field.onChange} />
      )}
    />
  );
}

/** Wishes beyond the defaults, closed until somebody has one. */
export function AdvancedJobFields() {
  const { control, formState } = useFormContext<JobFormValues>();
  const [open, setOpen] = useState(false);
  const modelsId = useId();
  const { errors } = formState;
  const faulty = [errors.unit, errors.min, errors.max, errors.models, errors.levels, errors.labels].some(
    (error) => error !== undefined
  );
  const directions: Array<{ value: Direction; label: string }> = [
    { value: 'both', label: t('job.both', 'Above or below') },
    { value: 'above', label: t('job.above', 'Above') },
    { value: 'below', label: t('job.below', 'Below') },
  ];
  return (
    <Collapse label={t('job.more', 'More options')} isOpen={open || faulty} onToggle={() => setOpen(!open)}>
      <Controller
        control={control}
        name="direction"
        render={({ field }) => (
          <Field label={t('job.direction', 'Abnormal when')}>
            <RadioButtonGroup options={directions} value={field.value} onChange={field.onChange} />
          </Field>
        )}
      />
      <Stack direction="row" gap={2} wrap="wrap">
        <TextField field="unit" label={t('job.unit', 'Unit')} placeholder="s" />
        <TextField field="min" label={t('job.min', 'Lowest possible value')} placeholder="0" />
        <TextField field="max" label={t('job.max', 'Highest possible value')} />
      </Stack>
      <Controller
        control={control}
        name="models"
        render={({ field }) => (
          <Field
            label={t('job.models', 'Models')}
            description={t('job.modelsHelp', 'Left empty: all compete and the back-test decides')}
            htmlFor={modelsId}
          >
            <MultiCombobox
              id={modelsId}
              width={60}
              value={[...field.value]}
              options={modelNames.map((name) => ({ value: name, label: name }))}
              onChange={(options) => field.onChange(options.map(({ value }) => value))}
            />
          </Field>
        )}
      />
      <Stack direction="row" gap={2} wrap="wrap">
        <TextField
          field="levels"
          label={t('job.levels', 'Band levels in percent')}
          description={t('job.levelsHelp', 'Share of values that a band promises to hold')}
          placeholder="80, 95"
        />
        <TextField
          field="labels"
          label={t('job.labels', 'Extra labels')}
          description={t('job.labelsHelp', 'Added to every series that the job serves')}
          placeholder="team=payments"
          width={40}
        />
      </Stack>
    </Collapse>
  );
}
