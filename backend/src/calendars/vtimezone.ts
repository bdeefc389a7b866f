import ICAL from 'ical.js';
import { wallStarts } from './rules.ts';
import type { OffsetMs } from './wall-time.ts';

/** One of the two halves of a year in a VTIMEZONE: from its starts on, clocks have its offset. */
interface Observance {
  readonly fromMs: number;
  readonly toMs: number;
  readonly startWallMs: number;
  readonly alsoWallMs: readonly number[];
  readonly rules: readonly string[];
}

interface Transition {
  readonly atMs: number;
  readonly offsetMs: number;
}

const yearMs = 366 * 86_400_000;

/**
 * Offsets of a zone that an iCalendar file brings along (RFC 5545, 3.6.5), for names that no zone database knows, such as
 * those of Outlook. Its rules are walked within bounds: the file may come from anywhere.
 * @throws AppError `invalid_request` for a rule that can't be used
 */
export function vtimezoneOffset(zone: ICAL.Component): OffsetMs {
  const observances = ['standard', 'daylight'].flatMap((name) => zone.getAllSubcomponents(name)).map(observanceOf);
  const byYear = new Map<number, readonly Transition[]>();
  return (instantMs) => {
    const year = new Date(instantMs).getUTCFullYear();
    const known = byYear.get(year) ?? transitionsOf(observances, Date.UTC(year, 0, 1));
    byYear.set(year, known);
    const last = known.findLast(({ atMs }) => atMs <= instantMs);
    return last?.offsetMs ?? observances[0]?.fromMs ?? 0;
  };
}

/** Changes from two years before the beginning of a year to its end, and the first start of each half, in order. */
function transitionsOf(observances: readonly Observance[], yearStartMs: number): readonly Transition[] {
  return observances
    .flatMap(({ fromMs, toMs, startWallMs, alsoWallMs, rules }) => {
      const window = [yearStartMs - 2 * yearMs, yearStartMs + yearMs] as const;
      const ruled = rules.flatMap((rule) =>
        wallStarts({ rule, startWallMs, wallOf: (instantMs) => instantMs + fromMs }, ...window)
      );
      return [startWallMs, ...alsoWallMs, ...ruled].map((wallMs) => ({ atMs: wallMs - fromMs, offsetMs: toMs }));
    })
    .sort((a, b) => a.atMs - b.atMs);
}

function observanceOf(part: ICAL.Component): Observance {
  return {
    fromMs: offsetIn(part, 'tzoffsetfrom'),
    toMs: offsetIn(part, 'tzoffsetto'),
    startWallMs: wallsIn(part, 'dtstart')[0] ?? 0,
    alsoWallMs: wallsIn(part, 'rdate'),
    rules: part.getAllProperties('rrule').map((property) => String(property.getFirstValue())),
  };
}

function offsetIn(part: ICAL.Component, name: string): number {
  const value = part.getFirstPropertyValue(name);
  return value instanceof ICAL.UtcOffset ? value.toSeconds() * 1_000 : 0;
}

function wallsIn(part: ICAL.Component, name: string): number[] {
  return part
    .getAllProperties(name)
    .flatMap((property) => property.getValues())
    .flatMap((value) => (value instanceof ICAL.Time ? wallMsOfTime(value) : []));
}

/** What a clock shows at a time, whatever its zone. */
export function wallMsOfTime({ year, month, day, hour, minute, second }: ICAL.Time): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
