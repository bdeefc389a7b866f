import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { epochToMs, epochUnitOf, isZone, parseTimeText, toInstant } from './times.ts';

const reading = { epochUnit: undefined, order: 'day-first', zone: 'UTC' } as const;
const instantOf = (text: string, zone = 'UTC') => {
  const time = parseTimeText(text);
  return time === undefined ? undefined : toInstant(time, { ...reading, zone })?.ms;
};
const anyMs = fc
  .integer({ min: Date.UTC(1995, 0, 1) / 1_000, max: Date.UTC(2090, 0, 1) / 1_000 })
  .map((s) => s * 1_000);

describe('a time as tools write it', () => {
  test.each([
    '2026-11-25T04:00:00Z',
    '2026-11-25T04:00Z',
    '2026-11-25T04:00:00.000+00:00',
    '2026-11-25T13:00:00+09:00',
    '2026-11-25 04:00',
    '2026-11-25 04:00:00.000',
    '2026/11/25 04:00',
    '25.11.2026 04:00',
    '25/11/2026 04:00:00',
    '25-11-2026 04:00',
    '25.11.26 04:00',
    'Nov 25, 2026 @ 04:00:00.000',
    'Nov 25, 2026, 4:00 AM',
    '25 Nov 2026 04:00:00',
    'Wed, 25 Nov 2026 04:00:00 GMT',
    'Wed Nov 25 04:00:00 UTC 2026',
    '25-Nov-2026 04:00',
    '2026. 11. 25. 오전 4:00:00',
    '2026年11月25日 04:00',
    '20261125T040000Z',
    '2026-11-25 04:00:00 UTC',
  ])('%s', (text) => {
    expect(instantOf(text)).toBe(Date.UTC(2026, 10, 25, 4));
  });

  test.each([
    '',
    'yesterday',
    '2026-13-01',
    '2026-02-30 00:00',
    '32/01/2026',
    '2026-11-25 25:00',
    '04:00',
    '13:00 PM',
    'v1.2.3',
    '10.0.0.1',
  ])('%s is none', (text) => {
    expect(instantOf(text)).toBeUndefined();
  });

  test('no text makes the reader throw', () => {
    fc.assert(fc.property(fc.string(), (text) => parseTimeText(text) !== null));
  });
});

describe('zones', () => {
  test.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Seoul', 'Australia/Lord_Howe', '+05:30'])(
    'what a clock in %s shows is one of the instants that are read',
    (zone) => {
      fc.assert(
        fc.property(anyMs, (ms) => {
          const wall = DateTime.fromMillis(ms, { zone: zone.startsWith('+') ? 'UTC+5:30' : zone }).toFormat(
            'yyyy-MM-dd HH:mm:ss'
          );
          const time = parseTimeText(wall);
          const read = time === undefined ? undefined : toInstant(time, { ...reading, zone });
          expect([read?.ms, read?.repeatedMs]).toContain(ms);
        })
      );
    }
  );

  test('the hour that spring leaves out does not exist', () => {
    expect(instantOf('2026-03-29 02:30', 'Europe/Berlin')).toBeUndefined();
  });

  test('names and offsets are known, anything else is not', () => {
    expect(['Asia/Seoul', 'UTC', '+09:00', 'Mars/Olympus'].map(isZone)).toEqual([true, true, true, false]);
  });
});

describe('epochs', () => {
  test('s, ms, µs and ns are told apart by their size', () => {
    fc.assert(
      fc.property(anyMs, (ms) => {
        const texts = [ms / 1_000, ms, ms * 1e3, ms * 1e6];
        expect(texts.map(epochUnitOf)).toEqual(['s', 'ms', 'µs', 'ns']);
        expect(texts.map((value) => epochToMs(value, epochUnitOf(value) ?? 's'))).toEqual([ms, ms, ms, ms]);
      })
    );
  });

  test('a small number is no epoch', () => {
    expect([0, 12.5, 1_000].map(epochUnitOf)).toEqual([undefined, undefined, undefined]);
  });
});
