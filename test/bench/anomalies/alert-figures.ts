import { quantile } from '../statistics.ts';
import type { Span } from './vus-pr.ts';

/** What an operator saw of one series: counts that add up over series. */
export interface AlertCounts {
  readonly days: number;
  readonly events: number;
  readonly alerts: number;
  /** Events that some alert overlaps. */
  readonly found: number;
  /** Alerts that overlap no event. */
  readonly falseAlerts: number;
  /** From the start of each event that was found to its first firing point, minutes. */
  readonly delayMinutes: readonly number[];
}

export interface Firing {
  /** Runs of firing points in order of time. */
  readonly runs: readonly Span[];
  readonly stepMs: number;
  /** Points of the series. */
  readonly length: number;
}

const mergeMs = 5 * 60_000;
const dayMs = 86_400_000;

/**
 * An alert is a run of firing points; runs at most 5 minutes or one step apart are one alert. It is right when it overlaps
 * an event, and an event is found when an alert overlaps it. No event counts for more than one, however long it is.
 */
export function countAlerts({ runs, stepMs, length }: Firing, events: readonly Span[]): AlertCounts {
  const alerts = mergeClose(runs, Math.max(1, Math.floor(mergeMs / stepMs)));
  const delays = events.flatMap((event) => {
    const first = alerts.find((alert) => overlap(alert, event));
    return first === undefined ? [] : [(Math.max(0, first.from - event.from) * stepMs) / 60_000];
  });
  return {
    days: (length * stepMs) / dayMs,
    events: events.length,
    alerts: alerts.length,
    found: delays.length,
    falseAlerts: alerts.filter((alert) => !events.some((event) => overlap(alert, event))).length,
    delayMinutes: delays,
  };
}

function mergeClose(runs: readonly Span[], steps: number): Span[] {
  return runs.reduce<Span[]>((merged, run) => {
    const last = merged.at(-1);
    return last !== undefined && run.from - last.to <= steps
      ? [...merged.slice(0, -1), { from: last.from, to: Math.max(last.to, run.to) }]
      : [...merged, run];
  }, []);
}

function overlap(a: Span, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to;
}

/** Figures over all series together; 0 alerts have no precision, 0 events no recall: NaN. */
export interface AlertFigures {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly falseAlertsPerDay: number;
  readonly alertsPerWeek: number;
  readonly medianDelayMinutes: number;
}

export function alertFigures(counts: readonly AlertCounts[]): AlertFigures {
  const total = (of: (c: AlertCounts) => number) => counts.reduce((sum, c) => sum + of(c), 0);
  const alerts = total((c) => c.alerts);
  const precision = (alerts - total((c) => c.falseAlerts)) / alerts;
  const recall = total((c) => c.found) / total((c) => c.events);
  const days = total((c) => c.days);
  return {
    precision,
    recall,
    f1: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0,
    falseAlertsPerDay: total((c) => c.falseAlerts) / days,
    alertsPerWeek: (7 * alerts) / days,
    medianDelayMinutes: quantile(
      counts.flatMap((c) => c.delayMinutes),
      0.5
    ),
  };
}
