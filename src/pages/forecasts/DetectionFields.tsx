import { t } from '@grafana/i18n';
import { Collapse, Field, MultiCombobox, RadioButtonGroup, Stack, Switch } from '@grafana/ui';
import { useId, useState } from 'react';
import { Controller, useFormContext, useWatch } from 'react-hook-form';
import { useCalendars } from '../../api/useCalendars.ts';
import { kindText } from '../../anomalies/anomalyLook.ts';
import { DetectionKind } from '../../../backend/src/contract/index.ts';
import type { DetectionValues } from './detectionValues.ts';
import type { JobFormValues } from './jobFormValues.ts';
import { TextField } from './JobTextField.tsx';
import { OverlayFields } from './OverlayFields.tsx';

const detectionFields: ReadonlyArray<keyof DetectionValues> = [
  'kinds',
  'outlierAmong',
  'jointAmong',
  'capacityLimit',
  'capacityWarn',
  'capacityProbability',
  'atLeastAbsolute',
  'atLeastRelative',
  'open',
  'close',
  'ignoreLabels',
  'calendars',
  'alertSeverity',
  'alertLabels',
  'overlay',
  'overlayPanels',
  'write',
];

function KindsField() {
  const { control } = useFormContext<JobFormValues>();
  const id = useId();
  return (
    <Controller
      control={control}
      name="kinds"
      render={({ field, fieldState }) => (
        <Field
          label={t('detect.kinds', 'What to look for')}
          htmlFor={id}
          invalid={fieldState.error !== undefined}
          error={fieldState.error?.message ?? ''}
        >
          <MultiCombobox
            id={id}
            width={90}
            value={[...field.value]}
            options={DetectionKind.options.map((kind) => ({ value: kind, label: kindText(kind) }))}
            onChange={(options) => field.onChange(options.map(({ value }) => value))}
          />
        </Field>
      )}
    />
  );
}

/** Settings of the kinds that have some; shown for those that are chosen. */
function KindSettings() {
  const { control } = useFormContext<JobFormValues>();
  const kinds = useWatch({ control, name: 'kinds' });
  const sides: Array<{ value: 'above' | 'below'; label: string }> = [
    { value: 'above', label: t('detect.above', 'Above it') },
    { value: 'below', label: t('detect.below', 'Below it') },
  ];
  return (
    <>
      {kinds.includes('outlier') ? (
        <TextField
          field="outlierAmong"
          label={t('detect.outlierAmong', 'Peers have the same')}
          description={t('detect.amongHelp', 'Labels with commas between them; all series when left open')}
          placeholder="service"
          width={40}
        />
      ) : null}
      {kinds.includes('joint') ? (
        <TextField
          field="jointAmong"
          label={t('detect.jointAmong', 'One set of metrics has the same')}
          description={t('detect.amongHelp', 'Labels with commas between them; all series when left open')}
          placeholder="instance"
          width={40}
        />
      ) : null}
      {kinds.includes('capacity') ? (
        <Stack direction="row" gap={2} wrap="wrap">
          <TextField
            field="capacityLimit"
            label={t('detect.limit', 'Limit')}
            description={t('detect.limitHelp', 'In the unit of the series; 95% is 0.95')}
            placeholder="95%"
          />
          <Controller
            control={control}
            name="capacitySide"
            render={({ field }) => (
              <Field
                label={t('detect.side', 'Trouble is')}
                description={t('detect.sideHelp', 'On this side of the limit')}
              >
                <RadioButtonGroup options={sides} value={field.value} onChange={field.onChange} />
              </Field>
            )}
          />
          <TextField
            field="capacityWarn"
            label={t('detect.warn', 'Tell when it may be crossed within')}
            description={t('detect.warnHelp', 'A duration such as 3d')}
            placeholder="3d"
          />
          <TextField
            field="capacityProbability"
            label={t('detect.probability', 'At a probability of')}
            description={t('detect.probabilityHelp', 'At least this share')}
            placeholder="80%"
          />
        </Stack>
      ) : null}
    </>
  );
}

function CalendarsField() {
  const { control } = useFormContext<JobFormValues>();
  const calendars = useCalendars();
  const id = useId();
  return (
    <Controller
      control={control}
      name="calendars"
      render={({ field, fieldState }) => {
        const known = (calendars.data ?? []).map(({ spec }) => spec.name);
        const names = [...new Set([...known, ...field.value])];
        return (
          <Field
            label={t('detect.calendars', 'Calendars')}
            description={t('detect.calendarsHelp', 'Holidays that the models know; maintenance that keeps alerts back')}
            htmlFor={id}
            invalid={fieldState.error !== undefined || calendars.error !== null}
            error={
              fieldState.error?.message ??
              (calendars.error === null ? '' : t('detect.calendarsFailed', 'The list of calendars could not be read'))
            }
          >
            <MultiCombobox
              id={id}
              width={60}
              value={[...field.value]}
              options={names.map((name) => ({ value: name, label: name }))}
              onChange={(options) => field.onChange(options.map(({ value }) => value))}
            />
          </Field>
        );
      }}
    />
  );
}

function AlertFields() {
  const { control } = useFormContext<JobFormValues>();
  const id = useId();
  const on = useWatch({ control, name: 'alertOn' });
  return (
    <>
      <Controller
        control={control}
        name="alertOn"
        render={({ field }) => (
          <Field
            label={t('detect.alert', 'Tell Alertmanager')}
            description={t('detect.alertHelp', 'Off: anomalies stay on the pages, in the panels and in the series')}
            htmlFor={id}
          >
            <Switch id={id} value={field.value} onChange={(event) => field.onChange(event.currentTarget.checked)} />
          </Field>
        )}
      />
      {on ? (
        <Stack direction="row" gap={2} wrap="wrap">
          <TextField field="alertSeverity" label={t('detect.severity', 'Severity')} placeholder="warning" />
          <TextField
            field="alertLabels"
            label={t('detect.alertLabels', 'Labels of the alert')}
            description={t('detect.alertLabelsHelp', 'They lead it to the people who own it')}
            placeholder="team=payments"
            width={40}
          />
        </Stack>
      ) : null}
    </>
  );
}

/** What is looked for and who is told; closed until somebody has a wish, since the defaults are sane. */
export function DetectionFields({ editing }: { readonly editing: string | undefined }) {
  const { control, formState } = useFormContext<JobFormValues>();
  const [open, setOpen] = useState(false);
  const kinds = useWatch({ control, name: 'kinds' });
  const faulty = detectionFields.some((field) => formState.errors[field] !== undefined);
  return (
    <Collapse
      label={t('detect.title', 'Detection and alerts: {{- kinds}}', { kinds: kinds.map(kindText).join(', ') })}
      isOpen={open || faulty}
      onToggle={() => setOpen(!open)}
    >
      <KindsField />
      <KindSettings />
      <Stack direction="row" gap={2} wrap="wrap">
        <TextField
          field="atLeastAbsolute"
          label={t('detect.atLeastAbsolute', 'At least so far off')}
          description={t('detect.atLeastAbsoluteHelp', 'In the unit of the series: 0.5, 50ms, 10MB')}
        />
        <TextField
          field="atLeastRelative"
          label={t('detect.atLeastRelative', 'And at least this share off')}
          description={t('detect.atLeastRelativeHelp', 'Of the expected value: 10%')}
        />
        <TextField
          field="open"
          label={t('detect.open', 'Opens after')}
          description={t('detect.openHelp', 'Values outside: 2 of 3')}
          placeholder="2 of 3"
        />
        <TextField
          field="close"
          label={t('detect.close', 'Closes after')}
          description={t('detect.closeHelp', 'Values inside: 3 of 3')}
          placeholder="3 of 3"
        />
      </Stack>
      <TextField
        field="ignoreLabels"
        label={t('detect.ignoreLabels', 'Labels that come and go')}
        description={t('detect.ignoreLabelsHelp', 'A new pod then carries on with the band of the others')}
        placeholder="pod, instance"
        width={40}
      />
      <CalendarsField />
      <AlertFields />
      <OverlayFields editing={editing} />
      <TextField
        field="write"
        label={t('detect.write', 'Write results to')}
        description={t('detect.writeHelp', 'Name of a writer, or none; the first one when left open')}
        placeholder="main"
        width={30}
      />
    </Collapse>
  );
}
