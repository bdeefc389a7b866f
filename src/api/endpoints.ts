import type {
  JobPreviewRequest,
  JobSpecInput,
  JobState,
  PreviewRequestInput,
} from '../../backend/src/contract/index.ts';
import type { z } from 'zod';

/** A call to the backend, before the proxy's address is put in front. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without a leading slash: `api/v1/status`. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
}

export interface JobListFilter {
  readonly search: string;
  readonly state: JobState | 'all';
  readonly cursor?: string;
}

const pageSize = 100;
const job = (name: string) => `api/v1/jobs/${encodeURIComponent(name)}`;

function listParams({ search, state, cursor }: JobListFilter): Record<string, string | number> {
  return {
    limit: pageSize,
    ...(search === '' ? {} : { search }),
    ...(state === 'all' ? {} : { state }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** Every request of the plugin. plugin.json has a route for each of them, which a test proves. */
export const endpoints = {
  status: (): ApiRequest => ({ method: 'GET', path: 'api/v1/status' }),
  sources: (): ApiRequest => ({ method: 'GET', path: 'api/v1/sources' }),
  checkSource: (name: string): ApiRequest => ({
    method: 'POST',
    path: `api/v1/sources/${encodeURIComponent(name)}/check`,
  }),
  previewForecast: (body: PreviewRequestInput): ApiRequest => ({
    method: 'POST',
    path: 'api/v1/forecasts/preview',
    body,
  }),
  listJobs: (filter: JobListFilter): ApiRequest => ({
    method: 'GET',
    path: 'api/v1/jobs',
    params: listParams(filter),
  }),
  getJob: (name: string): ApiRequest => ({ method: 'GET', path: job(name) }),
  jobSeries: (name: string): ApiRequest => ({
    method: 'GET',
    path: `${job(name)}/series`,
    params: { limit: pageSize },
  }),
  jobFits: (name: string): ApiRequest => ({ method: 'GET', path: `${job(name)}/fits`, params: { limit: 50 } }),
  jobForecast: (name: string, seriesId: string, range: { fromMs: number; toMs: number }): ApiRequest => ({
    method: 'GET',
    path: `${job(name)}/series/${encodeURIComponent(seriesId)}/forecast`,
    params: { from: range.fromMs, to: range.toMs },
  }),
  previewJob: (body: z.input<typeof JobPreviewRequest>): ApiRequest => ({
    method: 'POST',
    path: 'api/v1/jobs/preview',
    body,
  }),
  createJob: (spec: JobSpecInput): ApiRequest => ({ method: 'POST', path: 'api/v1/jobs', body: spec }),
  updateJob: (name: string, spec: JobSpecInput): ApiRequest => ({ method: 'PUT', path: job(name), body: spec }),
  deleteJob: (name: string): ApiRequest => ({ method: 'DELETE', path: job(name) }),
  retrainJob: (name: string): ApiRequest => ({ method: 'POST', path: `${job(name)}/retrain` }),
  events: (): ApiRequest => ({ method: 'GET', path: 'api/v1/events' }),
} as const;
