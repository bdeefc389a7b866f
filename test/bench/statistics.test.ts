import { describe, expect, test } from '@jest/globals';
import { bootstrap, bootstrapMean, bootstrapStrata, geometricMean, quantile } from './statistics.ts';

describe('bootstrap intervals', () => {
  const values = Array.from({ length: 100 }, (_, i) => (i * 37) % 100);

  test('are near the normal approximation for a mean: numpy gives mean 49.5, standard error 2.887', () => {
    const { low, high } = bootstrapMean(values, 1);

    expect(low).toBeCloseTo(49.5 - 1.96 * 2.887, 0);
    expect(high).toBeCloseTo(49.5 + 1.96 * 2.887, 0);
  });

  test('are the same again for the same seed and others for another', () => {
    expect(bootstrapMean(values, 7)).toEqual(bootstrapMean(values, 7));
    expect(bootstrapMean(values, 7)).not.toEqual(bootstrapMean(values, 8));
  });

  test('of any statistic see only indices of units', () => {
    const seen = new Set<number>();
    bootstrap(
      3,
      (indices) => {
        indices.forEach((i) => seen.add(i));
        return indices.length;
      },
      1
    );

    expect([...seen].sort()).toEqual([0, 1, 2]);
  });
});

test('bootstrap draws each stratum from its own units', () => {
  const sizes = new Set<string>();
  bootstrapStrata(
    [2, 5],
    (indices) => {
      sizes.add(indices.map((one) => `${one.length}:${one.every((i) => i < one.length)}`).join());
      return 0;
    },
    1
  );

  expect([...sizes]).toEqual(['2:true,5:true']);
});

test('quantiles are those of numpy (linear)', () => {
  expect(quantile([3, 1, 4, 1, 5, 9], 0.5)).toBe(3.5);
  expect(quantile([3, 1, 4, 1, 5, 9], 0.9)).toBeCloseTo(7, 12);
});

test('a geometric mean of ratios weighs a half and a double alike', () => {
  expect(geometricMean([0.5, 2, 1])).toBeCloseTo(1, 12);
});
