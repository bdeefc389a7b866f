import { expect, test } from '@jest/globals';
import { reasonOf } from './reason.ts';

/** Of an alert that begins and peaks at these two indexes. */
const of = (values: readonly number[], [from, peak]: readonly [number, number], expected: number, usual: number) =>
  reasonOf({ values: Float64Array.from(values), from, peak, expected, usual });

test('a jump in one step is told with its size, the expected value and the usual deviation', () => {
  expect(of([10, 10, 30], [2, 2], 10, 1)).toBe(
    '30 is 20 above the expected 10, 20 times its usual deviation; a sudden jump.'
  );
  expect(of([10, NaN, -0.51236], [2, 2], 10, 4)).toBe(
    '-0.5124 is 10.51 below the expected 10, 2.6 times its usual deviation; a sudden drop.'
  );
});

test('a deviation that builds up over steps is gradual', () => {
  expect(of([10, 13, 17, NaN, 21], [1, 4], 10, 2)).toContain('5.5 times its usual deviation; it rose gradually.');
  expect(of([10, 7, 4, 1], [1, 3], 10, 2)).toContain(
    'below the expected 10, 4.5 times its usual deviation; it fell gradually.'
  );
});

test('multiples that say nothing are left out', () => {
  expect(of([1, 1, 2], [2, 2], 1, 0)).toBe(
    '2 is 1 above the expected 1, where the series hardly ever deviates; a sudden jump.'
  );
  expect(of([1, 1, 2], [2, 2], 1, 0.9)).toBe('2 is 1 above the expected 1; a sudden jump.');
  expect(of([5, 5], [1, 1], 5, 0)).not.toMatch(/NaN|Infinity/);
});
