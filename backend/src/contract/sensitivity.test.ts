import { expect, test } from '@jest/globals';
import { parseAlertsPerWeek, Sensitivity } from './sensitivity.ts';

test.each([
  ['1 alert per week', 1],
  ['2 alerts per day', 14],
  ['1 alert a month', 0.25],
  ['0.5 alerts per week', 0.5],
  [3, 3],
])('%j is %d alerts a week', (given, expected) => {
  expect(Sensitivity.parse(given)).toBeCloseTo(expected, 12);
});

test.each(['', 'high', '1', 'one alert per week', '-1 alerts per week', '1 alert per year', '1e3 alerts per week'])(
  '%j says no number of alerts',
  (text) => {
    expect(parseAlertsPerWeek(text)).toBeUndefined();
    expect(Sensitivity.safeParse(text).error?.issues[0]?.message).toMatch(/expected alerts in a time, such as/);
  }
);

test.each([0, -1, 169, NaN, Infinity])('%d a week is out of bounds', (alertsPerWeek) => {
  expect(Sensitivity.safeParse(alertsPerWeek).success).toBe(false);
});
