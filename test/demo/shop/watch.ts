import { dashboardJson } from '../../support/dashboards/dashboard.ts';
import { linesPanel, rangeTarget } from '../../support/dashboards/panel.ts';

const seconds = 'http_server_request_duration_seconds';
const latencyQuery = `sum by (http_route) (rate(${seconds}_sum{job="shop"}[30s])) / sum by (http_route) (rate(${seconds}_count{job="shop"}[30s]))`;

export const shopDashboardUid = 'shop';
export const latencyPanelId = 1;
export const shopJobName = 'shop-latency-by-route';

/** A job that learns from the three hours that the demo back-fills, and looks every five seconds. */
export const shopJob = {
  name: shopJobName,
  title: { en: 'Shop latency by route', ko: '상점 경로별 지연 시간' },
  source: 'prometheus',
  query: latencyQuery,
  unit: 's',
  step: '5s',
  training: '2h',
  retrain: '30m',
  horizon: '15m',
  direction: 'above',
  range: { min: 0 },
  atLeast: { relative: '50%' },
  detect: ['band'],
  overlay: 'matching',
  alert: { severity: 'critical', labels: { team: 'shop' } },
};

/** A dashboard as a team has it: it asks Prometheus only and knows nothing of the product. */
export function shopDashboard(): object {
  const source = { type: 'prometheus', uid: 'prometheus' };
  const latency = latencyQuery.replaceAll(' / ', '\n  /\n');
  return {
    ...dashboardJson({
      uid: shopDashboardUid,
      title: 'Shop',
      description: "The team's own dashboard of the demo shop.",
      time: { from: 'now-30m', to: 'now' },
      variables: [],
      panels: [
        linesPanel(
          'Latency by route',
          { x: 0, y: 0, w: 24, h: 11 },
          [rangeTarget('A', source, latency, '{{http_route}}')],
          { unit: 's', min: 0 }
        ),
        linesPanel(
          'Requests per second',
          { x: 0, y: 11, w: 16, h: 8 },
          [rangeTarget('A', source, `sum by (http_route) (rate(${seconds}_count{job="shop"}[1m]))`, '{{http_route}}')],
          { unit: 'reqps', min: 0 }
        ),
        { type: 'alertlist', title: 'Alerts', gridPos: { x: 16, y: 11, w: 8, h: 8 }, options: {} },
      ],
    }),
    tags: ['shop'],
    refresh: '5s',
  };
}
