import { expect, test } from '@jest/globals';
import { naiveBand } from './naive-band.ts';

const bandOf = (values: readonly number[]) =>
  naiveBand({ startMs: 0, stepMs: 1000, values: Float64Array.from(values) }, [80, 95], 4);

test('goes on with the last value seen, a step after the end', () => {
  const { startMs, expected } = bandOf([1, 2, 3, NaN]);
  expect(startMs).toBe(4000);
  expect([...expected]).toEqual([3, 3, 3, 3]);
});

test('widens with the square root of the steps, by the spread of the steps seen', () => {
  const [, widest] = bandOf([0, 2, 0, 2]).levels;
  expect(widest?.upper[0]).toBeCloseTo(2 + 1.96 * 2, 4);
  expect(widest?.lower[3]).toBeCloseTo(2 - 1.96 * 2 * 2, 4);
});

test('of a single value is a line', () => {
  expect([...(bandOf([7]).levels[0]?.upper ?? [])]).toEqual([7, 7, 7, 7]);
});
