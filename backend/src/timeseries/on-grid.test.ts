import { expect, test } from '@jest/globals';
import { onGrid } from './on-grid.ts';

const grid = { startMs: 60_000, stepMs: 60_000, length: 4 };

test('samples lie at their step, a missing one is NaN, infinities stay', () => {
  const series = { labels: {}, timestampsMs: [60_000, 180_000, 240_000], values: [1, Infinity, 3] };
  expect([...onGrid(series, grid).values]).toEqual([1, NaN, Infinity, 3]);
});

test('samples beside a step go to the nearest, those outside the grid are left out', () => {
  const series = { labels: {}, timestampsMs: [0, 61_000, 119_000, 300_000], values: [9, 1, 2, 9] };
  expect([...onGrid(series, grid).values]).toEqual([1, 2, NaN, NaN]);
});
