import { z } from 'zod';
import { LabelSet } from './forecast.ts';

/** One row of the panel AIOps alerts: from Alertmanager, from Grafana's alerting, or an anomaly of ours. */
export const AlertRow = z.object({
  /** Stable over readings: source and fingerprint. */
  id: z.string(),
  source: z.enum(['alertmanager', 'grafana', 'aiops']),
  name: z.string(),
  state: z.enum(['firing', 'pending', 'suppressed', 'resolved']),
  severity: z.string().nullable(),
  labels: LabelSet,
  summary: z.string(),
  startedAtMs: z.number(),
  updatedAtMs: z.number(),
  score: z.number().nullable(),
  /** Newest scores, oldest first. */
  scores: z.array(z.number().nullable()),
  anomalyId: z.string().nullable(),
  job: z.string().nullable(),
  silencedBy: z.array(z.string()),
  runbookUrl: z.string().nullable(),
  generatorUrl: z.string().nullable(),
});
export type AlertRow = z.infer<typeof AlertRow>;

export const AlertRows = z.object({
  items: z.array(AlertRow),
  /** Sources that did not answer, with the cause: rows of the others are shown. */
  errors: z.array(z.object({ source: z.string(), message: z.string() })),
});
export type AlertRows = z.infer<typeof AlertRows>;
