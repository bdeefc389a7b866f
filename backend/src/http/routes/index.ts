import type { Route } from '../route.ts';
import { alertRoutes } from './alerts.ts';
import { anomalyRoutes } from './anomalies.ts';
import { calendarRoutes } from './calendars.ts';
import { capacityRoutes } from './capacity.ts';
import { changeRoutes } from './changes.ts';
import { eventRoutes } from './events.ts';
import { jobRoutes } from './jobs.ts';
import { overlayRoutes } from './overlays.ts';
import { policyRoutes } from './policies.ts';
import { previewRoutes } from './previews.ts';
import { remediationRoutes } from './remediation.ts';
import { auditRoutes, runRoutes } from './runs.ts';
import { statusRoutes } from './status.ts';

/** Every operation under /api/v1; `jobs/preview` before `jobs/:name`, because the first match wins. */
export const routes: readonly Route[] = [
  ...statusRoutes,
  ...previewRoutes,
  ...jobRoutes,
  ...anomalyRoutes,
  ...capacityRoutes,
  ...calendarRoutes,
  ...changeRoutes,
  ...alertRoutes,
  ...overlayRoutes,
  ...eventRoutes,
  ...remediationRoutes,
  ...policyRoutes,
  ...runRoutes,
  ...auditRoutes,
];
