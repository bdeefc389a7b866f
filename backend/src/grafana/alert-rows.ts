import { z } from 'zod';
import { alertMessage, type UrlOf } from '../alerting/alert-message.ts';
import type { AlertRow } from '../contract/alert.ts';
import type { AnomalyRecord } from '../contract/anomaly.ts';
import { AlertSpec } from '../contract/detect.ts';
import type { JobSpec } from '../contract/job.ts';

const Labels = z.record(z.string(), z.string());

/** `GET /api/v2/alerts`, of Alertmanager and of Grafana's own. */
export const ActiveAlerts = z.array(
  z.object({
    fingerprint: z.string(),
    labels: Labels,
    annotations: Labels.default({}),
    startsAt: z.string(),
    updatedAt: z.string().optional(),
    generatorURL: z.string().optional(),
    status: z.object({ state: z.string(), silencedBy: z.array(z.string()).default([]) }),
  })
);
export type ActiveAlert = z.output<typeof ActiveAlerts>[number];

/** `GET /api/prometheus/grafana/api/v1/rules`: where instances that wait for their time are. */
export const GrafanaRules = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            uid: z.string().optional(),
            alerts: z
              .array(
                z.object({
                  labels: Labels,
                  annotations: Labels.default({}),
                  state: z.string(),
                  activeAt: z.string().nullish(),
                })
              )
              .nullish(),
          })
        ),
      })
    ),
  }),
});

const ownOrigin = 'aiops';
const defaultAlert = AlertSpec.parse({});

/** Rows of alerts that a server has; `id` tells alerts of two sources apart. */
export function alertRowOf(alert: ActiveAlert, source: 'alertmanager' | 'grafana'): AlertRow {
  const { annotations, status } = alert;
  const labels = publicLabels(alert.labels);
  const isOwn = labels['origin'] === ownOrigin;
  const startedAtMs = instantOf(alert.startsAt) ?? 0;
  return {
    id: `${source}:${alert.fingerprint}`,
    source: isOwn ? 'aiops' : source,
    name: nameOf(labels),
    state: stateOf(status.state),
    severity: labels['severity'] ?? null,
    labels,
    summary: summaryOf(annotations, labels),
    startedAtMs,
    updatedAtMs: instantOf(alert.updatedAt) ?? startedAtMs,
    score: isOwn ? finite(annotations['score']) : null,
    scores: [],
    anomalyId: isOwn ? anomalyIdOf(alert) : null,
    job: isOwn ? (labels['job_name'] ?? null) : null,
    silencedBy: status.silencedBy,
    runbookUrl: webUrl(annotations['runbook_url']),
    generatorUrl: webUrl(alert.generatorURL),
  };
}

/** Instances of Grafana's rules that are abnormal but do not fire yet: its list of alerts does not have them. */
export function pendingRows(rules: z.output<typeof GrafanaRules>): readonly AlertRow[] {
  return rules.data.groups
    .flatMap(({ rules: ofGroup }) => ofGroup)
    .flatMap(({ uid = '', alerts }) => (alerts ?? []).map((instance) => ({ uid, ...instance })))
    .filter(({ state }) => state.startsWith('Pending'))
    .map(({ uid, annotations, activeAt, labels: all }) => {
      const labels = publicLabels(all);
      const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const startedAtMs = instantOf(activeAt) ?? 0;
      return {
        ...{ id: `grafana:${uid}:${JSON.stringify(pairs)}`, source: 'grafana', name: nameOf(labels), state: 'pending' },
        ...{ severity: labels['severity'] ?? null, labels, summary: summaryOf(annotations, labels) },
        ...{ startedAtMs, updatedAtMs: startedAtMs, score: null, scores: [], anomalyId: null, job: null },
        ...{ silencedBy: [], runbookUrl: webUrl(annotations['runbook_url']), generatorUrl: null },
      } satisfies AlertRow;
    });
}

/** The row of an anomaly of ours, named as its alert is. */
export function anomalyRow(anomaly: AnomalyRecord, job: JobSpec, urlOf: UrlOf): AlertRow {
  const alert = job.alert === 'none' ? defaultAlert : job.alert;
  const message = alertMessage(anomaly, { ...job, alert }, anomaly.endedAtMs ?? anomaly.seenToMs, urlOf);
  const { labels, annotations } = message;
  const firing = anomaly.mutedBy === null ? 'firing' : 'suppressed';
  return {
    id: `aiops:${anomaly.id}`,
    source: 'aiops',
    name: nameOf(labels),
    state: anomaly.state === 'closed' ? 'resolved' : firing,
    severity: job.alert === 'none' ? null : alert.severity,
    labels,
    summary: summaryOf(annotations, labels),
    startedAtMs: anomaly.startedAtMs,
    updatedAtMs: anomaly.endedAtMs ?? anomaly.seenToMs,
    score: anomaly.score,
    scores: [],
    anomalyId: anomaly.id,
    job: anomaly.job,
    silencedBy: [],
    runbookUrl: webUrl(annotations['runbook_url']),
    generatorUrl: webUrl(message.generatorURL),
  };
}

const order: ReadonlyArray<AlertRow['state']> = ['firing', 'pending', 'suppressed', 'resolved'];

/**
 * One row for one alert: what several replicas have is one, and an anomaly of ours that came back from Alertmanager is
 * one, with our score and its silences. Firing first, then the newest.
 */
export function mergeRows(own: readonly AlertRow[], others: readonly AlertRow[]): readonly AlertRow[] {
  const distinct = [...Map.groupBy(others, ({ id }) => id).values()].map((replicas) => replicas.reduce(mergeReplicas));
  const merged = own.map((row) => distinct.filter((other) => isSame(row, other)).reduce(withSilences, row));
  const rest = distinct.filter((other) => !own.some((row) => isSame(row, other)));
  return [...merged, ...rest].toSorted(
    (a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.startedAtMs - a.startedAtMs || (a.id < b.id ? -1 : 1)
  );
}

function mergeReplicas(a: AlertRow, b: AlertRow): AlertRow {
  const [newer, older] = a.updatedAtMs >= b.updatedAtMs ? [a, b] : [b, a];
  // A replica that a silence has not reached yet is behind.
  const state = older.state === 'suppressed' ? 'suppressed' : newer.state;
  return { ...newer, state, silencedBy: [...new Set([...newer.silencedBy, ...older.silencedBy])] };
}

function isSame(own: AlertRow, other: AlertRow): boolean {
  if (other.source !== 'aiops') {
    return false;
  }
  return other.anomalyId === null
    ? own.startedAtMs === other.startedAtMs &&
        own.job === other.job &&
        Object.entries(own.labels).every(([name, value]) => other.labels[name] === value)
    : own.anomalyId === other.anomalyId;
}

function withSilences(own: AlertRow, told: AlertRow): AlertRow {
  const isSilenced = own.state === 'firing' && told.state === 'suppressed';
  const silencedBy = [...new Set([...own.silencedBy, ...told.silencedBy])];
  return { ...own, state: isSilenced ? 'suppressed' : own.state, labels: told.labels, silencedBy };
}

function publicLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith('__')));
}

/** Grafana renames the alert of a rule without data; the rule's own name is what people know. */
function nameOf(labels: Readonly<Record<string, string>>): string {
  const { alertname = 'alert', rulename } = labels;
  return rulename !== undefined && alertname.startsWith('Datasource') ? `${rulename} (${alertname})` : alertname;
}

function summaryOf(annotations: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): string {
  return annotations['summary'] ?? annotations['description'] ?? annotations['message'] ?? nameOf(labels);
}

function stateOf(state: string): AlertRow['state'] {
  switch (state) {
    case 'suppressed':
      return 'suppressed';
    case 'unprocessed':
      return 'pending';
    default:
      return 'firing';
  }
}

/** Our alerts carry the address of their anomaly. */
function anomalyIdOf({ annotations, generatorURL }: ActiveAlert): string | null {
  const found = [generatorURL, annotations['runbook_url']].map((url) => /\/anomalies\/([^/?#]+)/.exec(url ?? '')?.[1]);
  const id = found.find((one) => one !== undefined);
  return id === undefined ? null : decodeSafely(id);
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Alertmanager takes `javascript:` for a URL; a link of ours does not. */
function webUrl(text: string | undefined): string | null {
  return text !== undefined && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : null;
}

function instantOf(text: string | null | undefined): number | undefined {
  const atMs = Date.parse(text ?? '');
  return Number.isNaN(atMs) ? undefined : atMs;
}

function finite(text: string | undefined): number | null {
  const value = Number(text ?? NaN);
  return Number.isFinite(value) ? value : null;
}
