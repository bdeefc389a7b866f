import type { Check, Row, Target } from './report.ts';

export interface BenchOptions {
  readonly dataDir: string;
  readonly seed: number;
  /** Only the first so many series: for a quick look; the result is not stored. */
  readonly series: number | undefined;
  /** Only one part of the suite: for a quick look; the result is not stored. */
  readonly part: string | undefined;
}

export interface SuiteOutcome {
  readonly checks: readonly Check[];
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
}

export type Suite = (options: BenchOptions, progress: (text: string) => void) => Promise<SuiteOutcome>;
