import { z } from 'zod';

/** How many tests of a stage passed, failed and were left out. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const JestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
});

const PlaywrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  errors: z.array(z.unknown()),
});

/** Counts of what `jest --json` wrote; a file that could not be run counts as one failed test. */
export function jestCounts(report: unknown): Counts {
  const r = JestReport.parse(report);
  return {
    passed: r.numPassedTests,
    failed: r.numFailedTests + r.numRuntimeErrorTestSuites,
    skipped: r.numPendingTests + r.numTodoTests,
  };
}

/** Counts of Playwright's JSON reporter; a test that passed only when repeated passed, an error outside tests failed. */
export function playwrightCounts(report: unknown): Counts {
  const { stats, errors } = PlaywrightReport.parse(report);
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  };
}

/**
 * The counts of a check: the report's, or one test for a program without one, made to agree with the exit code. A program
 * that failed with no failed test counts as one failed test: it must never look green.
 */
export function settledCounts(reported: Counts | undefined, exitCode: number | null): Counts {
  const counts = reported ?? { passed: exitCode === 0 ? 1 : 0, failed: 0, skipped: 0 };
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Sum over stages. */
export function sumCounts(all: readonly Counts[]): Counts {
  const add = (a: Counts, b: Counts): Counts => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  });
  return all.reduce(add, { passed: 0, failed: 0, skipped: 0 });
}
