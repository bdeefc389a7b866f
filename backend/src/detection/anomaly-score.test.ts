import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anomalyScore } from './anomaly-score.ts';
import { newRecords } from './new-records.ts';
import { polynomialResidual } from './polynomial-residual.ts';
import { causalRankTail, rankTail } from './rank-tail.ts';
import { tailWeight } from './tail-weight.ts';

const minute = 60_000;

function aSeries(values: ArrayLike<number>) {
  return { startMs: 0, stepMs: minute, values: Float64Array.from(values) };
}

/** A cycle of 48 steps with reproducible noise and, at `at`, a spike of three steps. */
function withSpike(length: number, at: number): Float64Array {
  let state = 7;
  const noise = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648 - 0.5;
  return Float64Array.from(
    { length },
    (_, i) => 100 + 10 * Math.sin((2 * Math.PI * i) / 48) + noise() + (i >= at && i < at + 3 ? 25 : 0)
  );
}

const form = fc.constantFrom('causal' as const, 'offline' as const);
const uneven = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('anomaly score', () => {
  test.each(['causal', 'offline'] as const)('%s: is highest where a series does what it never did', (how) => {
    const scores = anomalyScore(aSeries(withSpike(1_000, 700)), { form: how });
    const peak = scores.indexOf(Math.max(...scores.subarray(100)));
    expect(peak).toBeGreaterThanOrEqual(690);
    expect(peak).toBeLessThanOrEqual(712);
  });

  test('the causal form never looks ahead: what comes later changes no score', () => {
    const whole = withSpike(900, 700).map((value, i) => (i % 90 > 86 ? NaN : value));
    const all = anomalyScore(aSeries(whole), { form: 'causal' });
    for (const length of [80, 448, 701, 850]) {
      const known = anomalyScore(aSeries(whole.subarray(0, length)), { form: 'causal' });
      expect([...known.subarray(0, length)].map((x) => x.toFixed(9))).toEqual(
        [...all.subarray(0, length)].map((x) => x.toFixed(9))
      );
    }
  });

  test('is finite for each value and NaN for each gap, whatever the series', () => {
    fc.assert(
      fc.property(uneven, fc.nat(), form, (values, gap, how) => {
        const given = Float64Array.from(values);
        given[gap % given.length] = NaN;
        const scores = anomalyScore(aSeries(given), { form: how });
        given.forEach((value, i) => expect(Number.isFinite(scores[i])).toBe(Number.isFinite(value)));
      }),
      { numRuns: 50 }
    );
  });

  test('is 0 all along a constant', () => {
    expect(new Set(anomalyScore(aSeries(new Float64Array(400).fill(3)), { form: 'offline' }))).toEqual(new Set([0]));
  });
});

test('an excursion is news once: what follows it within a hundred steps and is no odder is not', () => {
  const evidence = Float64Array.of(0, 5, 4, 6, ...new Array<number>(100).fill(1), 2);
  expect([...newRecords(evidence)].flatMap((value, i) => (value > 1 ? [i] : []))).toEqual([1, 3, 104]);
});

describe('members', () => {
  test('the share of values at least as large tells how unusual one is', () => {
    expect([...rankTail(Float64Array.of(1, 2, 3, 4))].map((x) => x.toFixed(6))).toEqual(
      [4 / 4, 3 / 4, 2 / 4, 1 / 4].map((share) => (-Math.log(share)).toFixed(6)).map((x) => x.replace('-0.0', '0.0'))
    );
  });

  test('a value beyond all before it says more the further it is', () => {
    const past = Array.from({ length: 100 }, (_, i) => i % 10);
    const near = causalRankTail(Float64Array.of(...past, 10)).at(-1) ?? NaN;
    const far = causalRankTail(Float64Array.of(...past, 1_000)).at(-1) ?? NaN;
    expect(far).toBeGreaterThan(near);
  });

  test('a polynomial leaves little of a smooth line, and of a block that jumps the size of the jump', () => {
    const smooth = Float64Array.from({ length: 400 }, (_, i) => ((i - 200) / 100) ** 4 - (i - 200) / 50);
    const most = (scores: Float64Array) => Math.max(...scores.subarray(100, 300));
    expect(most(polynomialResidual(smooth, 10))).toBeLessThan(0.05);
    const jumped = smooth.map((value, i) => value + (i >= 200 && i < 210 ? 5 : 0));
    const scores = polynomialResidual(jumped, 10);
    expect(scores.indexOf(most(scores))).toBe(200);
    expect(most(scores)).toBeCloseTo(5, 0);
  });

  test('windows have a say only where the tails are heavy', () => {
    const even = Float64Array.from({ length: 1_000 }, (_, i) => (i % 2) - 0.5);
    expect(tailWeight(even)).toBe(0);
    expect(tailWeight(even.map((value, i) => (i % 200 === 0 ? 20 : value)))).toBe(1);
    expect(tailWeight(new Float64Array(10))).toBe(0);
  });
});
