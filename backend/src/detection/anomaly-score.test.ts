import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anomalyScore } from './anomaly-score.ts';
import { newRecords } from './new-records.ts';
import { oneStepError } from './one-step-error.ts';
import { polynomialResidual } from './polynomial-residual.ts';
import { causalRankScore, rankScore, rankTail } from './rank-tail.ts';

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
    const near = causalRankScore(Float64Array.of(...past, 10)).tail.at(-1) ?? NaN;
    const far = causalRankScore(Float64Array.of(...past, 1_000)).tail.at(-1) ?? NaN;
    expect(far).toBeGreaterThan(near);
  });

  test('ranks of later values are the same whether or not those before are ranked too', () => {
    const values = Float64Array.from({ length: 300 }, (_, i) => (i * 7_919) % 97);
    const whole = causalRankScore(values);
    const later = causalRankScore(values, 123);
    expect(later.tail.subarray(123)).toEqual(whole.tail.subarray(123));
    expect(later.weight.subarray(123)).toEqual(whole.weight.subarray(123));
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

  test('a score says more the further its tail reaches beyond its bulk, in any unit', () => {
    const flat = Float64Array.from({ length: 1_000 }, (_, i) => 1 + (i % 10));
    const reaching = flat.map((value, i) => (i % 500 === 0 ? 900 : value));
    const weightOf = (values: Float64Array) => rankScore(values).weight[0] ?? NaN;
    expect(weightOf(reaching)).toBeGreaterThan(100 * weightOf(flat));
    expect(weightOf(reaching.map((value) => value * 1_024))).toBeCloseTo(weightOf(reaching), 9);
    expect(weightOf(new Float64Array(10))).toBeGreaterThan(0);
  });

  test('a line that follows its own past is soon predicted without error, a jump is missed by its size', () => {
    const wave = Float64Array.from({ length: 600 }, (_, i) => Math.sin(i / 7) + (i === 500 ? 3 : 0));
    const errors = oneStepError(wave);
    expect(Math.max(...errors.subarray(300, 500).map(Math.abs))).toBeLessThan(0.01);
    expect(errors[500]).toBeCloseTo(3, 1);
  });

  test('the one-step error follows the unit and not its zero', () => {
    const values = Float64Array.from({ length: 300 }, (_, i) => Math.sin(i / 5) + (i % 37) / 50);
    const moved = oneStepError(values.map((value) => 64 * value + 1_024));
    const errors = oneStepError(values);
    expect(moved.every((error, i) => Math.abs(error - 64 * (errors[i] ?? NaN)) < 1e-6)).toBe(true);
  });

  test('the one-step error is 0 for a constant and finite for wild values', () => {
    expect(new Set(oneStepError(new Float64Array(50).fill(5)))).toEqual(new Set([0]));
    const wild = Float64Array.from({ length: 200 }, (_, i) => (i % 3) * 10 ** ((i % 60) - 30));
    expect(oneStepError(wild).every(Number.isFinite)).toBe(true);
  });
});
