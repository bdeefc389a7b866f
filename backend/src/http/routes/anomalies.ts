import { z } from 'zod';
import {
  AnomalyListQuery,
  AnomalyRecord,
  JobForecast,
  JudgedAnomaly,
  LevelDecisionRequest,
  VerdictPreview,
  VerdictPreviewRequest,
  VerdictRequest,
  pageOf,
} from '../../contract/index.ts';
import { actorOf, route } from '../route.ts';
import { previewDeadlineMs, readDeadlineMs, smallLimitBytes, sourceDeadlineMs, sourceErrors } from './limits.ts';

const AnomalyPath = z.object({ id: z.string().min(1).max(100) });

const listAnomalies = route({
  method: 'get',
  path: '/anomalies',
  summary: 'Anomalies that jobs found, newest first; filters by job, kind, state, verdict, time and text',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  query: AnomalyListQuery,
  success: { status: 200, description: 'A page of anomalies', schema: pageOf(AnomalyRecord) },
  errors: [],
  handle: async (api, call) => ({ kind: 'json', body: await api.anomalies.list(call.query) }),
});

const getAnomaly = route({
  method: 'get',
  path: '/anomalies/:id',
  summary: 'One anomaly with its evidence, and how it was told',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: AnomalyPath,
  success: { status: 200, description: 'The anomaly', schema: AnomalyRecord },
  errors: ['not_found'],
  handle: async (api, call) => ({ kind: 'json', body: await api.anomalies.get(call.params.id) }),
});

const getChart = route({
  method: 'get',
  path: '/anomalies/:id/chart',
  summary: 'Observed values and band of its series, from well before the anomaly to after it',
  grant: 'insights:read',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: 0,
  params: AnomalyPath,
  success: { status: 200, description: 'What its page draws', schema: JobForecast },
  errors: ['not_found'],
  handle: async (api, call) => ({ kind: 'json', body: await api.anomalies.chart(call.params.id, call.signal) }),
});

const previewVerdict = route({
  method: 'post',
  path: '/anomalies/:id/verdict-preview',
  summary: 'Which alerts of the last 30 days the change that a verdict suggests would remove or add; applies nothing',
  grant: 'insights:read',
  deadlineMs: previewDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  params: AnomalyPath,
  body: VerdictPreviewRequest,
  success: { status: 200, description: 'What would change', schema: VerdictPreview },
  errors: ['not_found', ...sourceErrors],
  async handle(api, call) {
    const body = await api.anomalies.previewVerdict(call.params.id, call.body.verdict, call.signal);
    return { kind: 'json', body };
  },
});

const judge = route({
  method: 'put',
  path: '/anomalies/:id/verdict',
  summary: 'Says what an anomaly was, or takes that back; with apply also changes the setting that the preview names',
  grant: 'models:write',
  deadlineMs: previewDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  params: AnomalyPath,
  body: VerdictRequest,
  success: { status: 200, description: 'The anomaly, and what became of the setting', schema: JudgedAnomaly },
  errors: ['not_found', ...sourceErrors],
  async handle(api, call) {
    const judged = { ...call.body, actor: actorOf(call) };
    return { kind: 'json', body: await api.anomalies.judge(call.params.id, judged, call.signal) };
  },
});

const decideLevel = route({
  method: 'put',
  path: '/anomalies/:id/level-decision',
  summary: 'Accepts a new level as normal, or rejects it: its values then leave the training data',
  grant: 'models:write',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: smallLimitBytes,
  params: AnomalyPath,
  body: LevelDecisionRequest,
  success: { status: 200, description: 'The anomaly as it is now', schema: AnomalyRecord },
  errors: ['not_found', 'conflict'],
  async handle(api, call) {
    const body = await api.anomalies.decideLevel(call.params.id, call.body.decision, actorOf(call));
    return { kind: 'json', body };
  },
});

export const anomalyRoutes = [listAnomalies, getAnomaly, getChart, previewVerdict, judge, decideLevel];
