import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exponentialSmoothing } from './exponential-smoothing.ts';

const anyValues = fc
  .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 200 })
  .map((values) => Float64Array.from(values));

test('a straight line goes on', () => {
  const line = exponentialSmoothing(
    Float64Array.from({ length: 60 }, (_, i) => 3 + 2 * i),
    3
  );
  expect(line[0]).toBeCloseTo(123, 6);
  expect(line[2]).toBeCloseTo(127, 6);
});

test('a new level is followed and held', () => {
  const values = Float64Array.from({ length: 200 }, (_, i) => (i < 150 ? 10 : 20));
  expect([...exponentialSmoothing(values, 5)].every((value) => Math.abs(value - 20) < 0.5)).toBe(true);
});

test('noise around a level gives the level, not the last value', () => {
  const values = Float64Array.from({ length: 400 }, (_, i) => 10 + ((i * 7919) % 13) - 6);
  expect(exponentialSmoothing(values, 1)[0]).toBeCloseTo(10, 0);
});

test('any values give a finite line', () => {
  fc.assert(
    fc.property(anyValues, (values) => {
      expect(exponentialSmoothing(values, 30).every(Number.isFinite)).toBe(true);
    })
  );
});
