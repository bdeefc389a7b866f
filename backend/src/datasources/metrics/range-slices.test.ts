import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createPacer } from '../../pacer.ts';
import { maxPointsPerQuery, pointsPerSlice, SliceJoiner } from './range-slices.ts';

test('one series is asked for in the largest queries that Prometheus allows', () => {
  expect(pointsPerSlice(1)).toBe(maxPointsPerQuery);
});

test('many series are asked for in small slices, never in none', () => {
  expect(pointsPerSlice(1_000)).toBe(50);
  expect(pointsPerSlice(10_000_000)).toBe(1);
});

const pacer = createPacer(new AbortController().signal);

test('cutting a series anywhere and joining it again gives the series', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.double(), { minLength: 1 }), fc.array(fc.nat(50)), async (values, cuts) => {
      const timestampsMs = values.map((_, i) => i * 1_000);
      const joiner = new SliceJoiner({ startMs: 0, stepMs: 1_000, length: values.length });
      const borders = [0, ...cuts.filter((cut) => cut < values.length).sort((a, b) => a - b), values.length];
      for (const [i, to] of borders.slice(1).entries()) {
        const from = borders[i] ?? 0;
        // Label order differs from slice to slice: it must not matter.
        const labels = i % 2 === 0 ? { a: '1', b: '2' } : { b: '2', a: '1' };
        const samples = { timestampsMs: timestampsMs.slice(from, to), values: values.slice(from, to) };
        await joiner.add([{ labels, read: () => samples }], pacer);
      }
      expect(joiner.series()).toEqual([
        { labels: { a: '1', b: '2' }, startMs: 0, stepMs: 1_000, values: Float64Array.from(values) },
      ]);
    })
  );
});

test('a series that is not in every slice has gaps there', async () => {
  const joiner = new SliceJoiner({ startMs: 0, stepMs: 1_000, length: 3 });
  const at = (pod: string, timeMs: number) => ({
    labels: { pod },
    read: () => ({ timestampsMs: [timeMs], values: [timeMs] }),
  });
  await joiner.add([at('a', 0)], pacer);
  await joiner.add([at('b', 1_000)], pacer);
  await joiner.add([at('a', 2_000)], pacer);
  expect(joiner.series().map(({ values }) => [...values])).toEqual([
    [0, NaN, 2_000],
    [NaN, 1_000, NaN],
  ]);
  expect(joiner.size).toBe(0);
});
