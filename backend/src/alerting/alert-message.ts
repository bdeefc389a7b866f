import type { AnomalyRecord } from '../contract/anomaly.ts';
import type { AlertSpec } from '../contract/detect.ts';
import type { JobSpec } from '../contract/job.ts';

/** What a person finds under an anomaly's address. */
export type UrlOf = (anomaly: AnomalyRecord) => string | undefined;

/** One entry of `POST /api/v2/alerts`. @see https://prometheus.io/docs/alerting/latest/alerts_api/ */
export interface AlertMessage {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** Labels that say what an alert of ours is; series and jobs can't set them. */
const alertName = 'AIOpsAnomaly';
const origin = 'aiops';

/**
 * The identity of an anomaly's alert: nothing in it changes while it lasts, so that it is one alert from start to end.
 * Labels of the series keep their names as far as Alertmanager takes them; those that we set ourselves become `exported_…`.
 */
export function alertLabels(anomaly: AnomalyRecord, alert: AlertSpec): Readonly<Record<string, string>> {
  const own = {
    alertname: alertName,
    origin,
    job_name: anomaly.job,
    kind: anomaly.kind,
    severity: alert.severity,
  };
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(anomaly.labels)) {
    const legal = name === '__name__' ? 'source_metric' : name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
    if (value !== '') {
      labels[Object.hasOwn(own, legal) ? `exported_${legal}` : legal] = value;
    }
  }
  return { ...labels, ...alert.labels, ...own };
}

/** Alerts with the same key are one alert to Alertmanager. */
export function alertKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param endsAtMs in the future while it fires: when nothing more comes, Alertmanager ends it then by itself */
export function alertMessage(
  anomaly: AnomalyRecord,
  job: JobSpec & { readonly alert: AlertSpec },
  endsAtMs: number,
  urlOf: UrlOf
): AlertMessage {
  const url = urlOf(anomaly);
  return {
    labels: alertLabels(anomaly, job.alert),
    annotations: { ...annotationsOf(anomaly, job, url), ...job.alert.annotations },
    startsAt: new Date(anomaly.startedAtMs).toISOString(),
    // one before its start is refused
    endsAt: new Date(Math.max(endsAtMs, anomaly.startedAtMs + 1)).toISOString(),
    ...(url === undefined ? {} : { generatorURL: url }),
  };
}

/** Numbers are here and not in the labels: they change while it lasts. */
function annotationsOf(anomaly: AnomalyRecord, job: JobSpec, url: string | undefined): Record<string, string> {
  const { evidence, peakScore, peakValue, expectedAtPeak } = anomaly;
  const title = typeof job.title === 'object' ? job.title.en : (job.title ?? job.name);
  const numbers = { score: peakScore, value: peakValue, expected: expectedAtPeak };
  return {
    summary: `${title}: ${summaryOf(anomaly)}`,
    ...(evidence.length === 0 ? {} : { description: evidence.map(({ text }) => text).join(' ') }),
    ...Object.fromEntries(
      Object.entries(numbers).flatMap(([name, number]) =>
        number === null ? [] : [[name, String(Number(number.toPrecision(6)))]]
      )
    ),
    ...(url === undefined ? {} : { runbook_url: url }),
  };
}

const words = {
  band: 'left its band',
  'level-shift': 'changed its level',
  outlier: 'is not like its peers',
  joint: 'behaves unusually together',
  silence: 'sends nothing',
  flat: 'does not move any more',
  capacity: 'is about to cross its limit',
} as const satisfies Record<AnomalyRecord['kind'], string>;

function summaryOf({ kind, direction, labels }: AnomalyRecord): string {
  const pairs = Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .map(([name, value]) => `${name}=${value}`);
  const subject = pairs.length === 0 ? 'the series' : pairs.join(', ');
  const side = kind === 'band' && direction !== null ? ` and is ${direction} it` : '';
  return `${subject} ${words[kind]}${side}`;
}
