import ICAL from 'ical.js';
import { AppError, messageOf } from '../errors.ts';
import type { CalendarEvent } from './occurrences.ts';
import { checkRule } from './rules.ts';
import { vtimezoneOffset, wallMsOfTime } from './vtimezone.ts';
import { instantOfWall, utcOffset, wallOfInstant, zoneOffset, type OffsetMs } from './wall-time.ts';

/** Public calendars of a country have a few hundred. */
const maxEvents = 5_000;
/** Each is walked at each reading of a window. */
const maxRepeating = 500;
const dayMs = 86_400_000;

/** Where times of a file are: zones by name, and the calendar's own for days and times without one. */
interface Zones {
  readonly own: OffsetMs;
  named(tzid: string): OffsetMs;
}

/** A time of a file: what a clock shows, and where that clock is. */
interface PlacedTime {
  readonly wallMs: number;
  readonly offset: OffsetMs;
  readonly isDay: boolean;
}

/**
 * The events of an iCalendar file (RFC 5545). Cancelled events and those without a length are left out; an event that was
 * moved or called off replaces the one occurrence that its RECURRENCE-ID names.
 * @param own zone of whole days, and of times that name none
 * @throws AppError `invalid_request` naming the event and what is wrong with it
 */
export function icalEvents(text: string, own: OffsetMs): CalendarEvent[] {
  const calendars = calendarsIn(text);
  const events = calendars.flatMap((calendar) => {
    const zones = zonesOf(calendar, own);
    return eventsOf(calendar.getAllSubcomponents('vevent'), zones);
  });
  if (events.length > maxEvents) {
    throw fault(`the calendar has ${events.length} events; at most ${maxEvents} are read`);
  }
  const repeating = events.reduce((count, { rules }) => count + Math.min(1, rules.length), 0);
  if (repeating > maxRepeating) {
    throw fault(`${repeating} events of the calendar repeat; at most ${maxRepeating} may`);
  }
  return events;
}

function fault(message: string, cause?: unknown): AppError {
  return new AppError('invalid_request', message, { cause });
}

function calendarsIn(text: string): ICAL.Component[] {
  const beginning = text.replace(/^\uFEFF/, '').trimStart();
  if (!/^BEGIN:VCALENDAR/i.test(beginning)) {
    const what = /^</.test(beginning) ? 'a web page' : beginning === '' ? 'empty' : 'something else';
    throw fault(`expected an iCalendar file, which begins with BEGIN:VCALENDAR; this is ${what}`);
  }
  try {
    const parsed = ICAL.parse(beginning) as unknown[];
    const roots = typeof parsed[0] === 'string' ? [parsed] : (parsed as unknown[][]);
    return roots.map((root) => new ICAL.Component(root)).filter(({ name }) => name === 'vcalendar');
  } catch (cause) {
    throw fault(`the iCalendar file can't be read: ${messageOf(cause)}`, cause);
  }
}

function zonesOf(calendar: ICAL.Component, own: OffsetMs): Zones {
  const known = new Map<string, OffsetMs>();
  const brought = new Map(
    calendar.getAllSubcomponents('vtimezone').map((zone) => [String(zone.getFirstPropertyValue('tzid')), zone])
  );
  return {
    own,
    named: (tzid) => {
      const zone = brought.get(tzid);
      const offset = known.get(tzid) ?? zoneOffset(tzid) ?? (zone === undefined ? undefined : vtimezoneOffset(zone));
      if (offset === undefined) {
        throw fault(`the time zone "${tzid}" is known neither here nor to the file`);
      }
      known.set(tzid, offset);
      return offset;
    },
  };
}

function eventsOf(parts: readonly ICAL.Component[], zones: Zones): CalendarEvent[] {
  const moved = new Map<string, number[]>();
  const events: Array<CalendarEvent & { readonly uid: string; readonly isMove: boolean }> = [];
  for (const part of parts) {
    const uid = textOf(part, 'uid');
    try {
      const replaced = part.getFirstProperty('recurrence-id');
      if (replaced !== null) {
        moved.set(uid, [...(moved.get(uid) ?? []), ...instantsOf(replaced, startOf(part, zones), zones)]);
      }
      const event = textOf(part, 'status').toUpperCase() === 'CANCELLED' ? undefined : eventOf(part, zones);
      if (event !== undefined) {
        events.push({ ...event, uid, isMove: replaced !== null });
      }
    } catch (cause) {
      throw fault(`event "${nameOf(part)}": ${messageOf(cause)}`, cause);
    }
  }
  return events.map(({ uid, isMove, ...event }) => ({
    ...event,
    exceptMs: new Set([...event.exceptMs, ...(isMove ? [] : (moved.get(uid) ?? []))]),
  }));
}

function eventOf(part: ICAL.Component, zones: Zones): CalendarEvent | undefined {
  const start = startOf(part, zones);
  const lengthMs = lengthOf(part, start, zones);
  if (lengthMs < 0) {
    throw fault('it ends before it starts');
  }
  const rules = part.getAllProperties('rrule').map((property) => String(property.getFirstValue()));
  rules.forEach((rule) => {
    checkRule(rule, start.wallMs);
  });
  const instantsIn = (name: string) =>
    part.getAllProperties(name).flatMap((property) => instantsOf(property, start, zones));
  return lengthMs === 0
    ? undefined
    : {
        name: nameOf(part),
        startWallMs: start.wallMs,
        lengthMs,
        offset: start.offset,
        rules,
        alsoMs: instantsIn('rdate'),
        exceptMs: new Set(instantsIn('exdate')),
      };
}

function startOf(part: ICAL.Component, zones: Zones): PlacedTime {
  const [start] = timesOf(part.getFirstProperty('dtstart'), zones);
  if (start === undefined) {
    throw fault('it has no start (DTSTART)');
  }
  return start;
}

/** On the wall clock of its start; a day when nothing says how long a whole-day event lasts. */
function lengthOf(part: ICAL.Component, start: PlacedTime, zones: Zones): number {
  const duration = part.getFirstPropertyValue('duration');
  if (duration instanceof ICAL.Duration) {
    return duration.toSeconds() * 1_000;
  }
  const [end] = timesOf(part.getFirstProperty('dtend'), zones);
  if (end === undefined) {
    return start.isDay ? dayMs : 0;
  }
  const sameClock = end.offset === start.offset;
  const endWallMs = sameClock ? end.wallMs : wallOfInstant(instantOfWall(end.wallMs, end.offset), start.offset);
  return endWallMs - start.wallMs;
}

/** Instants of RDATE, EXDATE and RECURRENCE-ID; a day stands for the time of day at which the event starts. */
function instantsOf(property: ICAL.Property, start: PlacedTime, zones: Zones): number[] {
  return timesOf(property, zones).map((time) => {
    const wallMs = time.isDay && !start.isDay ? time.wallMs + (start.wallMs % dayMs) : time.wallMs;
    return instantOfWall(wallMs, time.isDay ? start.offset : time.offset);
  });
}

function timesOf(property: ICAL.Property | null, zones: Zones): PlacedTime[] {
  const values: unknown[] = property?.getValues() ?? [];
  return values.map((value) => {
    const time = value instanceof ICAL.Period ? value.start : value;
    if (!(time instanceof ICAL.Time)) {
      throw fault(`"${String(value)}" is not a time`);
    }
    return { wallMs: wallMsOfTime(time), isDay: time.isDate, offset: placeOf(property, time, zones) };
  });
}

function placeOf(property: ICAL.Property | null, time: ICAL.Time, zones: Zones): OffsetMs {
  const tzid: unknown = property?.getParameter('tzid');
  if (time.zone?.tzid === 'UTC') {
    return utcOffset;
  }
  return typeof tzid === 'string' && !time.isDate ? zones.named(tzid) : zones.own;
}

function textOf(part: ICAL.Component, name: string): string {
  return String(part.getFirstPropertyValue(name) ?? '');
}

function nameOf(part: ICAL.Component): string {
  const text = textOf(part, 'summary').trim().slice(0, 200);
  return text === '' ? 'busy' : text;
}
