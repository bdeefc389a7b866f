import { describe, expect, test } from '@jest/globals';
import { alertFigures, countAlerts } from './alert-figures.ts';

const minuteMs = 60_000;
const day = 1_440;

function counted(runs: ReadonlyArray<readonly [number, number]>, events: ReadonlyArray<readonly [number, number]>) {
  const spans = (pairs: ReadonlyArray<readonly [number, number]>) => pairs.map(([from, to]) => ({ from, to }));
  return countAlerts({ runs: spans(runs), stepMs: minuteMs, length: day }, spans(events));
}

describe('alerts', () => {
  test('that overlap an event are right, others are false', () => {
    const counts = counted(
      [
        [100, 102],
        [700, 700],
      ],
      [[101, 110]]
    );

    expect(counts).toEqual({ days: 1, events: 1, alerts: 2, found: 1, falseAlerts: 1, delayMinutes: [0] });
  });

  test('of runs at most five minutes apart are one', () => {
    const apart = (minutes: number) =>
      counted(
        [
          [100, 110],
          [110 + minutes, 120],
        ],
        []
      ).alerts;

    expect(apart(5)).toBe(1);
    expect(apart(6)).toBe(2);
  });

  test('of steps longer than five minutes are one only when no step lies between', () => {
    const firing = (second: number) => ({
      runs: [
        { from: 3, to: 3 },
        { from: second, to: second },
      ],
      stepMs: 60 * minuteMs,
      length: 24,
    });

    expect(countAlerts(firing(4), []).alerts).toBe(1);
    expect(countAlerts(firing(5), []).alerts).toBe(2);
  });

  test('are late by the time from the start of the event to their first point', () => {
    expect(counted([[107, 120]], [[101, 110]]).delayMinutes).toEqual([6]);
  });

  test('that only touch the time before or after an event have not found it', () => {
    expect(
      counted(
        [
          [90, 99],
          [111, 115],
        ],
        [[100, 110]]
      )
    ).toMatchObject({ found: 0, falseAlerts: 2, delayMinutes: [] });
  });

  test('one alert over two events finds both and is one alert', () => {
    const events = [
      [100, 105],
      [120, 125],
    ] as const;

    expect(counted([[104, 122]], events)).toMatchObject({ alerts: 1, found: 2, falseAlerts: 0 });
  });
});

describe('figures over series', () => {
  test('are those of all series together', () => {
    const figures = alertFigures([
      { days: 10, events: 4, alerts: 3, found: 3, falseAlerts: 1, delayMinutes: [1, 2, 6] },
      { days: 4, events: 0, alerts: 1, found: 0, falseAlerts: 1, delayMinutes: [] },
    ]);

    expect(figures.precision).toBeCloseTo(2 / 4);
    expect(figures.recall).toBeCloseTo(3 / 4);
    expect(figures.f1).toBeCloseTo(0.6);
    expect(figures.falseAlertsPerDay).toBeCloseTo(2 / 14);
    expect(figures.alertsPerWeek).toBeCloseTo(2);
    expect(figures.medianDelayMinutes).toBe(2);
  });

  test('without an alert have no precision and a recall of 0', () => {
    const figures = alertFigures([{ days: 1, events: 1, alerts: 0, found: 0, falseAlerts: 0, delayMinutes: [] }]);

    expect(figures).toMatchObject({ precision: NaN, recall: 0, f1: 0, falseAlertsPerDay: 0 });
    expect(figures.medianDelayMinutes).toBeNaN();
  });
});
