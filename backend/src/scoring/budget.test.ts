import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findBudget, noBudget, nothingSpent, raiseAt, spend, thresholdOf } from './budget.ts';
import type { ExcursionRule } from './excursions.ts';

const stepMs = 300_000;
const stepsPerWeek = 2_016;
const rule: ExcursionRule = {
  band: { levelPercent: 95, direction: 'both', atLeast: undefined, range: undefined },
  hysteresis: { open: { count: 2, of: 3 }, close: { count: 3, of: 3 }, stepMs },
  retrainMs: 12 * 3_600_000,
};

/** Reproducible, in 0..1. */
function noise(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

/** A band of 0 ± 1 over values that are 0 but for excursions of three steps, each at its own height. */
function pastOf(heights: readonly number[], steps = stepsPerWeek) {
  const values = new Float64Array(steps);
  heights.forEach((height, i) => values.fill(height, 50 + i * 100, 53 + i * 100));
  const line = (value: number) => new Float32Array(steps).fill(value);
  const band = {
    startMs: 0,
    stepMs,
    expected: line(0),
    levels: [{ levelPercent: 95, lower: line(-1), upper: line(1) }],
  };
  return { history: { startMs: 0, stepMs, values }, band };
}

const budgetOf = (heights: readonly number[], evidence?: Float64Array) =>
  findBudget({ ...pastOf(heights), evidence }, rule);

/** Strength of an excursion that reaches so many times as far as the edge. */
const nats = (reach: number) => 20 * Math.log(reach);

describe('what a past says', () => {
  test('each excursion counts once, by how far enough of its values reached', () => {
    const { peaks, weeks } = budgetOf([2, 4, 3]);
    expect(weeks).toBeCloseTo(1, 6);
    expect(peaks).toHaveLength(3);
    // the band has adapted a little between them
    expect(peaks[0]).toBeGreaterThan(nats(3.5));
    expect(peaks[2]).toBeLessThan(nats(2.5));
  });

  test('what was unlike its past was stronger, and how unlike is what is usual', () => {
    const evidence = new Float64Array(stepsPerWeek);
    evidence.set([9, 3, 3], 150);
    const odd = budgetOf([2, 2, 2], evidence);
    const plain = budgetOf([2, 2, 2]);
    expect(odd.peaks[0]).toBeCloseTo((plain.peaks[1] ?? NaN) + 9, 2);
    // two excursions of 16 are believed in beforehand
    expect([odd.usualEvidence, plain.usualEvidence]).toEqual([41 / 5, 32 / 5]);
  });

  test('a single value far out is no excursion', () => {
    const { history, band } = pastOf([]);
    history.values[100] = 50;
    expect(findBudget({ history, band, evidence: undefined }, rule).peaks).toEqual([]);
  });

  test('where there was no forecast there was no week', () => {
    const { history, band } = pastOf([3]);
    const later = { ...band, startMs: 10 * stepsPerWeek * stepMs };
    expect(findBudget({ history, band: later, evidence: undefined }, rule)).toEqual(noBudget);
  });
});

describe('the threshold', () => {
  test('lets as many of the past excursions through as alerts are wanted', () => {
    const peaks = [8, 6, 4, 3, 2];
    const told = (alertsPerWeek: number) => {
      const threshold = thresholdOf({ peaks, weeks: 1 }, alertsPerWeek);
      return peaks.filter((peak) => peak > threshold - 1e-9).length;
    };
    expect([1, 2, 3, 4].map(told)).toEqual([1, 2, 3, 4]);
  });

  test('is the edge of the band when the past was calmer than asked for', () => {
    expect(thresholdOf({ peaks: [5], weeks: 1 }, 2)).toBe(0);
    expect(thresholdOf({ peaks: [], weeks: 2 }, 1)).toBe(0);
  });

  test('asks for much where nothing or an hour is known, and for less the longer all was quiet', () => {
    const hour = 1 / 168;
    const quietFor = (weeks: number) => thresholdOf({ peaks: [], weeks }, 1);
    expect(quietFor(0)).toBeGreaterThan(nats(10));
    expect(quietFor(hour)).toBeCloseTo(8 * Math.log(168), 9);
    expect(quietFor(24 * hour)).toBeLessThan(quietFor(hour) / 2);
  });

  test('of an hour of a calm series is seldom passed in the next ones', () => {
    // excursions of a series come at random, twice an hour, with an exponential tail of 8 nats
    const next = noise(11);
    const hours = Array.from({ length: 400 }, () =>
      Array.from({ length: 40 }, () => (next() < 0.05 ? -8 * Math.log(1 - next()) : 0)).filter((peak) => peak > 0)
    );
    const passed = hours.filter((peaks, i) => {
      const threshold = thresholdOf({ peaks: [...peaks].sort((a, b) => b - a), weeks: 1 / 168 }, 1);
      return (hours[(i + 1) % hours.length] ?? []).some((peak) => peak > threshold);
    });
    // with two an hour and 1 in 168 asked for, no more than a few of 400 may pass
    expect(passed.length).toBeLessThan(12);
  });

  test('goes beyond what a short past has seen', () => {
    expect(thresholdOf({ peaks: [30, 20, 15], weeks: 0.2 }, 0.5)).toBeGreaterThan(30);
  });

  const budgets = fc.record({
    peaks: fc
      .array(fc.double({ min: 0.001, max: 200, noNaN: true }), { maxLength: 50 })
      .map((peaks) => peaks.sort((a, b) => b - a)),
    weeks: fc.double({ min: 0, max: 8, noNaN: true }),
  });
  const rates = fc.double({ min: 0.01, max: 168, noNaN: true });

  test('is between the edge of the band and what is always told, whatever the past', () => {
    fc.assert(
      fc.property(budgets, rates, (budget, rate) => {
        const threshold = thresholdOf(budget, rate);
        expect(threshold >= 0 && threshold <= 80).toBe(true);
      })
    );
  });

  test('is never higher for more alerts', () => {
    fc.assert(
      fc.property(budgets, rates, rates, (budget, a, b) => {
        const [fewer, more] = [Math.min(a, b), Math.max(a, b)];
        expect(thresholdOf(budget, more)).toBeLessThanOrEqual(thresholdOf(budget, fewer) + 1e-9);
      })
    );
  });
});

describe('what was told of late', () => {
  const weekMs = stepsPerWeek * stepMs;

  test('raises the threshold for each alert, until the budget allows the next one', () => {
    const once = spend(nothingSpent, weekMs, 1);
    expect(raiseAt(once, weekMs, 1)).toBe(8);
    expect(raiseAt(spend(once, weekMs, 1), weekMs, 1)).toBe(16);
    expect(raiseAt(once, 1.5 * weekMs, 1)).toBeCloseTo(4, 9);
    expect(raiseAt(once, 2 * weekMs, 1)).toBe(0);
  });

  test('never makes a threshold lower, also when the clock goes back', () => {
    expect(raiseAt(nothingSpent, 9 * weekMs, 5)).toBe(0);
    expect(raiseAt(spend(nothingSpent, 3 * weekMs, 1), 2 * weekMs, 1)).toBe(8);
  });
});
