import type { AnomalyRecord } from '../contract/anomaly.ts';
import type { AlertSpec } from '../contract/detect.ts';
import type { JobSpec } from '../contract/job.ts';
import { alertKey, alertLabels } from './alert-message.ts';

/** Alertmanager forgets what is not told again: each minute, as Prometheus does. */
const resendMs = 60_000;
/** Four missed rounds end an alert by themselves, so that a dead sender leaves nothing behind. */
const holdMs = 4 * resendMs;
/** A resolve is told for as long as Prometheus tells it, so that a replica that was away hears of it. */
export const resolveForMs = 15 * 60_000;

/** What a receiver was told of an anomaly. */
export interface Delivery {
  readonly state: 'firing' | 'resolved' | 'failing';
  readonly sentAtMs: number;
  /** When the receiver took this state first; null when it never did. */
  readonly acceptedAtMs: number | null;
  readonly attempts: number;
}

/** A job whose anomalies are told. */
export type AlertingJob = JobSpec & { readonly alert: AlertSpec };

export interface PlannedAlert {
  readonly anomaly: AnomalyRecord;
  readonly job: AlertingJob;
  readonly state: 'firing' | 'resolved';
  readonly endsAtMs: number;
}

export interface AlertPlan {
  readonly due: readonly PlannedAlert[];
  /** When something is due next if nothing changes; at most one round away. */
  readonly nextAtMs: number;
}

export interface AlertView {
  readonly anomalies: readonly AnomalyRecord[];
  readonly jobs: ReadonlyMap<string, JobSpec>;
  /** What this receiver was told, by anomaly. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
}

/**
 * What one receiver has to be told now. Firing anomalies are told at once and then each minute; when one ends, when a person
 * calls it expected or a false alarm, or when a calendar mutes it, a receiver that took it is told the end, again and again
 * for a quarter of an hour. A receiver is never told the end of what it never took, nor of what fires again.
 */
export function planAlerts({ anomalies, jobs, deliveries }: AlertView, nowMs: number): AlertPlan {
  const wanted = anomalies.flatMap((anomaly) => wantedState(anomaly, jobs.get(anomaly.job), nowMs));
  const firing = new Set(wanted.filter(({ state }) => state === 'firing').map(keyOf));
  const due: PlannedAlert[] = [];
  let nextAtMs = nowMs + resendMs;
  for (const one of wanted) {
    const dueAtMs = dueTime(one, deliveries.get(one.anomaly.id), nowMs);
    const replaced = one.state === 'resolved' && firing.has(keyOf(one));
    if (dueAtMs === undefined || replaced) {
      continue;
    }
    if (dueAtMs <= nowMs) {
      due.push(one);
    } else {
      nextAtMs = Math.min(nextAtMs, dueAtMs);
    }
  }
  return { due, nextAtMs };
}

function keyOf({ anomaly, job }: PlannedAlert): string {
  return alertKey(alertLabels(anomaly, job.alert));
}

function isAlerting(job: JobSpec): job is AlertingJob {
  return job.alert !== 'none';
}

function wantedState(anomaly: AnomalyRecord, job: JobSpec | undefined, nowMs: number): readonly PlannedAlert[] {
  if (job === undefined || !isAlerting(job)) {
    return [];
  }
  const { endedAtMs } = anomaly;
  return endedAtMs === null && isTold(anomaly)
    ? [{ anomaly, job, state: 'firing', endsAtMs: nowMs + holdMs }]
    : [{ anomaly, job, state: 'resolved', endsAtMs: Math.min(endedAtMs ?? nowMs, nowMs) }];
}

function isTold({ mutedBy, verdict }: AnomalyRecord): boolean {
  return mutedBy === null && (verdict === null || verdict.verdict === 'real');
}

/** When to tell it; undefined for never. */
function dueTime({ state }: PlannedAlert, told: Delivery | undefined, nowMs: number): number | undefined {
  if (state === 'firing') {
    return told?.state !== 'firing' ? nowMs : Math.min(nowMs, told.sentAtMs) + resendMs;
  }
  const took = told !== undefined && told.acceptedAtMs !== null;
  if (!took) {
    return undefined;
  }
  if (told.state !== 'resolved') {
    return nowMs;
  }
  const over = nowMs - (told.acceptedAtMs ?? 0) >= resolveForMs;
  return over ? undefined : told.sentAtMs + resendMs;
}
