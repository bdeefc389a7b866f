import { expect, test } from '@jest/globals';
import type { UnitForecast } from '../../forecasts/packed.ts';
import type { ForecastUnit } from '../../forecasts/units.ts';
import { addTallies, tallyOf } from './tally.ts';

const hourMs = 3_600_000;
const unit: ForecastUnit = {
  id: 'set/series/24+6',
  series: 'series',
  history: new Float64Array(24),
  actual: Float64Array.of(0, 3, 0, 0, 9, 0),
  startMs: 22 * hourMs,
  stepMs: hourMs,
};
/** A band of the given half-width for each level around zero. */
function around(halfWidths: Readonly<Record<number, number>>): UnitForecast {
  const line = (value: number) => new Float32Array(6).fill(value);
  const bands = Object.entries(halfWidths).map(
    ([level, half]) => [Number(level), { lower: line(-half), upper: line(half) }] as const
  );
  return { expected: line(0), bands: new Map(bands), model: 'blend', cpuSeconds: 0 };
}
const forecast = around({ 20: 0.5, 40: 0.6, 60: 0.7, 80: 1, 95: 4 });
const reference = around({ 80: 2, 95: 5 });
const tally = tallyOf(unit, forecast, reference, 2);

test('values inside of the bands are counted over all, by third of the horizon and by hour of the day', () => {
  expect(tally.overall).toEqual({ points: 6, inside80: 4, inside95: 5 });
  expect(tally.thirds.map(({ inside80 }) => inside80)).toEqual([1, 2, 1]);
  expect(tally.hours[23]).toEqual({ points: 1, inside80: 0, inside95: 1 });
  expect(tally.hours[2]).toEqual({ points: 1, inside80: 0, inside95: 0 });
  expect(tally.hours[12]?.points).toBe(0);
});

test('weeks have no hour of the day', () => {
  const weekly = tallyOf({ ...unit, stepMs: 168 * hourMs }, forecast, reference, 2);

  expect(weekly.hours.every(({ points }) => points === 0)).toBe(true);
  expect(weekly.overall.points).toBe(6);
});

test('widths are in units of the scale, and sums of parts are those of the whole', () => {
  const both = addTallies([tally, tally]);

  expect([tally.width80, tally.width95, tally.referenceWidth80]).toEqual([6, 24, 12]);
  expect(both.width95 / both.referenceWidth95).toBeCloseTo(4 / 5, 12);
  expect(both.thirds[1]).toEqual({ points: 4, inside80: 4, inside95: 4 });
});
