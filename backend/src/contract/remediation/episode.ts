import { z } from 'zod';
import { PageQuery } from '../api.ts';
import { LabelSet } from '../forecast.ts';

export const EpisodeClose = z.enum([
  /** The source said so. */
  'resolved',
  /** The source said so, but for want of data, a pause or a change of the rule. */
  'unknown',
  /** The same alert began anew without a resolve in between. */
  'refired',
  /** Nothing was heard for the length of the lease and the source no longer has it. */
  'lease',
]);
export type EpisodeClose = z.infer<typeof EpisodeClose>;

/** One continuous outage of one alert identity. */
export const Episode = z.object({
  id: z.string(),
  /** Name of the webhook, or `aiops` for detections of our own. */
  source: z.string(),
  sourceKind: z.enum(['alertmanager', 'grafana', 'generic', 'aiops']),
  tenant: z.string(),
  fingerprint: z.string(),
  alertname: z.string(),
  labels: LabelSet,
  annotations: LabelSet,
  generatorUrl: z.string().nullable(),
  startsAtMs: z.number(),
  openedAtMs: z.number(),
  /** Newest message that it still fires. */
  seenAtMs: z.number(),
  closedAtMs: z.number().nullable(),
  closeReason: EpisodeClose.nullable(),
  /** Times that it began anew within the flap window. */
  flaps: z.number().int(),
  /** Messages about it, resends included. */
  deliveries: z.number().int(),
  /** Why it says nothing of the thing it watches: NoData, Error, DatasourceError; null for a real one. */
  absence: z.string().nullable(),
});
export type Episode = z.infer<typeof Episode>;

export const EpisodeListQuery = PageQuery.extend({
  state: z.enum(['open', 'closed']).optional(),
  search: z.string().max(200).optional(),
  from: z.coerce.number().int().min(0).optional(),
});
export type EpisodeListQuery = z.output<typeof EpisodeListQuery>;

/** What a webhook answers once the body is stored. */
export const DeliveryReceipt = z.object({ delivery: z.number().int(), alerts: z.number().int() });
export type DeliveryReceipt = z.infer<typeof DeliveryReceipt>;
