import { runTags } from '../../../backend/src/grafana/run-annotations.ts';
import { dashboardJson, sourceVariable } from './dashboard.ts';
import {
  instantTarget,
  linesPanel,
  rangeTarget,
  rowPanel,
  source,
  statPanel,
  thresholds,
  type Panel,
} from './panel.ts';

const window = '[$__rate_interval]';

function presentPanels(): Panel[] {
  const place = (column: number) => ({ x: column * 4, y: 0, w: 4, h: 4 });
  const stat = (column: number, title: string, expr: string, defaults: object) =>
    statPanel(title, place(column), instantTarget('A', source, expr, title), defaults);
  const onOrOff = {
    mappings: [
      { type: 'value', options: { '0': { text: 'off', color: 'green' } } },
      { type: 'range', options: { from: 1, to: null, result: { text: 'ON', color: 'red' } } },
    ],
  };
  return [
    stat(0, 'Kill switches', 'sum(aiops_kill_switch)', onOrOff),
    stat(1, 'Alerts that fire', 'sum(aiops_episodes_open)', {}),
    stat(2, 'Waiting for approval', 'sum(aiops_approvals_pending)', { thresholds: thresholds([1, 'orange']) }),
    stat(3, 'Longest blocked target', 'max(aiops_lock_age_seconds{state="blocked"})', {
      unit: 's',
      thresholds: thresholds([1, 'orange'], [3_600, 'red']),
    }),
    stat(4, 'Oldest word not heard', 'max(aiops_outbox_age_seconds) or vector(0)', {
      unit: 's',
      thresholds: thresholds([120, 'orange'], [300, 'red']),
    }),
    stat(
      5,
      'Verified of what was run, 7 days',
      'sum(increase(aiops_runs_total{outcome="verified"}[7d])) / sum(increase(aiops_runs_total{outcome=~"verified|failed|unknown|inconclusive"}[7d]))',
      { unit: 'percentunit', decimals: 0 }
    ),
  ];
}

/** A quantile of one of the histograms, over the seen range of the panel. */
function quantile(share: number, metric: string): string {
  return `histogram_quantile(${share}, sum by (le) (rate(${metric}_bucket[1h])))`;
}

function times(): Panel[] {
  const place = (column: number) => ({ x: column * 8, y: 5, w: 8, h: 8 });
  const panel = (column: number, title: string, metric: string) =>
    linesPanel(
      title,
      place(column),
      [
        rangeTarget('A', source, quantile(0.5, metric), 'median'),
        rangeTarget('B', source, quantile(0.95, metric), 'p95'),
      ],
      { unit: 's' }
    );
  return [
    panel(0, 'Time to detect: outage to episode', 'aiops_mttd_seconds'),
    panel(1, 'Time to act: episode to run', 'aiops_mtta_seconds'),
    panel(2, 'Time to recover: outage to first healthy value', 'aiops_mttr_seconds'),
  ];
}

type Graph = readonly [title: string, expr: string, legend: string, unit: string];

function graphs(rows: readonly Graph[], y: number): Panel[] {
  return rows.map(([title, expr, legend, unit], i) =>
    linesPanel(
      title,
      { x: (i % 3) * 8, y: y + Math.floor(i / 3) * 8, w: 8, h: 8 },
      [rangeTarget('A', source, expr, legend)],
      { unit }
    )
  );
}

const decided: readonly Graph[] = [
  ['Runs by outcome', `sum by (outcome) (increase(aiops_runs_total${window}))`, '{{outcome}}', 'short'],
  [
    'What guards refused',
    `sum by (guard) (increase(aiops_verdicts_total{verdict="refuse"}${window}))`,
    '{{guard}}',
    'short',
  ],
  ['Circuit breakers: 0 closed, 1 half-open, 2 open', 'max by (policy) (aiops_breaker_state)', '{{policy}}', 'short'],
  ['Runs under way', 'sum by (state) (aiops_runs_open)', '{{state}}', 'short'],
  ['Time of a verification, p95', quantile(0.95, 'aiops_verification_seconds'), 'p95', 's'],
  ['Locked targets', 'max by (state) (aiops_lock_age_seconds)', '{{state}}', 's'],
];

const around: readonly Graph[] = [
  [
    'Messages of webhooks',
    `sum by (webhook, result) (rate(aiops_deliveries_total${window}))`,
    '{{webhook}}: {{result}}',
    'reqps',
  ],
  ['Words to people that wait', 'max by (contact) (aiops_outbox_age_seconds)', '{{contact}}', 's'],
  ['Entries of the audit', 'max(aiops_audit_entries)', 'entries', 'short'],
];

/** *Remediation*: what heals by itself, how fast, how often guards hold it back, and whether people are told. */
export function remediationDashboard(): object {
  return dashboardJson({
    uid: 'aiops-remediation',
    title: 'Remediation',
    description: 'What was healed and how fast, what guards refused, breakers, locks, approvals, and words to people.',
    time: { from: 'now-24h', to: 'now' },
    variables: [sourceVariable],
    annotationTags: runTags,
    panels: [
      ...presentPanels(),
      rowPanel('How fast', 4),
      ...times(),
      rowPanel('What was decided and done', 13),
      ...graphs(decided, 14),
      rowPanel('Around it', 30),
      ...graphs(around, 31),
    ],
  });
}
