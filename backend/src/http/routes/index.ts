import type { Route } from '../route.ts';
import { eventRoutes } from './events.ts';
import { jobRoutes } from './jobs.ts';
import { previewRoutes } from './previews.ts';
import { statusRoutes } from './status.ts';

/** Every operation under /api/v1; `jobs/preview` before `jobs/:name`, because the first match wins. */
export const routes: readonly Route[] = [...statusRoutes, ...previewRoutes, ...jobRoutes, ...eventRoutes];
