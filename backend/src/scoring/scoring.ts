/** What a tick came to. `held`: another engine scores the job. */
export interface TickReport {
  readonly job: string;
  readonly outcome: 'scored' | 'failed' | 'held';
  readonly seconds: number;
  readonly series: number;
  readonly steps: number;
  /** Newest instant that the tick scored; null when it scored none. */
  readonly scoredToMs: number | null;
}

/** How scoring a job is. */
export interface JobScoring {
  readonly job: string;
  readonly stepMs: number;
  /** Newest instant that was scored; null before the first tick. */
  readonly scoredToMs: number | null;
  readonly scoredAtMs: number | null;
  /** Why the latest tick failed; null when it did not. */
  readonly error: string | null;
  readonly series: number;
  readonly openAnomalies: number;
  /** Steps that were never scored since the start, because they lay too far back. */
  readonly skippedSteps: number;
}

/** Scores all trained jobs while their values come in. */
export interface Scoring {
  /** Begins to score; resolves at once. */
  start(): Promise<void>;
  /** Ends ticks that run, keeps what detectors remember, gives leases back. Safe to call twice. */
  stop(): Promise<void>;
  /** By job name. */
  status(): readonly JobScoring[];
}
