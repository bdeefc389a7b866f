import { describe, expect, test } from '@jest/globals';
import { jestCounts, playwrightCounts, settledCounts, sumCounts } from '../support/test-counts.ts';

const jestReport = {
  numPassedTests: 7,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  numRuntimeErrorTestSuites: 1,
};

describe('the numbers that npm test ends with', () => {
  test('a test file that could not be loaded counts as failed', () => {
    expect(jestCounts(jestReport)).toEqual({ passed: 7, failed: 2, skipped: 3 });
  });

  test('an error outside of a journey counts as failed', () => {
    const report = { stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 0 }, errors: [{ message: 'no server' }] };
    expect(playwrightCounts(report)).toEqual({ passed: 4, failed: 2, skipped: 0 });
  });

  test('a check without a report is one test that follows the exit code', () => {
    expect(settledCounts(undefined, 0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(settledCounts(undefined, 2)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(settledCounts(undefined, null)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test('a program that ends badly is never green, whatever its report says', () => {
    expect(settledCounts({ passed: 5, failed: 0, skipped: 0 }, 1)).toEqual({ passed: 5, failed: 1, skipped: 0 });
    expect(settledCounts({ passed: 5, failed: 2, skipped: 0 }, 1).failed).toBe(2);
  });

  test('a report of another shape is refused', () => {
    expect(() => jestCounts({ passed: 1 })).toThrow();
  });

  test('stages are added up', () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    expect(sumCounts([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
  });
});
