import { JobPreview, JobPreviewRequest, Preview, PreviewRequest } from '../../contract/index.ts';
import { route } from '../route.ts';
import { jsonLimitBytes, previewDeadlineMs, previewLimitBytes, sourceErrors } from './limits.ts';

const previewJob = route({
  method: 'post',
  path: '/jobs/preview',
  summary: 'Forecasts one series of a job that is not saved; the backend reads its history',
  grant: 'insights:read',
  deadlineMs: previewDeadlineMs,
  bodyLimitBytes: jsonLimitBytes,
  body: JobPreviewRequest,
  success: { status: 200, description: 'Forecast, back-test and cost', schema: JobPreview },
  errors: [...sourceErrors, 'not_forecastable', 'fit_timeout', 'busy'],
  async handle(api, call) {
    return { kind: 'json', body: await api.jobs.previewJob(call.body.job, call.body.seriesIndex, call.signal) };
  },
});

const previewForecast = route({
  method: 'post',
  path: '/forecasts/preview',
  summary: "Forecasts a history that the caller sends, so that the caller's own data source rights hold",
  grant: 'insights:read',
  deadlineMs: previewDeadlineMs,
  bodyLimitBytes: previewLimitBytes,
  body: PreviewRequest,
  success: { status: 200, description: 'Forecast, anomalies in the history, back-test and cost', schema: Preview },
  errors: ['not_forecastable', 'fit_timeout', 'busy'],
  handle: async (api, call) => ({ kind: 'json', body: await api.jobs.preview(call.body, call.signal) }),
});

export const previewRoutes = [previewJob, previewForecast];
