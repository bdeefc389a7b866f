import { z } from 'zod';
import {
  Fit,
  JobForecast,
  JobListQuery,
  JobSeries,
  JobSpec,
  JobSummary,
  PageQuery,
  pageOf,
} from '../../contract/index.ts';
import { AppError } from '../../errors.ts';
import { actorOf, route } from '../route.ts';
import { jsonLimitBytes, readDeadlineMs, sourceDeadlineMs, sourceErrors } from './limits.ts';

const JobPath = z.object({ name: JobSpec.shape.name });
const SeriesPath = JobPath.extend({ id: z.string().min(1).max(200) });
const maxRangeMs = 366 * 86_400_000;

const Instant = z.coerce.number({ error: 'expected epoch milliseconds' }).int().min(0);
const RangeQuery = z
  .object({ from: Instant, to: Instant })
  .refine((range) => range.from < range.to, { error: 'expected from before to', path: ['from'] })
  .refine((range) => range.to - range.from <= maxRangeMs, { error: 'expected at most 366 days', path: ['to'] });

const reads = { grant: 'insights:read', deadlineMs: readDeadlineMs, bodyLimitBytes: 0 } as const;

const listJobs = route({
  ...reads,
  method: 'get',
  path: '/jobs',
  summary: 'Lists jobs by name; filters by text and state',
  query: JobListQuery,
  success: { status: 200, description: 'A page of jobs', schema: pageOf(JobSummary) },
  errors: [],
  handle: async (api, call) => ({ kind: 'json', body: await api.jobs.list(call.query) }),
});

const createJob = route({
  method: 'post',
  path: '/jobs',
  summary: 'Creates a job after running its query once; its first training starts at once',
  grant: 'models:write',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: jsonLimitBytes,
  body: JobSpec,
  success: { status: 201, description: 'The new job; Location has its address', schema: JobSummary },
  errors: ['conflict', ...sourceErrors],
  async handle(api, call) {
    const body = await api.jobs.create(call.body, actorOf(call), call.signal);
    return { kind: 'json', body, headers: { Location: `/api/v1/jobs/${body.spec.name}` } };
  },
});

const getJob = route({
  ...reads,
  method: 'get',
  path: '/jobs/:name',
  summary: 'One job',
  params: JobPath,
  success: { status: 200, description: 'The job', schema: JobSummary },
  errors: ['not_found'],
  handle: async (api, call) => ({ kind: 'json', body: await api.jobs.get(call.params.name) }),
});

const updateJob = route({
  method: 'put',
  path: '/jobs/:name',
  summary: 'Replaces what a job is; the name stays',
  grant: 'models:write',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: jsonLimitBytes,
  params: JobPath,
  body: JobSpec,
  success: { status: 200, description: 'The job as it is now', schema: JobSummary },
  errors: ['not_found', 'read_only', ...sourceErrors],
  async handle(api, call) {
    const { name } = call.params;
    if (call.body.name !== name) {
      const message = `expected ${name}: a job keeps its name; create another one instead`;
      throw new AppError('invalid_request', `body.name: ${message}`, {
        context: { issues: [{ path: 'body.name', message }] },
      });
    }
    return { kind: 'json', body: await api.jobs.update(name, call.body, actorOf(call), call.signal) };
  },
});

const removeJob = route({
  method: 'delete',
  path: '/jobs/:name',
  summary: 'Deletes a job with its trainings and bands',
  grant: 'models:write',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: JobPath,
  success: { status: 204, description: 'It is gone' },
  errors: ['not_found', 'read_only'],
  async handle(api, call) {
    await api.jobs.remove(call.params.name, actorOf(call));
    return { kind: 'empty' };
  },
});

const retrainJob = route({
  method: 'post',
  path: '/jobs/:name/retrain',
  summary: 'Queues a training now; events tell how it goes',
  grant: 'models:write',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: JobPath,
  success: { status: 202, description: 'The job, its training queued', schema: JobSummary },
  errors: ['not_found', 'busy'],
  handle: async (api, call) => ({ kind: 'json', body: await api.jobs.retrain(call.params.name, actorOf(call)) }),
});

const listSeries = route({
  ...reads,
  method: 'get',
  path: '/jobs/:name/series',
  summary: 'The series of a job',
  params: JobPath,
  query: PageQuery,
  success: { status: 200, description: 'A page of series', schema: pageOf(JobSeries) },
  errors: ['not_found'],
  handle: async (api, call) => ({ kind: 'json', body: await api.jobs.series(call.params.name, call.query) }),
});

const getForecast = route({
  method: 'get',
  path: '/jobs/:name/series/:id/forecast',
  summary: 'Observed values, band, anomalies and back-test of one series in a range of time',
  grant: 'insights:read',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: 0,
  params: SeriesPath,
  query: RangeQuery,
  success: { status: 200, description: 'What its page draws', schema: JobForecast },
  errors: ['not_found'],
  async handle(api, call) {
    const { from, to } = call.query;
    const range = { fromMs: from, toMs: to };
    const body = await api.jobs.forecast(call.params.name, call.params.id, range, call.signal);
    return { kind: 'json', body };
  },
});

const listFits = route({
  ...reads,
  method: 'get',
  path: '/jobs/:name/fits',
  summary: 'The trainings of a job, newest first',
  params: JobPath,
  query: PageQuery,
  success: { status: 200, description: 'A page of trainings', schema: pageOf(Fit) },
  errors: ['not_found'],
  handle: async (api, call) => ({ kind: 'json', body: await api.jobs.fits(call.params.name, call.query) }),
});

export const jobRoutes = [
  listJobs,
  createJob,
  getJob,
  updateJob,
  removeJob,
  retrainJob,
  listSeries,
  getForecast,
  listFits,
];
