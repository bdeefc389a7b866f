import { z } from 'zod';
import { PanelRef } from './detect.ts';

/** A panel of a dashboard whose expression is the job's query. */
export const OverlayTarget = z.object({
  panel: PanelRef,
  dashboardUid: z.string(),
  dashboardTitle: z.string(),
  panelId: z.number().int(),
  panelTitle: z.string(),
  /** How well the panel's query matches: the same text, the same after normalising, or the same metric and labels. */
  match: z.enum(['same', 'equivalent', 'similar']),
  expression: z.string(),
  provisioned: z.boolean(),
  url: z.string(),
  chosen: z.boolean(),
});
export type OverlayTarget = z.infer<typeof OverlayTarget>;

export const OverlayTargets = z.object({
  items: z.array(OverlayTarget),
  indexedAtMs: z.number().nullable(),
  dashboards: z.number().int(),
  /** Why the index is not complete; null when it is. */
  error: z.string().nullable(),
});
export type OverlayTargets = z.infer<typeof OverlayTargets>;

/** Adds band and forecast of a job to one panel by one edit of its dashboard, or takes them away again. */
export const OverlayEditRequest = z.strictObject({
  dashboardUid: z.string().min(1).max(60),
  panelId: z.number().int().min(1),
  job: z.string().min(1).max(63),
});
export type OverlayEditRequest = z.output<typeof OverlayEditRequest>;
export const OverlayEdit = z.object({
  dashboardUid: z.string(),
  panelId: z.number().int(),
  state: z.enum(['added', 'removed', 'unchanged']),
  version: z.number().int(),
  url: z.string(),
});
export type OverlayEdit = z.infer<typeof OverlayEdit>;

/** Alert rules that say the same as a job's alerts, for those who prefer rules. */
export const AlertRuleFormat = z.enum(['prometheus', 'mimir', 'grafana']);
export type AlertRuleFormat = z.infer<typeof AlertRuleFormat>;
export const AlertRulesQuery = z.object({ format: AlertRuleFormat.default('prometheus') });
