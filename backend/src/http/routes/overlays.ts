import { z } from 'zod';
import { JobSpec, OverlayEdit, OverlayEditRequest, OverlayTargets } from '../../contract/index.ts';
import { AppError } from '../../errors.ts';
import type { Api, Overlays } from '../api.ts';
import { actorOf, route } from '../route.ts';
import { smallLimitBytes, sourceDeadlineMs } from './limits.ts';

const grafanaErrors = [
  'not_found',
  'conflict',
  'source_dns',
  'source_refused',
  'source_tls',
  'source_unauthorized',
  'source_not_found',
  'source_query_rejected',
  'source_too_large',
  'source_unavailable',
  'source_timeout',
] as const;

/** @throws AppError `conflict` when the backend may not speak to Grafana */
function overlaysOf({ overlays }: Api): Overlays {
  if (overlays === undefined) {
    const message =
      "The backend can't look into Grafana's dashboards: set grafana.tokenFile to a service account token in aiops.yaml.";
    throw new AppError('conflict', message);
  }
  return overlays;
}

const listTargets = route({
  method: 'get',
  path: '/jobs/:name/overlay-targets',
  summary: "Panels of Grafana's dashboards whose expression is the job's query",
  grant: 'insights:read',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: 0,
  params: z.object({ name: JobSpec.shape.name }),
  success: { status: 200, description: 'Panels, best match first', schema: OverlayTargets },
  errors: grafanaErrors,
  handle: async (api, call) => ({
    kind: 'json',
    body: await overlaysOf(api).targets(call.params.name, call.signal),
  }),
});

const addOverlay = route({
  method: 'post',
  path: '/overlays',
  summary: 'Adds band and forecast of a job to a panel by one edit of its dashboard, which can be taken back',
  grant: 'models:write',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: OverlayEditRequest,
  success: { status: 200, description: 'What was done', schema: OverlayEdit },
  errors: ['read_only', ...grafanaErrors],
  handle: async (api, call) => ({
    kind: 'json',
    body: await overlaysOf(api).add(call.body, actorOf(call), call.signal),
  }),
});

const removeOverlay = route({
  method: 'post',
  path: '/overlays/remove',
  summary: 'Takes band and forecast of a job away from a panel again',
  grant: 'models:write',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  body: OverlayEditRequest,
  success: { status: 200, description: 'What was done', schema: OverlayEdit },
  errors: ['read_only', ...grafanaErrors],
  handle: async (api, call) => ({
    kind: 'json',
    body: await overlaysOf(api).remove(call.body, actorOf(call), call.signal),
  }),
});

export const overlayRoutes = [listTargets, addOverlay, removeOverlay];
