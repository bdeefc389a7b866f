import { DateTime, FixedOffsetZone } from 'luxon';

export type DateOrder = 'day-first' | 'month-first';

/** A time as its cell writes it, before zone and day order are settled. */
export type TimeText =
  | { readonly kind: 'epoch'; readonly value: number }
  | {
      readonly kind: 'civil';
      readonly year: number;
      readonly month: number;
      readonly day: number;
      readonly clock: Clock;
      readonly offsetMinutes: number | undefined;
    }
  /** `03/04/2026`: which of both is the month is for the whole file to say. */
  | {
      readonly kind: 'short';
      readonly year: number;
      readonly first: number;
      readonly second: number;
      readonly mark: string;
      readonly clock: Clock;
      readonly offsetMinutes: number | undefined;
    };

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

const midnight: Clock = { hour: 0, minute: 0, second: 0, millisecond: 0 };
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const clockPattern = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?\s*([ap]\.?m\.?)?$/i;
const zonePattern = /\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})$/i;

/** Brings what different tools write to one form: Kibana's `@`, ISO's T, weekday names, Korean and Japanese dates. */
function normalised(cell: string): string {
  const western = cell
    .trim()
    .replace(/^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+/i, '')
    .replace(/\s+@\s+/, ' ')
    .replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})/, '$1-$2-$3 $4:$5')
    .replace(/^(\d{4}-\d{2}-\d{2} \d{2}:\d{2})(?=\d{2})/, '$1:')
    .replace(/^(\d{4}-\d{2}-\d{2})[Tt_](?=\d)/, '$1 ');
  const korean = western
    .replace(/^(\d{4})[년年]\s*(\d{1,2})[월月]\s*(\d{1,2})[일日]\s*/, '$1-$2-$3 ')
    .replace(/^(\d{4})\.\s+(\d{1,2})\.\s+(\d{1,2})\.\s*/, '$1-$2-$3 ');
  return korean
    .replace(
      /(오전|오후|午前|午後)\s*(\d{1,2}:\S+)/,
      (_, half: string, clock: string) => `${clock} ${half === '오전' || half === '午前' ? 'AM' : 'PM'}`
    )
    .trim();
}

function clockOf(text: string): Clock | undefined {
  if (text === '') {
    return midnight;
  }
  const match = clockPattern.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, h, m, s, fraction, half] = match;
  const hour12 = Number(h);
  const isAfternoon = half?.toLowerCase().startsWith('p') === true;
  const hour = half === undefined ? hour12 : (hour12 % 12) + (isAfternoon ? 12 : 0);
  const clock = {
    hour,
    minute: Number(m),
    second: Number(s ?? 0),
    millisecond: Number((fraction ?? '').padEnd(3, '0').slice(0, 3)),
  };
  const plausible =
    clock.hour < 24 && clock.minute < 60 && clock.second < 60 && !(half !== undefined && (hour12 < 1 || hour12 > 12));
  return plausible ? clock : undefined;
}

function offsetOf(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  return match === null ? 0 : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0));
}

interface Day {
  readonly first: number;
  readonly second: number;
  readonly third: number;
  readonly form: 'ymd' | 'short';
  readonly mark: string;
  readonly rest: string;
}

function fullYear(text: string): number {
  return text.length === 2 ? 2000 + Number(text) : Number(text);
}

/** Takes the date off the front of a text. */
function dayOf(text: string): Day | undefined {
  const iso = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?(?:\s+|$)(.*)$/.exec(text);
  if (iso !== null) {
    const [, y, mark = '-', m, d, rest = ''] = iso;
    return { first: Number(y), second: Number(m), third: Number(d), form: 'ymd', mark, rest };
  }
  const short = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s+|$)(.*)$/.exec(text);
  if (short !== null) {
    const [, a, mark = '/', b, y = '', rest = ''] = short;
    return { first: Number(a), second: Number(b), third: fullYear(y), form: 'short', mark, rest };
  }
  return namedDay(text);
}

/** `25 Nov 2026 …`, `Nov 25, 2026 …`, `25-Nov-26 …`, `Nov 25 04:00:00 UTC 2026` as `date` prints it. */
function namedDay(text: string): Day | undefined {
  const dayFirst = /^(\d{1,2})[\s-]([a-z]{3})[a-z]*\.?,?[\s-](\d{4}|\d{2})(?:,?\s+|$)(.*)$/i.exec(text);
  const monthFirst = /^([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:,?\s+|$)(.*)$/i.exec(text);
  const unixDate = /^([a-z]{3})\s+(\d{1,2})\s+([\d:]+)\s+([a-z]{3}\s+)?(\d{4})$/i.exec(text);
  const [name = '', day = '', year = '', rest = ''] =
    dayFirst !== null
      ? [dayFirst[2], dayFirst[1], dayFirst[3], dayFirst[4]]
      : monthFirst !== null
        ? [monthFirst[1], monthFirst[2], monthFirst[3], monthFirst[4]]
        : unixDate !== null
          ? [unixDate[1], unixDate[2], unixDate[5], `${unixDate[3]} ${unixDate[4] ?? ''}`]
          : [];
  const month = months.indexOf(name.toLowerCase()) + 1;
  return month === 0
    ? undefined
    : { first: fullYear(year), second: month, third: Number(day), form: 'ymd', mark: '-', rest: rest.trim() };
}

/** What a cell says about a time; undefined when it is none. Bare numbers are epochs only in `epochOf`. */
export function parseTimeText(cell: string): TimeText | undefined {
  const text = normalised(cell);
  if (/^\d+(?:[.,]\d+)?(?:e\+?\d+)?$/i.test(text)) {
    return { kind: 'epoch', value: Number(text.replace(',', '.')) };
  }
  const day = dayOf(text);
  if (day === undefined) {
    return undefined;
  }
  const zone = zonePattern.exec(day.rest)?.[1];
  const clock = clockOf(day.rest.replace(zonePattern, '').trim());
  if (clock === undefined) {
    return undefined;
  }
  const offsetMinutes = zone === undefined ? undefined : offsetOf(zone);
  const { first, second, third } = day;
  if (day.form === 'short') {
    return isShortDay(first, second)
      ? { kind: 'short', year: third, first, second, mark: day.mark, clock, offsetMinutes }
      : undefined;
  }
  return isDay(second, third)
    ? { kind: 'civil', year: first, month: second, day: third, clock, offsetMinutes }
    : undefined;
}

const isDay = (month: number, day: number) => month >= 1 && month <= 12 && day >= 1 && day <= 31;
const isShortDay = (a: number, b: number) => isDay(a, b) || isDay(b, a);

export type EpochUnit = 's' | 'ms' | 'µs' | 'ns' | 'spreadsheet days';

const epochUnitMs: Readonly<Record<EpochUnit, number>> = {
  s: 1e3,
  ms: 1,
  µs: 1e-3,
  ns: 1e-6,
  'spreadsheet days': 86_400_000,
};
// Spreadsheets count days from 1899-12-30 (so that their 1900 leap-year fault does not matter after March 1900).
const spreadsheetZeroMs = Date.UTC(1899, 11, 30);
const earliestMs = Date.UTC(1990, 0, 1);
const latestMs = Date.UTC(2100, 0, 1);

/** An epoch number in a unit → epoch milliseconds, rounded to whole ones. */
export function epochToMs(value: number, unit: EpochUnit): number {
  if (unit === 'spreadsheet days') {
    // Spreadsheets export few digits: finer than a second is noise of the rounding.
    return spreadsheetZeroMs + Math.round(value * 86_400) * 1_000;
  }
  return Math.round(value * epochUnitMs[unit]);
}

/** The only unit in which a number is a time between 1990 and 2100: the ranges of s, ms, µs and ns do not overlap. */
export function epochUnitOf(value: number): EpochUnit | undefined {
  const units: readonly EpochUnit[] = ['s', 'ms', 'µs', 'ns', 'spreadsheet days'];
  return units.find((unit) => {
    const ms = epochToMs(value, unit);
    return ms >= earliestMs && ms < latestMs;
  });
}

/** What the short dates of a whole file say about their order. */
export function dateOrderOf(times: Iterable<TimeText>): DateOrder | 'undecided' | 'not-needed' {
  const short = [...times].filter((time) => time.kind === 'short');
  if (short.length === 0) {
    return 'not-needed';
  }
  const day = short.filter(({ first, mark }) => first > 12 || mark === '.').length; // no country writes month.day.year
  const month = short.filter(({ second }) => second > 12).length;
  return day === month ? 'undecided' : day > month ? 'day-first' : 'month-first';
}

export interface TimeReading {
  readonly epochUnit: EpochUnit | undefined;
  readonly order: DateOrder;
  /** IANA name or offset for times without one. */
  readonly zone: string;
}

export interface ReadTime {
  readonly ms: number;
  /** The second instant with the same wall clock, in the hour that a change to winter time repeats. */
  readonly repeatedMs: number | undefined;
}

/** The instant of a time text; undefined when there is no such day or hour. */
export function toInstant(time: TimeText, reading: TimeReading): ReadTime | undefined {
  if (time.kind === 'epoch') {
    const ms = reading.epochUnit === undefined ? NaN : epochToMs(time.value, reading.epochUnit);
    return ms >= earliestMs && ms < latestMs ? { ms, repeatedMs: undefined } : undefined;
  }
  const { year, clock, offsetMinutes } = time;
  const { month, day } = monthAndDay(time, reading.order);
  if (!existsInCalendar(year, month, day)) {
    return undefined;
  }
  const minutes = offsetMinutes ?? (reading.zone === 'UTC' ? 0 : undefined);
  return inZone({ year, month, day, ...clock }, minutes ?? reading.zone);
}

function existsInCalendar(year: number, month: number, day: number): boolean {
  return isDay(month, day) && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function monthAndDay(time: Exclude<TimeText, { kind: 'epoch' }>, order: DateOrder): { month: number; day: number } {
  if (time.kind === 'civil') {
    return time;
  }
  return order === 'month-first' ? { month: time.first, day: time.second } : { month: time.second, day: time.first };
}

interface WallTime extends Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function inZone(wall: WallTime, zone: string | number): ReadTime | undefined {
  if (typeof zone === 'number') {
    const wallMs = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.millisecond);
    return { ms: wallMs - zone * 60_000, repeatedMs: undefined };
  }
  const instant = DateTime.fromObject(wall, { zone: zoneName(zone) });
  if (instant.hour !== wall.hour || instant.minute !== wall.minute) {
    return undefined; // the hour that a change to summer time leaves out
  }
  const instants = instant.getPossibleOffsets().map((possible) => possible.toMillis());
  const [ms = instant.toMillis(), repeatedMs] = instants.sort((a, b) => a - b);
  return { ms, repeatedMs };
}

/** Whether luxon knows a zone: an IANA name, `UTC`, `local` or an offset such as `+09:00`. */
export function isZone(zone: string): boolean {
  return DateTime.local({ zone: zoneName(zone) }).isValid;
}

/** `+09:00` → luxon's `UTC+9`; names stay. */
export function zoneName(zone: string): string {
  return /^[+-]\d{2}:?\d{2}$/.test(zone) ? FixedOffsetZone.instance(offsetOf(zone)).name : zone;
}
