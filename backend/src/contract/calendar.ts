import { z } from 'zod';
import { DurationText } from './duration.ts';

/** An IANA zone that this runtime knows. */
export const TimeZone = z.string().refine(
  (zone) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
    } catch {
      return false;
    }
  },
  { error: 'expected a time zone such as Asia/Seoul or UTC' }
);

const LocalTime = z.string().regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/, {
  error: 'expected a local time such as 2026-12-24T00:00, or a day such as 2026-12-24',
});

/** A period in local time of the calendar: from is in it, to is not. */
export const CalendarPeriod = z
  .strictObject({
    name: z.string().min(1).max(200).meta({ description: 'What people read' }),
    from: LocalTime.meta({ description: 'First local time that is in it' }),
    to: LocalTime.meta({ description: 'First local time that is not in it any more' }),
    repeat: z
      .string()
      .max(500)
      .optional()
      .meta({ description: 'Repeats by an RFC 5545 rule, such as FREQ=WEEKLY;BYDAY=SU' }),
  })
  .refine(({ from, to }) => from.padEnd(16, 'T00:00').slice(0, 19) < to.padEnd(16, 'T00:00').slice(0, 19), {
    error: 'expected from before to',
    path: ['to'],
  });
export type CalendarPeriod = z.infer<typeof CalendarPeriod>;

export const CalendarUse = z.enum(['holidays', 'maintenance']);

export const CalendarSpec = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
        error: 'expected lower-case letters, digits and dashes, such as kr-holidays',
      })
      .meta({ description: 'Name that jobs use for this calendar' }),
    use: CalendarUse.default('maintenance').meta({
      description: 'holidays: the models know them; maintenance: alerts are kept back',
    }),
    ical: z
      .string()
      .refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), {
        error: 'expected a URL that starts with http:// or https://',
      })
      .optional()
      .meta({ description: 'Address of an iCalendar file' }),
    file: z.string().min(1).optional().meta({ description: 'Path of an iCalendar file' }),
    periods: z.array(CalendarPeriod).max(1000).optional().meta({ description: 'The periods themselves' }),
    timeZone: TimeZone.default('UTC').meta({
      description: 'Zone of local times, and of days and floating times in the iCalendar file',
    }),
    refresh: DurationText.default('6h').meta({ description: 'Time after which the address is read again' }),
  })
  .refine(({ ical, file, periods }) => [ical, file, periods].filter((given) => given !== undefined).length === 1, {
    error: 'expected exactly one of ical, file and periods',
  });
export type CalendarSpec = z.output<typeof CalendarSpec>;

export const CalendarSummary = z.object({
  spec: CalendarSpec,
  origin: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('file'), file: z.string() }),
    z.object({ kind: z.literal('api'), by: z.string() }),
  ]),
  readAtMs: z.number().nullable(),
  /** Why its events are those of an earlier reading, or none; null when all is well. */
  error: z.string().nullable(),
  now: z.object({ name: z.string(), startMs: z.number(), endMs: z.number() }).nullable(),
  next: z.array(z.object({ name: z.string(), startMs: z.number(), endMs: z.number() })),
  jobs: z.array(z.string()),
});
export type CalendarSummary = z.infer<typeof CalendarSummary>;
