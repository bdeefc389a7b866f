import { z } from 'zod';
import { AnomalyRecord } from '../contract/anomaly.ts';
import type { Draft, Peak } from './anomaly-book.ts';
import type { Hysteresis } from './hysteresis.ts';

/** What the next tick of a job goes on from beside its cursor: only what is not simply quiet. */
export interface JobState {
  readonly series: ReadonlyArray<{
    readonly id: string;
    readonly state: Hysteresis | undefined;
    readonly peak: Peak | undefined;
  }>;
  /** Anomalies that the store does not hold as open: not told yet, or over and able to come back. */
  readonly drafts: ReadonlyArray<Pick<Draft, 'anomaly' | 'told'>>;
  /** Counts of what is about a set of series, by the kind and the set. */
  readonly groups: Readonly<Record<string, Hysteresis>>;
}

export const noJobState: JobState = { series: [], drafts: [], groups: {} };

const version = 2;
const times = z.array(z.number());
const StoredHysteresis = z.object({
  phase: z.enum(['quiet', 'open', 'damped']),
  recent: times,
  timesMs: times,
  evidence: times,
  lastMs: z.number(),
  startMs: z.number(),
  lastOutsideMs: z.number(),
  heldSteps: z.number(),
  patience: z.number(),
  flaps: z.number(),
});
const StoredPeak = z.object({ score: z.number(), timeMs: z.number(), value: z.number(), expected: z.number() });
const StoredState = z.object({
  version: z.literal(version),
  series: z.array(
    z.object({
      id: z.string(),
      state: StoredHysteresis.optional(),
      peak: StoredPeak.optional(),
    })
  ),
  drafts: z.array(
    z.object({
      anomaly: AnomalyRecord.omit({ state: true, verdict: true, levelDecision: true, panels: true, deliveries: true }),
      told: z.boolean(),
    })
  ),
  groups: z.record(z.string(), StoredHysteresis),
});

/** As one binary column. */
export function encodeJobState(state: JobState): Uint8Array {
  return Buffer.from(JSON.stringify({ version, ...state }));
}

/** A state that this version did not write is as good as none: what lasts is among the anomalies. */
export function decodeJobState(stored: Uint8Array): JobState {
  const parsed = stored.length === 0 ? undefined : StoredState.safeParse(JSON.parse(Buffer.from(stored).toString()));
  return parsed?.data === undefined
    ? noJobState
    : {
        ...parsed.data,
        series: parsed.data.series.map(({ id, state, peak }) => ({ id, state, peak })),
      };
}
