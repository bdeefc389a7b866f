import { z } from 'zod';
import type { AlertRow } from '../contract/alert.ts';
import { HttpSource } from '../datasources/http-source.ts';
import type { SourceSettings } from '../datasources/source-settings.ts';
import { AppError } from '../errors.ts';
import type { GrafanaClient } from '../grafana/grafana-client.ts';
import type { AlertSource } from './alert-source.ts';

const maxBytes = 16_777_216;
const maxRows = 5_000;

const Texts = z.record(z.string(), z.string());
const Alerts = z.array(
  z.object({
    fingerprint: z.string(),
    labels: Texts,
    annotations: Texts,
    startsAt: z.iso.datetime({ offset: true }),
    updatedAt: z.iso.datetime({ offset: true }),
    generatorURL: z.string().optional(),
    status: z.object({
      state: z.enum(['active', 'suppressed', 'unprocessed']),
      silencedBy: z.array(z.string()),
      inhibitedBy: z.array(z.string()),
    }),
  })
);
type Alert = z.infer<typeof Alerts>[number];

const Rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            uid: z.string().optional(),
            alerts: z
              .array(
                z.object({
                  labels: Texts,
                  annotations: Texts.default({}),
                  state: z.string(),
                  activeAt: z.iso.datetime({ offset: true }),
                })
              )
              .nullish(),
          })
        ),
      })
    ),
  }),
});

/** How to reach an Alertmanager: the settings that results are sent with. */
export type AlertmanagerConnection = Pick<
  SourceSettings,
  'url' | 'bearerTokenFile' | 'basic' | 'tls' | 'headers' | 'timeoutMs'
>;

/** What fires at one Alertmanager. Replicas know the same alerts; each is read, so that one that is away hides nothing. */
export function alertmanagerAlerts(connection: AlertmanagerConnection): AlertSource & { stop(): Promise<void> } {
  const source = new HttpSource({ ...connection, name: 'alertmanager', kind: 'prometheus', delayMs: 0, maxBytes });
  return {
    name: `alertmanager ${new URL(connection.url).host}`,
    async read(signal) {
      const { status, body } = await source.ask({ method: 'GET', path: '/api/v2/alerts' }, signal);
      if (status !== 200) {
        const message = `${source.where}: /api/v2/alerts was answered ${status}; list the base address, without /api/v2`;
        throw new AppError('source_unavailable', message);
      }
      return rowsOf('alertmanager', parse(body, source.where));
    },
    stop: () => source.stop(),
  };
}

/** Instances of Grafana's rules that are abnormal but do not fire yet: its list of alerts has none of them. */
export function grafanaPending(client: GrafanaClient): AlertSource {
  return {
    name: 'grafana rules',
    async read(signal) {
      const call = { method: 'GET', path: 'api/prometheus/grafana/api/v1/rules' } as const;
      return pendingRows(await client.ask(call, Rules, signal)).slice(0, maxRows);
    },
  };
}

/** What fires in Grafana's own alerting. */
export function grafanaAlerts(client: GrafanaClient): AlertSource {
  return {
    name: 'grafana',
    async read(signal) {
      const call = { method: 'GET', path: 'api/alertmanager/grafana/api/v2/alerts' } as const;
      return rowsOf('grafana', await client.ask(call, Alerts, signal));
    },
  };
}

function parse(body: string, where: string): readonly Alert[] {
  try {
    return Alerts.parse(JSON.parse(body));
  } catch (cause) {
    const message = `${where}: /api/v2/alerts answered no list of alerts; check the address`;
    throw new AppError('source_unavailable', message, { cause });
  }
}

function rowsOf(source: 'alertmanager' | 'grafana', alerts: readonly Alert[]): AlertRow[] {
  return alerts.slice(0, maxRows).map((alert) => rowOf(source, alert));
}

function rowOf(source: 'alertmanager' | 'grafana', alert: Alert): AlertRow {
  const { labels, annotations, status } = alert;
  return {
    id: `${source}/${alert.fingerprint}`,
    source,
    name: nameOf(labels),
    state: status.state === 'suppressed' ? 'suppressed' : 'firing',
    severity: labels['severity'] ?? null,
    labels: publicLabels(labels),
    summary: annotations['summary'] ?? annotations['description'] ?? '',
    startedAtMs: Date.parse(alert.startsAt),
    updatedAtMs: Date.parse(alert.updatedAt),
    score: null,
    scores: [],
    anomalyId: null,
    job: null,
    silencedBy: [...status.silencedBy, ...status.inhibitedBy.map((id) => `inhibited by ${id}`)],
    runbookUrl: webUrl(annotations['runbook_url']),
    generatorUrl: webUrl(alert.generatorURL),
  };
}

/** The state of an instance is a text with a reason behind it, such as `Pending (NoData)`. */
function pendingRows({ data }: z.infer<typeof Rules>): AlertRow[] {
  return data.groups
    .flatMap(({ rules }) => rules)
    .flatMap(({ uid = '', alerts }) => (alerts ?? []).map((instance) => ({ uid, ...instance })))
    .filter(({ state }) => state.startsWith('Pending'))
    .map(({ uid, annotations, activeAt, ...instance }) => {
      const labels = publicLabels(instance.labels);
      const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
      const startedAtMs = Date.parse(activeAt);
      return {
        ...{ id: `grafana/${uid}/${key}`, source: 'grafana', name: nameOf(labels), state: 'pending', labels },
        ...{ severity: labels['severity'] ?? null, summary: annotations['summary'] ?? '', startedAtMs },
        ...{ updatedAtMs: startedAtMs, score: null, scores: [], anomalyId: null, job: null, silencedBy: [] },
        ...{ runbookUrl: webUrl(annotations['runbook_url']), generatorUrl: null },
      };
    });
}

/** Grafana renames the alert of a rule that gets no data; people know it by the rule's name. */
function nameOf({ alertname = 'alert', rulename }: Readonly<Record<string, string>>): string {
  return rulename !== undefined && alertname.startsWith('Datasource') ? `${rulename} (${alertname})` : alertname;
}

/** Alertmanager takes `javascript:…` for an address; a link in the interface must not be one. */
function webUrl(text: string | undefined): string | null {
  return text !== undefined && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : null;
}

/** Grafana's internal labels (`__…__`) say nothing to people. */
function publicLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !/^__.*__$/.test(name) || name === '__name__'));
}
