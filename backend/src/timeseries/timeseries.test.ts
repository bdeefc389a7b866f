import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fillGaps } from './gaps.ts';
import { median, quantileOfSorted, robustCentre } from './quantiles.ts';
import { resample } from './resample.ts';
import { findSeasons } from './seasonality.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** Reproducible noise in [−0.5, 0.5). */
function noise(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648 - 0.5;
}

describe('quantiles', () => {
  // numpy.quantile([1, 2, 4, 8, 16], [0.1, 0.5, 0.9]), numpy 1.24
  test('agree with numpy', () => {
    const sorted = [1, 2, 4, 8, 16];
    expect([0.1, 0.5, 0.9].map((p) => quantileOfSorted(sorted, p))).toEqual([1.4, 4, 12.8]);
  });

  test('leave gaps out', () => {
    expect(median([NaN, 3, 1, Infinity, 2])).toBe(2);
    expect(median([NaN])).toBeNaN();
    expect(robustCentre([1, 2, 3, 4, 1000])).toEqual({ median: 3, mad: 1 });
  });

  test('a median is the middle of the sorted values, whatever their order and however often they repeat', () => {
    const values = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const orders = { asIs: (v: number[]) => v, ascending: (v: number[]) => [...v].sort((a, b) => a - b) };
    fc.assert(
      fc.property(
        fc.array(values, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(...Object.values(orders)),
        (v, order) => {
          expect(median(order(v))).toBeCloseTo(quantileOfSorted(Float64Array.from(v).sort(), 0.5), 12);
        }
      )
    );
  });
});

describe('resample', () => {
  test('finds the step, keeps the instants of regular samples and marks missing steps', () => {
    const { series, gapRatio } = resample({ timestampsMs: [7, 15_007, 30_007, 60_007], values: [1, 2, 3, 5] });
    expect(series.startMs).toBe(7);
    expect(series.stepMs).toBe(15_000);
    expect([...series.values]).toEqual([1, 2, 3, NaN, 5]);
    expect(gapRatio).toBe(0.2);
  });

  test('puts scrapes with jitter one into each step', () => {
    const random = noise(1);
    const timestampsMs = Array.from({ length: 500 }, (_, i) => i * 15_000 + 7_400 + Math.round(4000 * random()));
    const { series, gapRatio } = resample({ timestampsMs, values: timestampsMs.map((_, i) => i) });
    expect(series.stepMs).toBe(15_000);
    expect(gapRatio).toBe(0);
    expect(series.values.length).toBe(500);
  });

  test('takes the mean of the samples of a step and the last of equal timestamps', () => {
    const timestampsMs = [0, 10_000, 60_000, 60_000];
    const { series } = resample({ timestampsMs, values: [1, 3, 5, 7] }, minute);
    expect([...series.values]).toEqual([2, 7]);
  });

  test('counts NaN and infinities as gaps and tells how many', () => {
    const { series, notFiniteCount } = resample({ timestampsMs: [0, 1000, 2000], values: [NaN, Infinity, 1] });
    expect([...series.values]).toEqual([NaN, NaN, 1]);
    expect(notFiniteCount).toBe(2);
  });

  test('is bounded whatever a stray old sample says', () => {
    const { series, droppedSteps } = resample({ timestampsMs: [0, 1e12, 1e12 + 1000], values: [1, 2, 3] }, 1000);
    expect(series.values.length).toBe(200_000);
    expect(droppedSteps).toBeGreaterThan(0);
  });

  test('gives nothing for nothing', () => {
    expect(resample({ timestampsMs: [], values: [] }).series.values).toHaveLength(0);
  });

  test('never loses the range of the values', () => {
    const samples = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 1e6 }), fc.double({ noNaN: true, min: -1e9, max: 1e9 })),
      {
        minLength: 1,
        maxLength: 50,
      }
    );
    fc.assert(
      fc.property(samples, (pairs) => {
        const { series } = resample({ timestampsMs: pairs.map(([t]) => t), values: pairs.map(([, v]) => v) }, 1000);
        const low = Math.min(...pairs.map(([, v]) => v));
        const high = Math.max(...pairs.map(([, v]) => v));
        const slack = 1e-9 * (1 + high - low);
        return series.values.every((v) => Number.isNaN(v) || (v >= low - slack && v <= high + slack));
      })
    );
  });
});

describe('gaps', () => {
  test('a short one is bridged by a line', () => {
    expect([...fillGaps(Float64Array.of(1, NaN, NaN, 4), undefined)]).toEqual([1, 2, 3, 4]);
  });

  test('a long one follows the season and meets its neighbours', () => {
    const cycle = [0, 5, 10, 5, 0, -5, -10, -5];
    const values = Float64Array.from({ length: 40 }, (_, i) => cycle[i % 8] ?? 0);
    const holed = values.map((value, i) => (i >= 17 && i < 23 ? NaN : value));
    expect([...fillGaps(holed, 8)]).toEqual([...values]);
  });

  test('at the ends the neighbour goes on; without any value all is zero', () => {
    expect([...fillGaps(Float64Array.of(NaN, 2, NaN), undefined)]).toEqual([2, 2, 2]);
    expect([...fillGaps(Float64Array.of(NaN, NaN), 1)]).toEqual([0, 0]);
  });
});

describe('seasons', () => {
  const seasonsOf = (values: Float64Array, stepMs: number) => findSeasons({ startMs: 0, stepMs, values });
  const hourly = (hours: number, shape: (hour: number) => number) => {
    const random = noise(3);
    return Float64Array.from({ length: hours }, (_, i) => shape(i) + random());
  };

  test('a daily cycle is found, a weekly one too when there are three weeks of it', () => {
    const shape = (i: number) => 3 * Math.sin((2 * Math.PI * i) / 24) - (Math.floor(i / 24) % 7 > 4 ? 2 : 0);
    expect(seasonsOf(hourly(28 * 24, shape), 60 * minute)).toEqual([24, 168]);
    expect(seasonsOf(hourly(14 * 24, shape), 60 * minute)).toEqual([24]);
  });

  test('a weekly cycle alone is found without a daily one', () => {
    const shape = (i: number) => 4 * Math.sin((2 * Math.PI * i) / 168);
    expect(seasonsOf(hourly(28 * 24, shape), 60 * minute)).toEqual([168]);
  });

  test('a cycle of six hours is found when it is the only one that fits in the history', () => {
    expect(
      seasonsOf(
        hourly(48, (i) => 4 * Math.sin((2 * Math.PI * i) / 6)),
        60 * minute
      )
    ).toEqual([6]);
  });

  test('noise and random walks have none', () => {
    const found = Array.from({ length: 40 }, (_, seed) => {
      const random = noise(seed + 1);
      let level = 0;
      const walk = Float64Array.from({ length: 21 * 24 }, () => (level += random()));
      const white = Float64Array.from({ length: 21 * 24 }, () => random());
      return [seasonsOf(walk, 60 * minute).length, seasonsOf(white, 60 * minute).length];
    }).flat();
    expect(found.filter((count) => count > 0).length).toBeLessThanOrEqual(8);
  });

  test('too short a history or a step that does not divide a day gives none', () => {
    expect(
      seasonsOf(
        hourly(40, (i) => Math.sin(i)),
        7 * minute
      )
    ).toEqual([]);
    expect(seasonsOf(new Float64Array(3), day)).toEqual([]);
  });
});
