import { AlertRows } from '../../contract/index.ts';
import { route } from '../route.ts';
import { sourceDeadlineMs } from './limits.ts';

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

export const alertRoutes = [listAlerts];
