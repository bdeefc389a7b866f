import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findBudget, noBudget, nothingSpent, spend, spentLog, thresholdOf, type BudgetRule } from './budget.ts';

const stepMs = 300_000;
const stepsPerWeek = 2_016;
const rule: BudgetRule = {
  band: { levelPercent: 95, direction: 'both', atLeast: undefined, range: undefined },
  hysteresis: { open: { count: 2, of: 3 }, close: { count: 3, of: 3 }, stepMs },
  retrainMs: 12 * 3_600_000,
};

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

const budgetOf = (heights: readonly number[], steps?: number) => {
  const { history, band } = pastOf(heights, steps);
  return findBudget(history, band, rule);
};

describe('what a past says', () => {
  test('each excursion counts once, by how far enough of its values reached', () => {
    const { peaks, weeks } = budgetOf([2, 4, 3]);
    expect(weeks).toBeCloseTo(1, 6);
    expect(peaks).toHaveLength(3);
    // the band has adapted a little between them
    expect(peaks[0]).toBeGreaterThan(3.5);
    expect(peaks[2]).toBeLessThan(2.5);
  });

  test('a single value far out is no excursion', () => {
    const { history, band } = pastOf([]);
    history.values[100] = 50;
    expect(findBudget(history, band, rule).peaks).toEqual([]);
  });

  test('where there was no forecast there was no week', () => {
    const { history, band } = pastOf([3]);
    expect(findBudget(history, { ...band, startMs: 10 * stepsPerWeek * stepMs }, rule)).toEqual(noBudget);
  });
});

describe('the threshold', () => {
  test('lets as many of the past excursions through as alerts are wanted', () => {
    const peaks = [8, 6, 4, 3, 2];
    const told = (alertsPerWeek: number) => {
      const threshold = thresholdOf({ peaks, weeks: 1 }, alertsPerWeek);
      return peaks.filter((peak) => peak > threshold * (1 - 1e-9)).length;
    };
    expect([1, 2, 3, 4].map(told)).toEqual([1, 2, 3, 4]);
  });

  test('is the edge of the band when the past was calmer than asked for', () => {
    expect(thresholdOf({ peaks: [5], weeks: 1 }, 2)).toBe(1);
    expect(thresholdOf(noBudget, 1)).toBe(1);
  });

  test('goes beyond what a short past has seen', () => {
    expect(thresholdOf({ peaks: [3, 2, 1.5], weeks: 0.2 }, 0.5)).toBeGreaterThan(3);
  });

  const budgets = fc.record({
    peaks: fc
      .array(fc.double({ min: 1.001, max: 1_000, noNaN: true }), { maxLength: 50 })
      .map((peaks) => peaks.sort((a, b) => b - a)),
    weeks: fc.double({ min: 0, max: 8, noNaN: true }),
  });
  const rates = fc.double({ min: 0.01, max: 168, noNaN: true });

  test('is between the edge of the band and ten times as far, whatever the past', () => {
    fc.assert(
      fc.property(budgets, rates, (budget, rate) => {
        const threshold = thresholdOf(budget, rate);
        expect(threshold >= 1 && threshold <= 10).toBe(true);
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

  test('raises the threshold by half for each alert, until the budget allows the next one', () => {
    const once = spend(nothingSpent, weekMs, 1);
    expect(Math.exp(spentLog(once, weekMs, 1))).toBeCloseTo(1.5, 9);
    expect(Math.exp(spentLog(spend(once, weekMs, 1), weekMs, 1))).toBeCloseTo(2.25, 9);
    expect(spentLog(once, 2 * weekMs, 1)).toBeCloseTo(0, 9);
  });

  test('never makes a threshold lower, also when the clock goes back', () => {
    expect(spentLog(nothingSpent, 9 * weekMs, 5)).toBe(0);
    expect(spentLog(spend(nothingSpent, 3 * weekMs, 1), 2 * weekMs, 1)).toBeCloseTo(Math.log(1.5), 9);
  });
});
