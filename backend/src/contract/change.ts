import { z } from 'zod';
import { DurationText } from './duration.ts';
import { LabelSet } from './forecast.ts';

/** A deploy or another change: widens the band of the series whose labels it names, for a bounded time. */
export const ChangeRequest = z.strictObject({
  title: z.string().min(1).max(200),
  /** Labels of the changed service; series that have all of them are widened. */
  labels: LabelSet.refine((labels) => Object.keys(labels).length > 0, {
    error: 'expected at least one label, such as {"service": "checkout"}: a change without one would widen everything',
  }),
  atMs: z.number().int().min(0).optional(),
  widenFor: DurationText.default('30m').meta({ description: 'How long the band is wider; at most 6h' }),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
});
export type ChangeRequest = z.output<typeof ChangeRequest>;

export const ChangeRecord = z.object({
  id: z.string(),
  title: z.string(),
  labels: LabelSet,
  atMs: z.number(),
  widenUntilMs: z.number(),
  source: z.enum(['api', 'grafana']),
  by: z.string(),
  url: z.string().nullable(),
});
export type ChangeRecord = z.infer<typeof ChangeRecord>;

export const ChangeListQuery = z.object({
  from: z.coerce.number().int().min(0).optional(),
  to: z.coerce.number().int().min(0).optional(),
});
