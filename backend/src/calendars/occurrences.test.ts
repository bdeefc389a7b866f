import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CalendarSpec } from '../contract/calendar.ts';
import { occurrencesOf } from './occurrences.ts';
import { periodEvents, periodFaults } from './period-events.ts';
import { instantOfWall, wallOfInstant, zoneOffset } from './wall-time.ts';

const at = (text: string) => Date.parse(text);
const brief = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z');

interface Period {
  readonly from: string;
  readonly to: string;
  readonly repeat?: string;
}

function specOf(timeZone: string, period: Period): CalendarSpec {
  return CalendarSpec.parse({ name: 'c', timeZone, periods: [{ name: 'on', ...period }] });
}

function spansOf(timeZone: string, period: Period, [from, to]: readonly [string, string]): string[] {
  return occurrencesOf(periodEvents(specOf(timeZone, period)), at(from), at(to)).map(
    ({ startMs, endMs }) => `${brief(startMs)} ${brief(endMs)}`
  );
}

describe('a repeated period', () => {
  // Golden values: dateutil 2.9.0.post0 (rrule) with zoneinfo of Python 3, fold 0.
  test.each([
    [
      'FREQ=WEEKLY;BYDAY=SU',
      '2026-03-01T02:30',
      'Europe/Berlin',
      ['2026-03-20', '2026-04-10'],
      ['2026-03-22T01:30Z', '2026-03-29T01:30Z', '2026-04-05T00:30Z'],
    ],
    [
      'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1',
      '2020-01-01T23:00',
      'America/New_York',
      ['2026-10-01', '2026-12-31'],
      ['2026-10-28T03:00Z', '2026-12-01T04:00Z', '2026-12-30T04:00Z'],
    ],
    [
      'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
      '2010-11-25T00:00',
      'America/New_York',
      ['2026-01-01', '2027-12-31'],
      ['2026-11-26T05:00Z', '2027-11-25T05:00Z'],
    ],
    [
      'FREQ=MONTHLY;BYMONTHDAY=31',
      '2026-01-31T08:00',
      'Asia/Seoul',
      ['2026-01-01', '2026-09-01'],
      ['2026-01-30T23:00Z', '2026-03-30T23:00Z', '2026-05-30T23:00Z', '2026-07-30T23:00Z', '2026-08-30T23:00Z'],
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=SU;COUNT=6',
      '2026-09-01T09:00',
      'America/Sao_Paulo',
      ['2026-08-01', '2026-12-01'],
      [
        '2026-09-01T12:00Z',
        '2026-09-03T12:00Z',
        '2026-09-15T12:00Z',
        '2026-09-17T12:00Z',
        '2026-09-29T12:00Z',
        '2026-10-01T12:00Z',
      ],
    ],
    [
      'FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO',
      '2020-12-28T00:00',
      'UTC',
      ['2020-01-01', '2033-01-01'],
      ['2020-12-28T00:00Z', '2026-12-28T00:00Z', '2032-12-27T00:00Z'],
    ],
    [
      'FREQ=DAILY;BYHOUR=9,17;BYDAY=MO',
      '2026-10-19T09:00',
      'Europe/London',
      ['2026-10-19', '2026-11-03'],
      [
        '2026-10-19T08:00Z',
        '2026-10-19T16:00Z',
        '2026-10-26T09:00Z',
        '2026-10-26T17:00Z',
        '2026-11-02T09:00Z',
        '2026-11-02T17:00Z',
      ],
    ],
  ])('%s from %s in %s starts when dateutil says', (repeat, from, zone, ...[[first, last], starts]) => {
    const to = brief(at(`${from}Z`) + 60_000).replace('Z', '');
    const found = spansOf(zone, { from, to, repeat }, [`${first}T00:00Z`, `${last}T00:00Z`]);
    expect(found.map((span) => span.split(' ')[0])).toEqual(starts);
  });

  test('a night from 22:00 to 06:00 is over at 06:00 on both clock changes', () => {
    const night = { from: '2026-01-01T22:00', to: '2026-01-02T06:00', repeat: 'FREQ=DAILY' };
    expect(spansOf('Europe/Berlin', night, ['2026-03-28T12:00Z', '2026-03-29T12:00Z'])).toEqual([
      '2026-03-28T21:00Z 2026-03-29T04:00Z',
    ]);
    expect(spansOf('Europe/Berlin', night, ['2026-10-24T12:00Z', '2026-10-25T12:00Z'])).toEqual([
      '2026-10-24T20:00Z 2026-10-25T05:00Z',
    ]);
  });

  test('one that crosses midnight is on after midnight too, when only the end of it is looked at', () => {
    const night = { from: '2026-01-01T23:00', to: '2026-01-02T01:00', repeat: 'FREQ=DAILY' };
    expect(spansOf('Asia/Seoul', night, ['2026-06-10T15:30Z', '2026-06-10T15:45Z'])).toEqual([
      '2026-06-10T14:00Z 2026-06-10T16:00Z',
    ]);
  });

  test('a day in the calendar is a day of its zone, 23 hours long when the clock goes forward', () => {
    const sunday = { from: '2026-03-29', to: '2026-03-30' };
    expect(spansOf('Europe/Berlin', sunday, ['2026-03-01T00:00Z', '2026-05-01T00:00Z'])).toEqual([
      '2026-03-28T23:00Z 2026-03-29T22:00Z',
    ]);
  });

  test.each([
    ['20260103T120000Z', 3],
    ['20260103T090000Z', 3],
    ['20260103T085959Z', 2],
    ['20260103', 3],
    ['20260102T235959', 2],
  ])('UNTIL=%s ends it where RFC 5545 says, 18:00 in Seoul being 09:00 UTC', (until, count) => {
    const period = { from: '2026-01-01T18:00', to: '2026-01-01T19:00', repeat: `FREQ=DAILY;UNTIL=${until}` };
    expect(spansOf('Asia/Seoul', period, ['2025-12-01T00:00Z', '2026-03-01T00:00Z'])).toHaveLength(count);
  });

  test('what ends when the window begins, or begins when it ends, is not in it', () => {
    const hour = { from: '2026-01-01T10:00', to: '2026-01-01T11:00' };
    expect(spansOf('UTC', hour, ['2026-01-01T11:00Z', '2026-01-01T12:00Z'])).toEqual([]);
    expect(spansOf('UTC', hour, ['2026-01-01T09:00Z', '2026-01-01T10:00Z'])).toEqual([]);
    expect(spansOf('UTC', hour, ['2026-01-01T10:59Z', '2026-01-01T11:00Z'])).toHaveLength(1);
  });
});

describe('faults that are caught at save', () => {
  const faultOf = (period: Period, zone = 'UTC') => periodFaults(specOf(zone, period))[0];

  test.each([
    ['FREQ=SECONDLY', /too often/],
    ['FREQ=WEEKLY;BYDAY=XX', /XX/],
    ['every sunday', /no part of a rule/],
    ['FREQ=WEEKLY;BYMONTH=13', /BYMONTH/],
    ['FREQ=DAILY;INTERVAL=0', /interval/i],
    ['FREQ=DAILY;UNTIL=tomorrow', /UNTIL/],
    ['FREQ=DAILY;UNTIL=20261399', /UNTIL/],
  ])('the rule %s', (repeat, reason) => {
    const fault = faultOf({ from: '2026-01-01', to: '2026-01-02', repeat });
    expect(fault).toMatchObject({ index: 0, key: 'repeat', message: expect.stringMatching(reason) });
  });

  test('a rule that never comes true is walked to its end within bounds', () => {
    const never = { from: '2026-01-01', to: '2026-01-02', repeat: 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30' };
    expect(spansOf('UTC', never, ['2026-01-01T00:00Z', '2028-01-01T00:00Z'])).toEqual([]);
  });

  test('a day that does not exist, and an end that the clock change swallows', () => {
    expect(faultOf({ from: '2026-06-31', to: '2026-07-02' })).toMatchObject({ key: 'from' });
    expect(faultOf({ from: '2026-06-01T24:30', to: '2026-07-02' })).toMatchObject({ key: 'from' });
    const swallowed = faultOf({ from: '2026-03-29T02:10', to: '2026-03-29T03:00' }, 'Europe/Berlin');
    expect(swallowed).toMatchObject({ key: 'to', message: expect.stringContaining('clock change') });
  });

  test.each([
    [{ from: '2026-01-02', to: '2026-01-01' }, 'UTC', 'periods.0.to'],
    [{ from: '2026-01-02', to: '2026-01-02' }, 'UTC', 'periods.0.to'],
    [{ from: 'tomorrow', to: '2026-01-02' }, 'UTC', 'periods.0.from'],
    [{ from: '2026-01-01', to: '2026-01-02' }, 'Mars/Olympus', 'timeZone'],
  ])('%o in %s is refused by the contract at %s', (period, timeZone, path) => {
    const parsed = CalendarSpec.safeParse({ name: 'c', timeZone, periods: [{ name: 'on', ...period }] });
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });
});

describe('wall time', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'];

  test('of an instant leads back to it, or to the first of two with the same wall time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: at('2012-01-01'), max: at('2040-01-01') }),
        (name, ms) => {
          const offset = zoneOffset(name) ?? (() => NaN);
          const back = instantOfWall(wallOfInstant(ms, offset), offset);
          expect(wallOfInstant(back, offset)).toBe(wallOfInstant(ms, offset));
          expect(back).toBeLessThanOrEqual(ms);
        }
      )
    );
  });

  test('a skipped time counts on with the offset before the gap, a repeated one is its first', () => {
    const berlin = zoneOffset('Europe/Berlin') ?? (() => NaN);
    expect(brief(instantOfWall(at('2026-03-29T02:30Z'), berlin))).toBe('2026-03-29T01:30Z');
    expect(brief(instantOfWall(at('2026-10-25T02:30Z'), berlin))).toBe('2026-10-25T00:30Z');
  });
});
