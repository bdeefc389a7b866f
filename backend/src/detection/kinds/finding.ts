import type { Evidence } from '../../contract/anomaly.ts';
import { formatDurationMs } from '../../contract/duration.ts';

/** What a kind of detection says about a sample when there is something to say. */
export interface Finding {
  /** `closed`: what was found is over, and the evidence says how it ended. */
  readonly phase: 'open' | 'closed';
  /** First abnormal instant; it stays the same from the opening to the close. */
  readonly startMs: number;
  /** Last abnormal instant of what is over. */
  readonly endMs?: number;
  readonly direction: 'above' | 'below' | null;
  /** 1 at the edge of what is normal, at most `largestScore`. */
  readonly score: number;
  readonly evidence: readonly Evidence[];
}

/** Scores end here: what has no spread of its own would be infinitely far off. */
export const largestScore = 1000;

/** A score that is finite and at least 0 whatever it was made of. */
export function boundedScore(score: number): number {
  return Number.isNaN(score) ? 0 : Math.min(largestScore, Math.max(0, score));
}

/** A number as people read it: four significant digits. */
export function figure(value: number): string {
  const text = Number(value.toPrecision(4));
  return Math.abs(text) >= 1e6 || (text !== 0 && Math.abs(text) < 1e-4) ? text.toExponential() : String(text);
}

/** A duration as people read it: its two largest units. */
export function roundedDuration(ms: number): string {
  const day = 86_400_000;
  const grain = ms >= day ? 3_600_000 : ms >= 3_600_000 ? 60_000 : ms >= 1_000 ? 1_000 : 1;
  return formatDurationMs(Math.round(ms / grain) * grain);
}
