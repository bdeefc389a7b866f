import { dashboardJson, sourceVariable } from './dashboard.ts';
import {
  facade,
  instantTarget,
  linesPanel,
  rangeTarget,
  rowPanel,
  source,
  statPanel,
  thresholds,
  type Panel,
} from './panel.ts';

const self = 'job="aiops"';

function presentPanels(): Panel[] {
  const place = (column: number) => ({ x: column * 4, y: 0, w: 4, h: 4 });
  const stat = (column: number, title: string, expr: string, defaults: object) =>
    statPanel(title, place(column), instantTarget('A', source, expr, title), defaults);
  const upOrDown = {
    mappings: [
      { type: 'value', options: { '0': { text: 'down', color: 'red' }, '1': { text: 'up', color: 'green' } } },
    ],
  };
  return [
    stat(0, 'Backend', `min(up{${self}})`, upOrDown),
    stat(1, 'Fresh jobs', 'sum(aiops_jobs{state="fresh"})', {}),
    stat(2, 'Failing jobs', 'sum(aiops_jobs{state="failing"})', { thresholds: thresholds([1, 'red']) }),
    stat(3, 'Series', 'sum(aiops_series)', {}),
    stat(4, 'Oldest forecast', 'max(aiops_bands_age_seconds)', {
      unit: 's',
      thresholds: thresholds([46_800, 'orange'], [93_600, 'red']),
    }),
    insideTheBand(place(5)),
  ];
}

/** Share of the last week's observed values that were inside of the 95 % band: the mean of a 0/1 series. */
function insideTheBand(gridPos: Panel['gridPos']): Panel {
  const inside = rangeTarget('A', facade, 'avg(anomaly_score <= bool 1)', 'inside');
  const stat = statPanel('Inside the 95 % band, 7 days', gridPos, inside, { unit: 'percentunit', decimals: 1 });
  return {
    ...stat,
    timeFrom: '7d',
    options: { ...stat.options, reduceOptions: { calcs: ['mean'], fields: '', values: false } },
  };
}

function graphs(): Panel[] {
  const place = (column: number, row: number) => ({ x: column * 8, y: 5 + row * 8, w: 8, h: 8 });
  const graph = (at: Panel['gridPos'], title: string, query: readonly [string, string], unit: string) =>
    linesPanel(title, at, [rangeTarget('A', source, ...query)], { unit });
  return [
    graph(place(0, 0), 'Jobs by state', ['sum by (state) (aiops_jobs)', '{{state}}'], 'short'),
    graph(place(1, 0), 'Age of forecasts', ['aiops_bands_age_seconds', '{{exported_job}}'], 's'),
    graph(place(2, 0), 'Trainings waiting', ['sum(aiops_training_queue_length)', 'waiting'], 'short'),
    graph(
      place(0, 1),
      'Queries to sources',
      ['sum by (source, outcome) (rate(aiops_source_queries_total[$__rate_interval]))', '{{source}}: {{outcome}}'],
      'reqps'
    ),
    graph(
      place(1, 1),
      'Time of a query to a source, p95',
      [
        'histogram_quantile(0.95, sum by (le, source) (rate(aiops_source_query_duration_seconds_bucket[$__rate_interval])))',
        '{{source}}',
      ],
      's'
    ),
    graph(
      place(2, 1),
      'Time of a training, p95',
      [
        'histogram_quantile(0.95, sum by (le) (rate(aiops_training_duration_seconds_bucket[$__rate_interval])))',
        'one series',
      ],
      's'
    ),
    graph(
      place(0, 2),
      'Time of a request, p95',
      [
        'histogram_quantile(0.95, sum by (le, route) (rate(aiops_http_request_duration_seconds_bucket[$__rate_interval])))',
        '{{route}}',
      ],
      's'
    ),
    graph(place(1, 2), 'Memory', [`aiops_process_resident_memory_bytes{${self}}`, 'resident'], 'bytes'),
    graph(place(2, 2), 'Event loop delay, p99', [`aiops_nodejs_eventloop_lag_p99_seconds{${self}}`, 'p99'], 's'),
  ];
}

/** Live scoring and what becomes of it. */
function detectionGraphs(): Panel[] {
  const place = (column: number, row: number) => ({ x: column * 8, y: 30 + row * 8, w: 8, h: 8 });
  const graph = (at: Panel['gridPos'], title: string, query: readonly [string, string], unit: string) =>
    linesPanel(title, at, [rangeTarget('A', source, ...query)], { unit });
  return [
    graph(
      place(0, 0),
      'Detection delay, p95',
      ['histogram_quantile(0.95, sum by (le) (rate(aiops_detection_delay_seconds_bucket[$__rate_interval])))', 'p95'],
      's'
    ),
    graph(
      place(1, 0),
      'Jobs scored in time',
      ['sum(aiops_scored_jobs{state="fresh"}) / sum(aiops_scored_jobs)', 'share'],
      'percentunit'
    ),
    graph(
      place(2, 0),
      'Time of a tick, p95',
      ['histogram_quantile(0.95, sum by (le) (rate(aiops_tick_duration_seconds_bucket[$__rate_interval])))', 'one job'],
      's'
    ),
    graph(
      place(0, 1),
      'Written samples',
      ['sum by (writer) (rate(aiops_written_samples_total[$__rate_interval]))', '{{writer}}'],
      'short'
    ),
    linesPanel(
      'Refused and given up samples',
      place(1, 1),
      [
        rangeTarget(
          'A',
          source,
          'sum by (writer, reason) (rate(aiops_rejected_samples_total[$__rate_interval]))',
          '{{writer}} refused: {{reason}}'
        ),
        rangeTarget(
          'B',
          source,
          'sum by (writer, reason) (rate(aiops_dropped_samples_total[$__rate_interval]))',
          '{{writer}} given up: {{reason}}'
        ),
      ],
      { unit: 'short' }
    ),
    graph(
      place(2, 1),
      'Age of what waits',
      ['max by (receiver) (aiops_receiver_queue_age_seconds)', '{{receiver}}'],
      's'
    ),
    graph(
      place(0, 2),
      'Alerts sent',
      ['sum by (receiver, state) (rate(aiops_alerts_sent_total[$__rate_interval]))', '{{receiver}}: {{state}}'],
      'short'
    ),
    graph(
      place(1, 2),
      'Alerts not taken',
      ['sum by (receiver) (rate(aiops_alerts_failed_total[$__rate_interval]))', '{{receiver}}'],
      'short'
    ),
    graph(place(2, 2), 'Anomalies that last', ['sum(aiops_anomalies_open)', 'open'], 'short'),
  ];
}

function detectionStats(): Panel[] {
  const place = (column: number) => ({ x: column * 8, y: 54, w: 8, h: 4 });
  const stat = (column: number, title: string, expr: string, defaults: object) =>
    statPanel(title, place(column), instantTarget('A', source, expr, title), defaults);
  const share = { unit: 'percentunit', decimals: 0 };
  return [
    stat(
      0,
      'Real among judged anomalies',
      'sum(aiops_judged_anomalies{verdict="real"}) / sum(aiops_judged_anomalies)',
      share
    ),
    stat(1, 'Judged anomalies', 'sum(aiops_judged_anomalies)', {}),
    stat(2, 'Receivers that take results', 'sum(aiops_receiver_working) / count(aiops_receiver_working)', share),
  ];
}

/** *AIOps health*: is the backend up, are forecasts fresh and bands honest, what does it cost. */
export function healthDashboard(): object {
  return dashboardJson({
    uid: 'aiops-health',
    title: 'AIOps health',
    description: 'Is the product itself well: jobs, freshness, measured coverage, sources, cost, scoring, deliveries.',
    time: { from: 'now-6h', to: 'now' },
    variables: [sourceVariable],
    panels: [
      ...presentPanels(),
      rowPanel('Over time', 4),
      ...graphs(),
      rowPanel('Detection', 29),
      ...detectionGraphs(),
      ...detectionStats(),
    ],
  });
}
