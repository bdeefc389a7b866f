import { z } from 'zod';
import { alertRuleFile } from '../../alerting/rule-files.ts';
import { AlertRows, AlertRulesQuery, JobSpec } from '../../contract/index.ts';
import { route } from '../route.ts';
import { readDeadlineMs, sourceDeadlineMs } from './limits.ts';

const listAlerts = route({
  method: 'get',
  path: '/alerts',
  summary: "Alerts of Alertmanager and of Grafana's alerting, with the anomalies found here",
  grant: 'insights:read',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'Rows, and the places that did not answer', schema: AlertRows },
  errors: [],
  handle: async (api, call) => ({ kind: 'json', body: await api.alerts.read(call.signal) }),
});

const getAlertRules = route({
  method: 'get',
  path: '/jobs/:name/alert-rules',
  summary: "A job's alerts as a file of alert rules, for those who prefer rules",
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  params: z.object({ name: JobSpec.shape.name }),
  query: AlertRulesQuery,
  success: { status: 200, description: 'A YAML file', contentType: 'application/yaml', schema: z.string() },
  errors: ['not_found'],
  async handle(api, call) {
    const { spec } = await api.jobs.get(call.params.name);
    return { kind: 'text', contentType: 'application/yaml', text: alertRuleFile([spec], call.query.format) };
  },
});

export const alertRoutes = [listAlerts, getAlertRules];
