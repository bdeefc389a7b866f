import type { Check, Row, Target } from './report.ts';
import type { UnitCache } from './unit-cache.ts';

export interface BenchOptions {
  readonly dataDir: string;
  readonly seed: number;
  /** Only the first so many series of each set: for a quick look; the result is not stored. */
  readonly series: number | undefined;
  /** Only one part of the suite: for a quick look; the result is not stored. */
  readonly part: string | undefined;
}

export interface BenchContext extends BenchOptions {
  /** A line for the person who waits. */
  say(text: string): void;
  /** Counts `total` pieces of work; each `tick` is one done. Tells about the time left every few seconds. */
  track(label: string, total: number): { tick(): void };
  /**
   * Results that outlive the process, so that a suite that was stopped goes on where it was.
   * @param name e.g. the suite's
   * @param sources files and folders of this repository whose code makes the results: when one changes, all are made anew
   */
  openCache(name: string, sources: readonly string[]): UnitCache;
}

export interface Measurement {
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
}

export interface Suite {
  /** Whether what is scored has seen the whole series, or only what lies before each point that is judged. */
  readonly view: 'offline' | 'causal' | 'offline and causal';
  /**
   * Known figures recomputed by the suite's own protocol, always over all series: they are printed first, and nothing of
   * ours is measured when one is off.
   */
  checks(context: BenchContext): Promise<readonly Check[]>;
  measure(context: BenchContext): Promise<Measurement>;
}
