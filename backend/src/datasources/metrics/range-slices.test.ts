import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maxPointsPerQuery, pointsPerSlice, SliceJoiner } from './range-slices.ts';

test('one series is asked for in the largest queries that Prometheus allows', () => {
  expect(pointsPerSlice(1)).toBe(maxPointsPerQuery);
});

test('many series are asked for in small slices, never in none', () => {
  expect(pointsPerSlice(1_000)).toBe(50);
  expect(pointsPerSlice(10_000_000)).toBe(1);
});

test('cutting a series anywhere and joining it again gives the series', () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { minLength: 1 }), fc.array(fc.nat(50)), (values, cuts) => {
      const timestampsMs = values.map((_, i) => i * 1_000);
      const joiner = new SliceJoiner({ startMs: 0, stepMs: 1_000, length: values.length });
      const borders = [0, ...cuts.filter((cut) => cut < values.length).sort((a, b) => a - b), values.length];
      borders.slice(1).forEach((to, i) => {
        const from = borders[i] ?? 0;
        // Label order differs from slice to slice: it must not matter.
        const labels = i % 2 === 0 ? { a: '1', b: '2' } : { b: '2', a: '1' };
        joiner.add([{ labels, timestampsMs: timestampsMs.slice(from, to), values: values.slice(from, to) }]);
      });
      expect(joiner.series()).toEqual([
        { labels: { a: '1', b: '2' }, startMs: 0, stepMs: 1_000, values: Float64Array.from(values) },
      ]);
    })
  );
});

test('a series that is not in every slice has gaps there', () => {
  const joiner = new SliceJoiner({ startMs: 0, stepMs: 1_000, length: 3 });
  const at = (pod: string, timeMs: number) => ({ labels: { pod }, timestampsMs: [timeMs], values: [timeMs] });
  joiner.add([at('a', 0)]);
  joiner.add([at('b', 1_000)]);
  joiner.add([at('a', 2_000)]);
  expect(joiner.series().map(({ values }) => [...values])).toEqual([
    [0, NaN, 2_000],
    [NaN, 1_000, NaN],
  ]);
  expect(joiner.size).toBe(0);
});
