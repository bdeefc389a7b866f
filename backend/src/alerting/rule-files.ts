import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { parseCountOf, type AlertSpec } from '../contract/detect.ts';
import { formatDurationMs, parseDurationMs } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job.ts';
import type { AlertRuleFormat } from '../contract/overlay.ts';

/** Grafana takes no interval that is not a multiple of this. */
const grafanaIntervalMs = 10_000;
const defaultAlert: AlertSpec = { severity: 'warning', labels: {}, annotations: {} };

interface Rule {
  readonly name: string;
  readonly expr: string;
  readonly stepMs: number;
  /** How long it must be abnormal to open, and normal to close. */
  readonly forMs: number;
  readonly keepFiringMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * A file of alert rules over the scores of jobs, for those who prefer rules to alerts sent by the backend: it opens after as
 * many abnormal values as the job asks for and closes after as many normal ones. A rule knows nothing of the job's budget of
 * alerts, of verdicts and calendars.
 * @param dataSourceUid Grafana's data source of the forecasts; used by its format only
 */
export function alertRuleFile(jobs: readonly JobSpec[], format: AlertRuleFormat, dataSourceUid = 'aiops'): string {
  const rules = jobs.map(ruleOf);
  switch (format) {
    case 'prometheus':
      return stringify({ groups: rules.map(prometheusGroup) });
    case 'mimir':
      // as mimirtool loads it
      return stringify({ namespace: 'aiops', groups: rules.map(prometheusGroup) });
    case 'grafana':
      return stringify({ apiVersion: 1, groups: rules.map((rule) => grafanaGroup(rule, dataSourceUid)) });
  }
}

function ruleOf(job: JobSpec): Rule {
  const stepMs = parseDurationMs(job.step) ?? 60_000;
  const alert = job.alert === 'none' ? defaultAlert : job.alert;
  const title = typeof job.title === 'object' ? job.title.en : (job.title ?? job.name);
  const counted = (text: string) => (parseCountOf(text)?.count ?? 1) * stepMs;
  return {
    name: job.name,
    expr: `anomaly_score{for="${job.name}"} > 1`,
    stepMs,
    // the first abnormal value counts too
    forMs: counted(job.open) - stepMs,
    keepFiringMs: counted(job.close),
    labels: { ...alert.labels, severity: alert.severity, origin: 'aiops', job_name: job.name },
    annotations: {
      summary: `${title} left its band`,
      description: 'The score is {{ printf "%.2f" SCORE }}: 1 is the edge of the band.',
      ...alert.annotations,
    },
  };
}

function withScore(annotations: Rule['annotations'], score: string): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).map(([name, text]) => [name, text.replace('SCORE', score)]));
}

function prometheusGroup(rule: Rule): object {
  return {
    name: `aiops-${rule.name}`,
    interval: formatDurationMs(rule.stepMs),
    rules: [
      {
        alert: 'AIOpsAnomaly',
        expr: rule.expr,
        for: formatDurationMs(rule.forMs),
        keep_firing_for: formatDurationMs(rule.keepFiringMs),
        labels: rule.labels,
        annotations: withScore(rule.annotations, '$value'),
      },
    ],
  };
}

/** A dollar sign in a title or a label of Grafana's files begins the name of a variable. */
function withoutVariables(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function grafanaGroup(rule: Rule, datasourceUid: string): object {
  const intervalMs = Math.max(grafanaIntervalMs, Math.ceil(rule.stepMs / grafanaIntervalMs) * grafanaIntervalMs);
  const labels = Object.entries(rule.labels).map(([name, value]) => [name, withoutVariables(value)]);
  return {
    orgId: 1,
    name: `aiops-${rule.name}`,
    folder: 'AIOps',
    interval: formatDurationMs(intervalMs),
    rules: [
      {
        uid: grafanaUid(rule.name),
        title: `AIOpsAnomaly ${rule.name}`,
        condition: 'C',
        for: formatDurationMs(rule.forMs),
        keepFiringFor: formatDurationMs(rule.keepFiringMs),
        // what is no longer scored says nothing about the service
        noDataState: 'OK',
        execErrState: 'OK',
        data: grafanaQueries(rule, datasourceUid),
        labels: Object.fromEntries(labels),
        annotations: withScore(rule.annotations, '$values.A.Value'),
      },
    ],
  };
}

/** Grafana takes 40 characters: a longer name is cut and told apart by a digest. */
function grafanaUid(job: string): string {
  const uid = `aiops-${job}`;
  return uid.length <= 40 ? uid : `${uid.slice(0, 31)}-${createHash('sha256').update(job).digest('hex').slice(0, 8)}`;
}

function grafanaQueries(rule: Rule, datasourceUid: string): readonly object[] {
  const scores = rule.expr.replace(/ > 1$/, '');
  const conditions = [{ evaluator: { type: 'gt', params: [1] } }];
  return [
    {
      refId: 'A',
      datasourceUid,
      relativeTimeRange: { from: 600, to: 0 },
      model: { refId: 'A', expr: scores, instant: true, range: false },
    },
    {
      refId: 'C',
      datasourceUid: '__expr__',
      model: { refId: 'C', type: 'threshold', expression: 'A', conditions },
    },
  ];
}
