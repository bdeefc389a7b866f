import { z } from 'zod';
import { LabelSet } from './forecast.ts';

export const CapacityState = z.enum(['rising', 'flat', 'falling', 'crossed', 'unknown']);
export type CapacityState = z.infer<typeof CapacityState>;

/** When a series will cross its limit; sorted by it, the page's table. */
export const CapacityRow = z.object({
  job: z.string(),
  seriesId: z.string(),
  labels: LabelSet,
  unit: z.string().nullable(),
  now: z.number().nullable(),
  limit: z.number(),
  side: z.enum(['above', 'below']),
  state: CapacityState,
  /** Median crossing; null when none is claimed. */
  etaMs: z.number().nullable(),
  /** 80 % range of the crossing; the later end is null when it lies beyond what can be said. */
  etaLowMs: z.number().nullable(),
  etaHighMs: z.number().nullable(),
  /** Probability of a crossing within the job's `warn`, or before the instant that was asked for, 0..1. */
  probability: z.number().nullable(),
  warnMs: z.number(),
  growthPerDay: z.number().nullable(),
  lastResetAtMs: z.number().nullable(),
  /** Daily values of the recent past, oldest first, for the sparkline. */
  trend: z.array(z.object({ timeMs: z.number(), value: z.number() })),
  /** One English sentence: why this, or why nothing is claimed. */
  reason: z.string(),
  estimatedAtMs: z.number(),
});
export type CapacityRow = z.infer<typeof CapacityRow>;

/** Probability of a crossing before an instant that a person asks for. */
export const CapacityQuery = z.object({
  job: z.string().max(63).optional(),
  before: z.coerce.number().int().min(0).optional(),
});
