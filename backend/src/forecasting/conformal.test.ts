import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { meanAbsoluteError, seasonalNaiveError } from './accuracy.ts';
import { planFolds } from './backtest.ts';
import { minimumHalfWidth } from './band.ts';
import { conformalOffsets, upperQuantile, widened } from './conformal.ts';
import { blendLines, blendWeights } from './model-selection.ts';

describe('accuracy', () => {
  const series = [12.0, 15.1, 13.7, 16.2, 18.4, 17.1, 19.9, 18.2, 21.0, 22.5, 20.1, 23.3, 24.8, 23.0, 26.1, 25.2];

  // numpy: np.mean(np.abs(y[4:] - y[:-4]))
  test('the scale of MASE agrees with numpy and leaves gaps out', () => {
    const full = series.concat([27.7, 29.0, 27.1, 30.2]);
    expect(seasonalNaiveError(full, 4)).toBeCloseTo(3.5625, 10);
    expect(seasonalNaiveError([1, NaN, 3, 5], 1)).toBe(2);
  });

  test('errors at gaps do not count', () => {
    expect(meanAbsoluteError([1, NaN, 5], [2, 2, 2])).toBe(2);
    expect(meanAbsoluteError([NaN], [1])).toBeNaN();
  });
});

describe('conformal offsets', () => {
  // numpy: np.sort(np.abs(y - 20))[ceil(21 * .8) - 1] of the golden series in models.test.ts
  test('take the ⌈(n+1)p⌉-th smallest residual', () => {
    const sizes = [0.1, 0.1, 1, 1.6, 1.8, 2.5, 2.9, 3, 3.3, 3.8, 4.8, 4.9, 5.2, 6.1, 6.3, 7.1, 7.7, 8, 9, 10.2];
    expect(upperQuantile(Float64Array.from(sizes), 0.8)).toBe(7.7);
  });

  test('hold what they promise on exchangeable residuals, judged on a fold they have not seen', () => {
    let state = 11;
    const random = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648 - 0.5;
    const folds = Array.from({ length: 14 }, () => ({
      expected: new Float64Array(100),
      actual: Float64Array.from({ length: 100 }, () => random()),
      spread: new Float64Array(100).fill(2),
    }));
    const inside = folds.map(({ actual }, k) => {
      const [eighty] = conformalOffsets(folds, [80], k);
      return actual.filter((v, h) => v >= 2 * (eighty?.lower[h] ?? 0) && v <= 2 * (eighty?.upper[h] ?? 0)).length;
    });
    const share = inside.reduce((sum, count) => sum + count, 0) / 1400;
    expect(Math.abs(share - 0.8)).toBeLessThan(0.03);
  });

  test('grow by Student’s t against the normal quantile when few independent folds stand behind them', () => {
    const offset = (levelPercent: number) => ({ levelPercent, lower: Float64Array.of(-1), upper: Float64Array.of(1) });
    const factorOf = (levelPercent: number, folds: number) =>
      widened([offset(levelPercent)], folds)[0]?.upper[0] ?? NaN;
    // scipy: t.ppf(.975, 10) / norm.ppf(.975) and t.ppf(.9, 10) / norm.ppf(.9); the count gains 1.5
    expect(factorOf(95, 8.5)).toBeCloseTo(1.1368, 1);
    expect(factorOf(80, 8.5)).toBeCloseTo(1.0706, 1);
    expect(factorOf(95, 1e6)).toBeCloseTo(1, 5);
    expect(factorOf(95, 3)).toBeGreaterThan(factorOf(80, 3));
  });

  test('are nested and on either side of the expected line', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.array(value, { minLength: 30, maxLength: 30 }), { minLength: 1, maxLength: 5 }),
        (rows) => {
          const folds = rows.map((row) => ({
            expected: new Float64Array(30),
            actual: Float64Array.from(row),
            spread: new Float64Array(30).fill(1),
          }));
          const [inner, outer] = conformalOffsets(folds, [80, 95]);
          for (let h = 0; h < 30; h++) {
            const edges = [outer?.lower[h], inner?.lower[h], 0, inner?.upper[h], outer?.upper[h]].map(Number);
            expect(edges).toEqual([...edges].sort((a, b) => a - b));
          }
        }
      ),
      { numRuns: 50 }
    );
  });
});

describe('blend', () => {
  test('follows the better model, leaves a hopeless one out and sums to one', () => {
    const weights = blendWeights([Float64Array.of(1, 1), Float64Array.of(1.5, 1.5), Float64Array.of(9, 9)]);
    expect(weights[0]).toBeGreaterThan(weights[1] ?? 1);
    expect(weights[2]).toBe(0);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  test('does not know the fold it is judged on', () => {
    const errors = [Float64Array.of(1, 100), Float64Array.of(2, 0.1)];
    expect(blendWeights(errors, 1)[0]).toBeGreaterThan(0.5);
  });

  test('of lines is their weighted mean', () => {
    expect([...blendLines([Float64Array.of(1, 2), Float64Array.of(5, 6)], [0.75, 0.25])]).toEqual([2, 3]);
  });
});

describe('folds', () => {
  const aSeries = (steps: number, stepMs: number) => ({ startMs: 0, stepMs, values: new Float64Array(steps) });

  test('of a day ahead on four weeks cover two weeks, one day each', () => {
    const plan = planFolds(aSeries(8064, 300_000), { horizonSteps: 288, seasons: [288], maxFolds: 14 });
    expect(plan).toMatchObject({ foldSteps: 288, strideSteps: 288 });
    expect(plan.origins).toHaveLength(14);
    expect(plan.origins.at(-1)).toBe(8064 - 288 - 1);
  });

  test('of an hour ahead still cover a week', () => {
    const plan = planFolds(aSeries(8064, 300_000), { horizonSteps: 12, seasons: [288], maxFolds: 14 });
    expect(plan.foldSteps * plan.origins.length).toBeGreaterThanOrEqual(2016);
  });

  test('of weekly steps lie side by side, over seven horizons', () => {
    const plan = planFolds(aSeries(800, 7 * 86_400_000), { horizonSteps: 13, seasons: [], maxFolds: 14 });
    expect(plan).toMatchObject({ foldSteps: 13, strideSteps: 13 });
    expect(plan.origins).toHaveLength(14);
  });

  test('always leave something to learn from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 48, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (steps, horizonSteps) => {
        const { origins, foldSteps } = planFolds(aSeries(steps, 60_000), { horizonSteps, seasons: [], maxFolds: 14 });
        return origins.length > 0 && origins.every((origin) => origin >= steps / 2 - 1 && origin + foldSteps < steps);
      })
    );
  });
});

test('the least half-width is half the resolution of the values, and never zero', () => {
  expect(minimumHalfWidth(Float64Array.from({ length: 100 }, (_, i) => i % 40))).toBe(0.5);
  expect(minimumHalfWidth([0, 100, 0, 100])).toBe(5);
  expect(minimumHalfWidth([NaN])).toBeGreaterThan(0);
});
