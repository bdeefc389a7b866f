import { describe, expect, test } from '@jest/globals';
import { icalEvents } from './ical-events.ts';
import { occurrencesOf } from './occurrences.ts';
import { zoneOffset } from './wall-time.ts';

const seoul = zoneOffset('Asia/Seoul') ?? (() => NaN);
const brief = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z');

function calendar(...lines: readonly string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');
}

function event(...lines: readonly string[]): string {
  return ['BEGIN:VEVENT', 'UID:u1', ...lines, 'END:VEVENT'].join('\r\n');
}

function spansOf(text: string, [from, to]: readonly [string, string] = ['2026-01-01', '2027-01-01']): string[] {
  return occurrencesOf(icalEvents(text, seoul), Date.parse(from), Date.parse(to)).map(
    ({ name, startMs, endMs }) => `${name} ${brief(startMs)} ${brief(endMs)}`
  );
}

const outlookZone = [
  'BEGIN:VTIMEZONE',
  'TZID:W. Europe Standard Time',
  'BEGIN:STANDARD',
  'DTSTART:16010101T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:16010101T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];

describe('events of an iCalendar file', () => {
  test('a whole day is a day in the zone of the calendar, also without an end', () => {
    const text = calendar(
      event('SUMMARY:Seollal', 'DTSTART;VALUE=DATE:20260217', 'DTEND;VALUE=DATE:20260219'),
      event('SUMMARY:Liberation Day', 'DTSTART;VALUE=DATE:20260815')
    );
    expect(spansOf(text)).toEqual([
      'Seollal 2026-02-16T15:00Z 2026-02-18T15:00Z',
      'Liberation Day 2026-08-14T15:00Z 2026-08-15T15:00Z',
    ]);
  });

  test('a time is where it says: UTC, a named zone, or the zone of the calendar', () => {
    const text = calendar(
      event('SUMMARY:utc', 'DTSTART:20260101T100000Z', 'DTEND:20260101T110000Z'),
      event('SUMMARY:named', 'DTSTART;TZID=America/New_York:20260701T100000', 'DURATION:PT90M'),
      event('SUMMARY:floating', 'DTSTART:20260801T100000', 'DTEND:20260801T110000')
    );
    expect(spansOf(text)).toEqual([
      'utc 2026-01-01T10:00Z 2026-01-01T11:00Z',
      'named 2026-07-01T14:00Z 2026-07-01T15:30Z',
      'floating 2026-08-01T01:00Z 2026-08-01T02:00Z',
    ]);
  });

  test('an end in another zone than its start is an instant of that zone', () => {
    const text = calendar(
      event('SUMMARY:flight', 'DTSTART;TZID=Asia/Seoul:20260101T100000', 'DTEND;TZID=Europe/Berlin:20260101T150000')
    );
    expect(spansOf(text)).toEqual(['flight 2026-01-01T01:00Z 2026-01-01T14:00Z']);
  });

  test('a zone that only the file knows has its offsets of summer and winter', () => {
    const weekly = event(
      'SUMMARY:patch',
      'DTSTART;TZID=W. Europe Standard Time:20260315T030000',
      'DTEND;TZID=W. Europe Standard Time:20260315T040000',
      'RRULE:FREQ=WEEKLY;COUNT=3'
    );
    expect(spansOf(calendar(...outlookZone, weekly))).toEqual([
      'patch 2026-03-15T02:00Z 2026-03-15T03:00Z',
      'patch 2026-03-22T02:00Z 2026-03-22T03:00Z',
      'patch 2026-03-29T01:00Z 2026-03-29T02:00Z',
    ]);
  });

  test('EXDATE takes away, RDATE adds, in whatever zone they are written', () => {
    const text = calendar(
      event(
        'SUMMARY:daily',
        'DTSTART;TZID=Asia/Seoul:20260101T090000',
        'DTEND;TZID=Asia/Seoul:20260101T100000',
        'RRULE:FREQ=DAILY;COUNT=4',
        'EXDATE:20260102T000000Z',
        'EXDATE;VALUE=DATE:20260103',
        'RDATE;TZID=Asia/Seoul:20260110T120000'
      )
    );
    expect(spansOf(text).map((span) => span.slice(6, 23))).toEqual([
      '2026-01-01T00:00Z',
      '2026-01-04T00:00Z',
      '2026-01-10T03:00Z',
    ]);
  });

  test('a moved occurrence replaces its own, and a cancelled one is gone, whatever their order', () => {
    const text = calendar(
      event(
        'RECURRENCE-ID;TZID=Asia/Seoul:20260102T090000',
        'STATUS:CANCELLED',
        'DTSTART;TZID=Asia/Seoul:20260102T090000'
      ),
      event(
        'SUMMARY:daily',
        'DTSTART;TZID=Asia/Seoul:20260101T090000',
        'DTEND;TZID=Asia/Seoul:20260101T100000',
        'RRULE:FREQ=DAILY;COUNT=3'
      ),
      event(
        'SUMMARY:moved',
        'RECURRENCE-ID;TZID=Asia/Seoul:20260103T090000',
        'DTSTART;TZID=Asia/Seoul:20260103T150000',
        'DTEND;TZID=Asia/Seoul:20260103T160000'
      )
    );
    expect(spansOf(text)).toEqual([
      'daily 2026-01-01T00:00Z 2026-01-01T01:00Z',
      'moved 2026-01-03T06:00Z 2026-01-03T07:00Z',
    ]);
  });

  test('several calendars in one file are one, after a byte order mark and with folded lines', () => {
    const one = calendar(event('SUMMARY:a very', ' long name', 'DTSTART;VALUE=DATE:20260101'));
    const two = calendar(event('SUMMARY:b', 'DTSTART;VALUE=DATE:20260201'));
    expect(spansOf(`\uFEFF${one}${two}`).map((span) => span.split(' 202')[0])).toEqual(['a verylong name', 'b']);
  });

  test('what has no length is never on', () => {
    expect(spansOf(calendar(event('SUMMARY:note', 'DTSTART:20260101T100000Z')))).toEqual([]);
  });
});

describe('files that are refused, naming the cause', () => {
  const many = Array.from({ length: 501 }, () => event('DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=YEARLY'));

  test.each([
    ['nothing', '', /begins with BEGIN:VCALENDAR; this is empty/],
    ['a login page', '<!DOCTYPE html><html></html>', /a web page/],
    ['half a file', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n', /did not end/],
    [
      'an unknown zone',
      calendar(event('SUMMARY:x', 'DTSTART;TZID=Mars/Olympus:20260101T100000')),
      /"x".*"Mars\/Olympus"/,
    ],
    [
      'an end before its start',
      calendar(event('SUMMARY:x', 'DTSTART:20260102T100000Z', 'DTEND:20260101T100000Z')),
      /"x": it ends before it starts/,
    ],
    ['no start', calendar(event('SUMMARY:x')), /"x": it has no start/],
    ['a start that is no time', calendar(event('SUMMARY:x', 'DTSTART:2026')), /"x"/],
    [
      'a rule of seconds',
      calendar(event('SUMMARY:x', 'DTSTART:20260101T100000Z', 'RRULE:FREQ=SECONDLY')),
      /"x".*too often/,
    ],
    ['hundreds of rules', calendar(...many), /501 events of the calendar repeat; at most 500/],
  ])('%s', (_name, text, reason) => {
    expect(() => spansOf(text)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(reason) })
    );
  });

  test('a zone of the file whose rule would run for ever ends within bounds', () => {
    const zone = outlookZone.map((line) => line.replace(/^RRULE.*/, 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'));
    const text = calendar(
      ...zone,
      event('SUMMARY:x', 'DTSTART;TZID=W. Europe Standard Time:20260101T100000', 'DURATION:PT1H')
    );
    expect(spansOf(text)).toHaveLength(1);
  });
});
