import { expect, test } from '@jest/globals';
import { quantileOfSorted } from '../timeseries/quantiles.ts';
import { firstPassages } from './first-passage.ts';
import { normalShare } from './normal-share.ts';

test('a walk with drift first passes a level as the inverse Gaussian distribution says (SciPy 1.17.1)', () => {
  const passages = firstPassages({
    posteriors: [
      {
        motion: { walk: 9, memory: 0, drift: 'steady' },
        weight: 1,
        mean: [0, 0.5, 0],
        covariance: [0, 0, 0, 0, 0, 0],
        noiseVariance: 1,
        degrees: 1e9,
        driftWalk: 0,
      },
    ],
    cycles: [],
    highs: Float64Array.of(0),
    rhythm: undefined,
    lastIndex: 0,
    lastReset: undefined,
    limit: 100,
    buckets: 1000,
    seed: 2,
  });
  // invgauss of mean 200 and shape 1111: 108.9, 183.7 and 311.9; a sample of 500 is good to some percent
  expect(quantileOfSorted(passages, 0.1) / 108.93).toBeCloseTo(1, 0);
  expect(Math.abs(quantileOfSorted(passages, 0.5) - 183.67)).toBeLessThan(12);
  expect(Math.abs(quantileOfSorted(passages, 0.9) - 311.9)).toBeLessThan(25);
});

test('the normal distribution agrees with SciPy 1.17.1', () => {
  expect(normalShare(-2.5)).toBeCloseTo(0.006209665325776132, 6);
  expect(normalShare(-0.3)).toBeCloseTo(0.3820885778110474, 6);
  expect(normalShare(1.959963984540054)).toBeCloseTo(0.975, 6);
});
