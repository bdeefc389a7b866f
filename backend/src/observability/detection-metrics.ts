import { Counter, Histogram, type Registry } from 'prom-client';
import type { AlertObserver } from '../alerting/alert-sender.ts';
import type { Clock } from '../clock.ts';
import type { WriteObserver } from '../remote-write/writer-status.ts';
import type { TickReport } from '../scoring/scoring.ts';

/** What live scoring and its deliveries count. */
export interface DetectionMetrics {
  readonly write: WriteObserver;
  readonly alerts: AlertObserver;
  observeTick(tick: TickReport): void;
}

/** A step is a second at the least and a day at the most; delays below 2 s and one step are what is promised. */
const delayBuckets = [1, 2, 5, 10, 30, 60, 90, 120, 180, 300, 600, 1_800, 3_600, 86_400];
const tickBuckets = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

/** Counters of ticks, written samples and alerts; their labels come from the settings and from fixed sets. */
export function detectionMetrics(registry: Registry, clock: Pick<Clock, 'nowMs'>): DetectionMetrics {
  const registers = [registry];
  const delay = new Histogram({
    name: 'aiops_detection_delay_seconds',
    help: 'Time from the instant of the newest sample of a tick to its score',
    buckets: delayBuckets,
    registers,
  });
  const duration = new Histogram({
    name: 'aiops_tick_duration_seconds',
    help: 'Time to read, score and store the new samples of one job',
    buckets: tickBuckets,
    registers,
  });
  const ticks = new Counter({
    name: 'aiops_ticks_total',
    help: 'Scorings of a job, by outcome; held: another process scores it',
    labelNames: ['outcome'],
    registers,
  });
  return {
    write: writeMetrics(registers),
    alerts: alertMetrics(registers),
    observeTick({ outcome, seconds, scoredToMs }) {
      ticks.inc({ outcome });
      duration.observe(seconds);
      if (scoredToMs !== null) {
        delay.observe(Math.max(0, clock.nowMs() - scoredToMs) / 1_000);
      }
    },
  };
}

function writeMetrics(registers: Registry[]): WriteObserver {
  const written = new Counter({
    name: 'aiops_written_samples_total',
    help: 'Samples that a remote-write receiver took',
    labelNames: ['writer'],
    registers,
  });
  const rejected = new Counter({
    name: 'aiops_rejected_samples_total',
    help: 'Samples that a remote-write receiver refused for good, by reason',
    labelNames: ['writer', 'reason'],
    registers,
  });
  const dropped = new Counter({
    name: 'aiops_dropped_samples_total',
    help: 'Samples that were given up before a receiver took them: too old, no room, or after now',
    labelNames: ['writer', 'reason'],
    registers,
  });
  const attempts = new Counter({
    name: 'aiops_write_attempts_total',
    help: 'Remote-write requests, by outcome',
    labelNames: ['writer', 'outcome'],
    registers,
  });
  return {
    written: (writer, samples) => written.inc({ writer }, samples),
    rejected: (writer, reason, samples) => rejected.inc({ writer, reason }, samples),
    dropped: (writer, reason, samples) => dropped.inc({ writer, reason }, samples),
    attempted: (writer, outcome) => attempts.inc({ writer, outcome }),
  };
}

function alertMetrics(registers: Registry[]): AlertObserver {
  const sent = new Counter({
    name: 'aiops_alerts_sent_total',
    help: 'Alerts that an Alertmanager took, repetitions included',
    labelNames: ['receiver', 'state'],
    registers,
  });
  const failed = new Counter({
    name: 'aiops_alerts_failed_total',
    help: 'Alerts that an Alertmanager did not take; they are sent again',
    labelNames: ['receiver'],
    registers,
  });
  return {
    sent: (receiver, state, alerts) => sent.inc({ receiver, state }, alerts),
    failed: (receiver, alerts) => failed.inc({ receiver }, alerts),
  };
}
