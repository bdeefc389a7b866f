import { CalendarSpec } from '../../../backend/src/contract/index.ts';
import type { z } from 'zod';

export interface PeriodValues {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly repeat: string;
}

/** A calendar as the form holds it: all text, so that what a person typed stays until it is right. */
export interface CalendarFormValues {
  readonly name: string;
  readonly use: 'holidays' | 'maintenance';
  readonly timeZone: string;
  readonly kind: 'periods' | 'ical';
  readonly ical: string;
  readonly refresh: string;
  readonly periods: readonly PeriodValues[];
}

export interface CalendarFault {
  /** As react-hook-form names it: `periods.0.to`. */
  readonly field: string;
  readonly message: string;
}

type Given = z.input<typeof CalendarSpec>;
type Parsed =
  { readonly ok: true; readonly spec: Given } | { readonly ok: false; readonly faults: readonly CalendarFault[] };

export const emptyPeriod: PeriodValues = { name: '', from: '', to: '', repeat: '' };

/** The form's values of a calendar; a new one takes the zone that the reader lives in. */
export function toCalendarForm(spec: Given | undefined, zone: string): CalendarFormValues {
  const periods = (spec?.periods ?? [emptyPeriod]).map((period) => ({ ...period, repeat: period.repeat ?? '' }));
  return {
    name: spec?.name ?? '',
    use: spec?.use ?? 'maintenance',
    timeZone: spec?.timeZone ?? zone,
    kind: spec?.ical === undefined ? 'periods' : 'ical',
    ical: spec?.ical ?? '',
    refresh: spec?.refresh ?? '6h',
    periods,
  };
}

function periodsOf(periods: readonly PeriodValues[]) {
  return periods.map(({ name, from, to, repeat }) => ({
    name: name.trim(),
    from: from.trim(),
    to: to.trim(),
    ...(repeat.trim() === '' ? {} : { repeat: repeat.trim() }),
  }));
}

/** The calendar that the form describes, checked by the backend's own schema. */
export function parseCalendarForm(values: CalendarFormValues): Parsed {
  const given = {
    name: values.name.trim(),
    use: values.use,
    timeZone: values.timeZone.trim(),
    ...(values.kind === 'ical'
      ? { ical: values.ical.trim(), refresh: values.refresh.trim() }
      : { periods: periodsOf(values.periods) }),
  };
  const parsed = CalendarSpec.safeParse(given);
  return parsed.success
    ? { ok: true, spec: given }
    : {
        ok: false,
        faults: parsed.error.issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message })),
      };
}
