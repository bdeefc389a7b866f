import { describe, expect, test } from '@jest/globals';
import { alertEvidence } from './alert-evidence.ts';
import { deviationNames, nextDeviations, startDeviations } from './deviations.ts';
import { findPeriod } from './seasonal-expectation.ts';

/**
 * Second implementation: NumPy 2.4.6, from the definitions and without any recursion or running state. Misses: before each
 * value the least squares fit on the last 6 values and a constant is solved anew (weights 0.9995 to the power of the age,
 * a prior of 1/1000 around "as the value before", values counted from the first in units of the first change). Levels: the
 * median of the slice. Ranks: counts over the whole past up to the last of the instants 16, 18, 21 … (each 1.12 times the
 * one before), in 32 bits.
 */
const golden: Readonly<Record<(typeof deviationNames)[number] | 'evidence', readonly number[]>> = {
  jump: [4.1, 2.2, -2.9, 1.9, -4.4, 33.8, 1.9, -5.1, 6.4],
  miss: [4.1, -1.89590614, 6.750187, 4.56946382, -1.37028456, 30.4204089, 34.5963659, -3.81769309, 4.51404184],
  local: [4.1, 4.25, -0.25, 4.2, -1, 32.8, 34.2, -5.1, 3.4],
  lasting: [2.05, 2.78333333, 2.48, 2.24, 0.82, 6.34, 14, 29.68, -2.46],
  unrest: [2.8991378, 2.68638543, 2.83372546, 5.17513285, 6.38028213, 16.3446627, 15.8865352, 6.4836718, 4.16293166],
  offset: [2.05, 2.78333333, 2.48, 2.46, 0.18, 5.7, 13.36, 29.48, 26.82],
  evidence: [0, 0, 0, 12.4757324, 6.70703167, 34.8269211, 30.6447703, 21.3807568, 12.6793043],
};
const instants = [1, 2, 10, 50, 149, 150, 151, 160, 239];
const values = Float64Array.from({ length: 240 }, (_, i) => ((i * i * 7_919) % 101) / 10 + (i >= 150 ? 30 : 0));

describe('against a second implementation', () => {
  test.each(deviationNames.map((name, k) => ({ name, k })))('$name is the same', ({ name, k }) => {
    const stream = startDeviations(values[0] ?? NaN);
    const deviations = new Float64Array(deviationNames.length);
    const found = Array.from(values, (value) => {
      nextDeviations(stream, value, 0, deviations);
      return deviations[k] ?? NaN;
    });
    instants.forEach((at, each) => expect(found[at]).toBeCloseTo(golden[name][each] ?? NaN, 7));
  });

  test('evidence is the same', () => {
    expect(findPeriod(values)).toBe(0);
    const { evidence } = alertEvidence(values);
    instants.forEach((at, each) => expect(evidence[at]).toBeCloseTo(golden.evidence[each] ?? NaN, 6));
  });
});

test('a season is taken off the levels but not off the jumps', () => {
  const season = (i: number) => 5 * Math.sin(i / 4);
  const stream = startDeviations(season(0));
  const deviations = new Float64Array(deviationNames.length);
  for (let i = 0; i < 100; i++) {
    nextDeviations(stream, season(i), season(i), deviations);
  }
  expect(deviations[0]).toBeCloseTo(season(99) - season(98), 12);
  expect([deviations[2], deviations[3], deviations[5]].map((each) => each?.toFixed(12))).toEqual(
    ['0', '0', '0'].map((each) => Number(each).toFixed(12))
  );
});

test('evidence does not look ahead, and follows neither the unit nor its zero', () => {
  const known = alertEvidence(values.subarray(0, 170)).evidence;
  expect(alertEvidence(values).evidence.subarray(0, 170)).toEqual(known);
  // Whole numbers: tenths are rounded differently in another unit, and equal sizes then rank as different ones.
  const counts = values.subarray(0, 170).map((value) => Math.round(10 * value));
  const other = alertEvidence(counts.map((value) => value * 64 + 1_024)).evidence;
  alertEvidence(counts).evidence.forEach((each, i) => expect(other[i]).toBeCloseTo(each, 6));
});
