import { DateTime } from 'luxon';
import type { Alert, Detection } from '../detection/detect.ts';
import { formatDurationMs } from '../contract/duration.ts';
import { lastMs, type RegularSeries } from '../timeseries/series.ts';
import type { DetectOptions } from './detect-options.ts';
import type { History } from './history.ts';
import { alignColumns, formatNumber } from './print-forecast.ts';
import { zoneName } from './tables/times.ts';

const weekMs = 7 * 86_400_000;
const hourMs = 3_600_000;

/** One history with what was found in it. */
export interface Detected {
  readonly history: History;
  /** The history on its grid. */
  readonly series: RegularSeries;
  readonly detection: Detection;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** What was found, as a person reads it in a terminal. */
export function detectionText({ history, series, detection }: Detected, options: DetectOptions): string {
  const { alerts } = detection;
  const spanMs = series.values.length === 0 ? 0 : lastMs(series) - series.startMs + series.stepMs;
  const span = formatDurationMs(spanMs >= hourMs ? Math.round(spanMs / hourMs) * hourMs : spanMs);
  const title = history.unit === undefined || history.unit === '' ? history.name : `${history.name} (${history.unit})`;
  const count = alerts.length === 1 ? '1 anomaly' : `${alerts.length} anomalies`;
  const rate = spanMs < weekMs ? '' : `, ${formatNumber((alerts.length * weekMs) / spanMs)} a week`;
  const form = options.form === 'offline' ? 'judged by the whole series' : 'each value judged by what came before it';
  const head = `${title}: ${count} in ${span}${rate} (asked for: ${formatNumber(options.alertsPerWeek)} a week), ${form}\n`;
  return alerts.length === 0 ? head : `${head}\n${alertTable(alerts, options.timeZone)}`;
}

function alertTable(alerts: readonly Alert[], timeZone: string): string {
  const time = (ms: number) => DateTime.fromMillis(ms, { zone: zoneName(timeZone) }).toFormat('yyyy-MM-dd HH:mm');
  const rows = alerts.map((alert) => [
    time(alert.startMs),
    time(alert.endMs),
    alert.peakScore.toFixed(2),
    alert.direction,
    `${formatNumber(alert.peakValue)} (expected ${formatNumber(alert.expectedAtPeak)})`,
  ]);
  const table = alignColumns([[`start (${timeZone})`, 'end', 'score', 'direction', 'peak'], ...rows]);
  const lines = table.trimEnd().split('\n');
  // The reason last and left-aligned: it is a sentence.
  return `${lines.map((line, i) => `${line}  ${i === 0 ? 'reason' : (alerts[i - 1]?.reason ?? '')}`).join('\n')}\n`;
}

/** Scores of all steps and the anomalies, as JSON. */
export function detectionJson({ history, series, detection }: Detected, options: DetectOptions): string {
  const { name, unit, facts } = history;
  return `${JSON.stringify({
    name,
    unit: unit ?? null,
    understood: facts.map(([fact, text]) => `${fact}: ${text}`),
    form: options.form,
    alertsPerWeek: options.alertsPerWeek,
    start: iso(series.startMs),
    stepSeconds: series.stepMs / 1000,
    scores: Array.from(detection.scores, (score) => (Number.isFinite(score) ? score : null)),
    anomalies: detection.alerts.map((alert) => ({
      start: iso(alert.startMs),
      end: iso(alert.endMs),
      score: alert.peakScore,
      direction: alert.direction,
      peak: iso(alert.peakMs),
      value: alert.peakValue,
      expected: alert.expectedAtPeak,
      reason: alert.reason,
    })),
  })}\n`;
}

/** The anomalies, a line each. */
export function detectionCsv({ detection }: Detected): string {
  const rows = detection.alerts.map((alert) =>
    [
      iso(alert.startMs),
      iso(alert.endMs),
      alert.peakScore,
      alert.direction,
      iso(alert.peakMs),
      alert.peakValue,
      alert.expectedAtPeak,
      `"${alert.reason.replaceAll('"', '""')}"`,
    ].join(',')
  );
  return `${['start,end,score,direction,peak,value,expected,reason', ...rows].join('\n')}\n`;
}
