import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { onGrid } from './detect-batch.ts';

const stepMs = 60_000;
const rowsOf = (values: readonly number[], timesMs?: readonly number[]) => ({
  values: Float64Array.from(values),
  timesMs: timesMs === undefined ? undefined : Float64Array.from(timesMs),
});

test('rows without times follow each other', () => {
  const { series, stepOfRow } = onGrid(rowsOf([5, NaN, 7]), stepMs);
  expect(series).toEqual({ startMs: 0, stepMs, values: Float64Array.of(5, NaN, 7) });
  expect([...stepOfRow]).toEqual([0, 1, 2]);
});

test('a missing row is a gap of the series and has no row', () => {
  const { series, stepOfRow } = onGrid(rowsOf([1, 2, 3], [0, stepMs, 3 * stepMs]), stepMs);
  expect([...series.values]).toEqual([1, 2, NaN, 3]);
  expect([...stepOfRow]).toEqual([0, 1, 3]);
});

test('rows in any order find their step', () => {
  const { series, stepOfRow } = onGrid(rowsOf([3, 1, 2], [2 * stepMs, 0, stepMs]), stepMs);
  expect([...series.values]).toEqual([1, 2, 3]);
  expect([...stepOfRow]).toEqual([2, 0, 1]);
});

test('a year between two rows does not become a year of gaps', () => {
  const { series } = onGrid(rowsOf([1, 2, 3], [0, stepMs, 365 * 86_400_000]), stepMs);
  expect(series.values).toHaveLength(3);
});

test('every row with a time has a step, whatever the times are', () => {
  const row = fc.tuple(fc.double(), fc.oneof(fc.integer({ min: 0, max: 1e7 }), fc.constant(NaN)));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), (rows) => {
      const times = rows.map(([, ms]) => ms);
      const { series, stepOfRow } = onGrid(
        rowsOf(
          rows.map(([value]) => value),
          times
        ),
        stepMs
      );
      expect(stepOfRow).toHaveLength(rows.length);
      const wrong = [...stepOfRow].filter(
        (step, i) => step >= series.values.length || (step < 0 && Number.isFinite(times[i]))
      );
      expect(wrong).toEqual([]);
    })
  );
});
