import { expect, test } from '@jest/globals';
import { emptySeries, layOnGrid } from './on-grid.ts';

const grid = { startMs: 60_000, stepMs: 60_000, length: 4 };

test('samples lie at their step, a missing one is NaN, infinities stay', () => {
  const series = emptySeries(grid);
  layOnGrid(series, { timestampsMs: [60_000, 180_000, 240_000], values: [1, Infinity, 3] });
  expect(series).toEqual({ startMs: 60_000, stepMs: 60_000, values: Float64Array.of(1, NaN, Infinity, 3) });
});

test('samples beside a step go to the nearest, those outside the grid are left out', () => {
  const series = emptySeries(grid);
  layOnGrid(series, { timestampsMs: [0, 61_000, 119_000, 300_000], values: [9, 1, 2, 9] });
  expect([...series.values]).toEqual([1, 2, NaN, NaN]);
});

test('what is laid later joins what is there', () => {
  const series = emptySeries(grid);
  layOnGrid(series, { timestampsMs: [60_000, 120_000], values: [1, 2] });
  layOnGrid(series, { timestampsMs: [120_000, 240_000], values: [5, 4] });
  expect([...series.values]).toEqual([1, 5, NaN, 4]);
});
