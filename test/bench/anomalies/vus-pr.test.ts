import { describe, expect, test } from '@jest/globals';
import { labelledRuns, vusPr } from './vus-pr.ts';

/** Four anomalies: two that nearly touch, a long one, and one at the very end. */
const labels = Uint8Array.from({ length: 60 }, (_, i) =>
  (i >= 10 && i < 14) || i === 18 || (i >= 40 && i < 49) || i >= 58 ? 1 : 0
);
const scores = Float64Array.from(labels, (label, i) => ((i * 37) % 60) / 60 + (i % 3 === 0 ? 0 : label / 2));

/** The golden values were computed by a second implementation in NumPy that follows the definition point by point. */
describe('VUS-PR', () => {
  test('is that of a second implementation', () => {
    expect(vusPr(scores, labels, 12)).toBeCloseTo(0.748788176004395, 12);
  });

  test('is that of a second implementation where many scores are equal', () => {
    const rounded = scores.map((score) => Math.round(score * 4) / 4);

    expect(vusPr(rounded, labels, 12)).toBeCloseTo(0.7067388849648144, 12);
  });

  test('without a buffer is the area under the plain curve', () => {
    expect(vusPr(scores, labels, 0)).toBeCloseTo(0.5451524051606289, 12);
  });

  test('of scores that are all equal is the share of labelled points, buffers included', () => {
    expect(vusPr(new Float64Array(60), labels, 12)).toBeCloseTo(0.5025907281388541, 12);
    expect(vusPr(new Float64Array(60), labels, 0)).toBeCloseTo(16 / 60, 12);
  });

  test('of the labels themselves is 1, since buffers count only where they fire', () => {
    expect(vusPr(Float64Array.from(labels), labels, 0)).toBeCloseTo(1, 12);
    expect(vusPr(Float64Array.from(labels), labels, 12)).toBeCloseTo(1, 12);
  });

  test('looks only at the order of scores', () => {
    expect(vusPr(scores.map(Math.exp), labels, 12)).toBe(vusPr(scores, labels, 12));
  });

  test('is not known without a labelled point', () => {
    expect(vusPr(scores, new Uint8Array(60), 12)).toBeNaN();
  });
});

test('labelled runs have both of their ends', () => {
  expect(labelledRuns(labels)).toEqual([
    { from: 10, to: 13 },
    { from: 18, to: 18 },
    { from: 40, to: 48 },
    { from: 58, to: 59 },
  ]);
});
