import { t } from '@grafana/i18n';
import { Button, Field, FieldSet, IconButton, Input, RadioButtonGroup, Stack, TimeZonePicker } from '@grafana/ui';
import { useId } from 'react';
import { Controller, FormProvider, useFieldArray, useForm, useFormContext, useWatch } from 'react-hook-form';
import { ApiError } from '../../api/api-error.ts';
import { useSaveCalendar } from '../../api/useCalendars.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import type { CalendarSummary } from '../../../backend/src/contract/index.ts';
import {
  emptyPeriod,
  parseCalendarForm,
  toCalendarForm,
  type CalendarFault,
  type CalendarFormValues,
} from './calendarForm.ts';

interface CalendarFormProps {
  /** The calendar that is edited; a new one is made when left out. */
  readonly editing: CalendarSummary | undefined;
  readonly onDone: () => void;
}

type TextName = 'name' | 'ical' | 'refresh' | `periods.${number}.${'name' | 'from' | 'to' | 'repeat'}`;

interface TextFieldProps {
  readonly name: TextName;
  readonly label: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly disabled?: boolean;
  readonly width?: number;
}

function TextField({ name, label, description = '', placeholder = '', disabled = false, width = 30 }: TextFieldProps) {
  const { register, getFieldState, formState } = useFormContext<CalendarFormValues>();
  const id = useId();
  const fault = getFieldState(name, formState).error?.message;
  return (
    <Field
      label={label}
      description={description}
      htmlFor={id}
      invalid={fault !== undefined}
      error={fault ?? ''}
      noMargin
    >
      <Input id={id} width={width} placeholder={placeholder} disabled={disabled} {...register(name)} />
    </Field>
  );
}

/** Periods by hand: a name, two local times, and a rule when they come back. */
function PeriodFields() {
  const { control } = useFormContext<CalendarFormValues>();
  const { fields, append, remove } = useFieldArray({ control, name: 'periods' });
  return (
    <Stack direction="column" gap={1}>
      {fields.map((field, i) => (
        <Stack key={field.id} direction="row" gap={1} alignItems="flex-end" wrap="wrap">
          <TextField
            name={`periods.${i}.name`}
            label={t('calendar.periodName', 'Name of the period')}
            placeholder={t('calendar.periodExample', 'Database upgrade')}
          />
          <TextField
            name={`periods.${i}.from`}
            label={t('calendar.from', 'From')}
            placeholder="2026-12-24T22:00"
            width={22}
          />
          <TextField
            name={`periods.${i}.to`}
            label={t('calendar.to', 'To')}
            placeholder="2026-12-25T02:00"
            width={22}
          />
          <TextField
            name={`periods.${i}.repeat`}
            label={t('calendar.repeat', 'Comes back (RFC 5545)')}
            placeholder="FREQ=WEEKLY;BYDAY=SU"
          />
          <IconButton
            name="trash-alt"
            aria-label={t('calendar.removePeriod', 'Remove period {{- number}}', { number: i + 1 })}
            disabled={fields.length === 1}
            onClick={() => remove(i)}
          />
        </Stack>
      ))}
      <div>
        <Button type="button" size="sm" variant="secondary" icon="plus" onClick={() => append(emptyPeriod)}>
          {t('calendar.addPeriod', 'Add a period')}
        </Button>
      </div>
    </Stack>
  );
}

function IcalFields() {
  return (
    <Stack direction="row" gap={2} wrap="wrap">
      <TextField
        name="ical"
        label={t('calendar.address', 'Address of the iCalendar file')}
        description={t('calendar.addressHelp', 'As the backend reaches it')}
        placeholder="https://calendar.example/kr.ics"
        width={60}
      />
      <TextField
        name="refresh"
        label={t('calendar.refresh', 'Read again every')}
        description={t('calendar.refreshHelp', 'A duration such as 6h')}
        width={16}
      />
    </Stack>
  );
}

/** Faults that the backend found in single fields, as it names them. */
function faultsOf(error: unknown): readonly CalendarFault[] {
  if (!(error instanceof ApiError)) {
    return [];
  }
  if (error.facts.code === 'conflict') {
    return [{ field: 'name', message: error.facts.detail ?? '' }];
  }
  return (error.facts.issues ?? []).map(({ path, message }) => ({ field: path.replace(/^body\./, ''), message }));
}

/** Creates or edits a calendar; what is wrong is told at its field before and after it is sent. */
export function CalendarForm({ editing, onDone }: CalendarFormProps) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const form = useForm<CalendarFormValues>({ defaultValues: toCalendarForm(editing?.spec, zone) });
  const kind = useWatch({ control: form.control, name: 'kind' });
  const save = useSaveCalendar(editing?.spec.name);
  const zoneId = useId();
  const tell = (faults: readonly CalendarFault[]) =>
    faults.forEach(({ field, message }) => form.setError(field as TextName, { message }));
  const onSubmit = form.handleSubmit((values) => {
    const parsed = parseCalendarForm(values);
    if (parsed.ok) {
      save.mutate(parsed.spec, { onSuccess: onDone, onError: (error) => tell(faultsOf(error)) });
      return;
    }
    tell(parsed.faults);
  });
  const uses: Array<{ value: CalendarFormValues['use']; label: string }> = [
    { value: 'maintenance', label: t('calendar.maintenance', 'Maintenance: keeps alerts back') },
    { value: 'holidays', label: t('calendar.holidays', 'Holidays: the models know them') },
  ];
  const kinds: Array<{ value: CalendarFormValues['kind']; label: string }> = [
    { value: 'periods', label: t('calendar.byPeriods', 'Periods') },
    { value: 'ical', label: t('calendar.byAddress', 'iCalendar address') },
  ];
  return (
    <FormProvider {...form}>
      <form onSubmit={(event) => void onSubmit(event)} noValidate aria-label={t('calendar.form', 'Calendar')}>
        <FieldSet>
          <Stack direction="column" gap={2}>
            <TextField
              name="name"
              label={t('job.name', 'Name')}
              description={t('job.nameHelp', 'Lower-case letters, digits and dashes')}
              placeholder="kr-holidays"
              disabled={editing !== undefined}
            />
            <Controller
              control={form.control}
              name="use"
              render={({ field }) => (
                <Field label={t('calendar.use', 'What it is for')} noMargin>
                  <RadioButtonGroup options={uses} value={field.value} onChange={field.onChange} />
                </Field>
              )}
            />
            <Controller
              control={form.control}
              name="timeZone"
              render={({ field, fieldState }) => (
                <Field
                  label={t('calendar.timeZone', 'Time zone')}
                  htmlFor={zoneId}
                  invalid={fieldState.error !== undefined}
                  error={fieldState.error?.message ?? ''}
                  noMargin
                >
                  <TimeZonePicker
                    inputId={zoneId}
                    value={field.value === 'UTC' ? 'utc' : field.value}
                    width={40}
                    onChange={(chosen) => field.onChange(namedZone(chosen, zone))}
                  />
                </Field>
              )}
            />
            <Controller
              control={form.control}
              name="kind"
              render={({ field }) => (
                <Field label={t('calendar.kind', 'Where its times come from')} noMargin>
                  <RadioButtonGroup options={kinds} value={field.value} onChange={field.onChange} />
                </Field>
              )}
            />
            {kind === 'ical' ? <IcalFields /> : <PeriodFields />}
          </Stack>
        </FieldSet>
        <Stack direction="column" gap={2}>
          {save.error === null ? null : <ErrorNotice error={save.error} />}
          <Stack direction="row" gap={1}>
            <Button type="submit" icon={save.isPending ? 'spinner' : 'save'} disabled={save.isPending}>
              {t('calendar.save', 'Save calendar')}
            </Button>
            <Button type="button" variant="secondary" fill="text" onClick={onDone}>
              {t('job.cancel', 'Cancel')}
            </Button>
          </Stack>
        </Stack>
      </form>
    </FormProvider>
  );
}

/** Grafana offers "browser" and "utc" beside zones with names. */
function namedZone(chosen: string | undefined, browserZone: string): string {
  if (chosen === undefined || chosen === 'browser' || chosen === '') {
    return browserZone;
  }
  return chosen === 'utc' ? 'UTC' : chosen;
}
