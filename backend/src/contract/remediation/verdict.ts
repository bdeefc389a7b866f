import { z } from 'zod';

/** What a guardrail says of one plan at one instant, with its numbers. */
export const GuardVerdict = z.object({
  /** G1..G27. */
  guard: z.string(),
  /** Stable name, such as cooldown: the key of translations. */
  name: z.string(),
  /** `wait`: not now, but soon; asked again. */
  outcome: z.enum(['pass', 'refuse', 'wait']),
  /** One sentence for a person. */
  detail: z.string(),
  numbers: z.record(z.string(), z.union([z.number(), z.string()])),
});
export type GuardVerdict = z.infer<typeof GuardVerdict>;
