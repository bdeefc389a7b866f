import type {
  AlertRow,
  AnomalyRecord,
  CalendarSummary,
  CapacityRow,
  OverlayTarget,
  VerdictPreview,
} from '../../backend/src/contract/index.ts';
import { nowMs } from './builders.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** An anomaly that began 20 minutes ago and lasts. */
export function anAnomaly(overrides: Partial<AnomalyRecord> = {}): AnomalyRecord {
  return {
    id: 'a1',
    job: 'checkout-latency',
    kind: 'band',
    seriesId: 's1',
    labels: { service: 'api' },
    state: 'open',
    startedAtMs: nowMs - 20 * minuteMs,
    endedAtMs: null,
    seenToMs: nowMs - minuteMs,
    openedAtMs: nowMs - 18 * minuteMs,
    direction: 'above',
    score: 2.4,
    peakScore: 3.1,
    peakAtMs: nowMs - 10 * minuteMs,
    peakValue: 412,
    expectedAtPeak: 120,
    evidence: [{ code: 'unknown-code', text: 'It has been above the band for 19m.' }],
    flaps: 0,
    late: false,
    mutedBy: null,
    verdict: null,
    levelDecision: null,
    panels: ['shop-main/4'],
    deliveries: [{ receiver: 'alertmanager-0', state: 'firing', acceptedAtMs: nowMs - 17 * minuteMs, error: null }],
    ...overrides,
  };
}

export function aVerdictPreview(overrides: Partial<VerdictPreview> = {}): VerdictPreview {
  const alert = {
    id: 'a0',
    labels: { service: 'api' },
    startMs: nowMs - 3 * dayMs,
    endMs: nowMs - 3 * dayMs + hourMs,
    direction: 'above' as const,
    peakScore: 1.3,
    peakValue: 200,
    peakMs: nowMs - 3 * dayMs,
    expectedAtPeak: 150,
  };
  return {
    days: 30,
    change: { key: 'sensitivity', from: '1', to: '0.5', text: 'The sensitivity goes from 1 to 0.5 alerts a week.' },
    alertsNow: 9,
    alertsThen: 6,
    removed: [alert, { ...alert, startMs: alert.startMs + hourMs }, { ...alert, startMs: alert.startMs + 2 * hourMs }],
    added: [],
    precision: 0.75,
    judged: 4,
    ...overrides,
  };
}

export function aCapacityRow(overrides: Partial<CapacityRow> = {}): CapacityRow {
  return {
    job: 'disk-usage',
    seriesId: 'd1',
    labels: { instance: 'db-1', mountpoint: '/var' },
    unit: 'percentunit',
    now: 0.82,
    limit: 0.95,
    side: 'above',
    state: 'rising',
    etaMs: nowMs + 41 * hourMs,
    etaLowMs: nowMs + 30 * hourMs,
    etaHighMs: nowMs + 55 * hourMs,
    probability: 0.87,
    warnMs: 3 * dayMs,
    growthPerDay: 0.07,
    lastResetAtMs: nowMs - 12 * dayMs,
    trend: [0.7, 0.74, 0.78, 0.82].map((value, i) => ({ timeMs: nowMs - (4 - i) * dayMs, value })),
    reason: 'It grows by 7 % a day.',
    estimatedAtMs: nowMs,
    ...overrides,
  };
}

export function aCalendar(overrides: Partial<CalendarSummary> = {}): CalendarSummary {
  return {
    spec: {
      name: 'change-freeze',
      use: 'maintenance',
      periods: [{ name: 'Year end', from: '2026-12-24T00:00', to: '2027-01-02T00:00' }],
      timeZone: 'Asia/Seoul',
      refresh: '6h',
    },
    origin: { kind: 'api', by: 'admin' },
    readAtMs: null,
    error: null,
    now: null,
    next: [{ name: 'Year end', startMs: nowMs + 29 * dayMs, endMs: nowMs + 38 * dayMs }],
    jobs: ['checkout-latency'],
    ...overrides,
  };
}

export function anAlertRow(overrides: Partial<AlertRow> = {}): AlertRow {
  return {
    id: 'alertmanager/abc',
    source: 'alertmanager',
    name: 'ServiceDown',
    state: 'firing',
    severity: 'critical',
    labels: { alertname: 'ServiceDown', service: 'shop-api', instance: 'web-1:8080', team: 'payments' },
    summary: 'shop-api does not answer',
    startedAtMs: nowMs - 3 * minuteMs,
    updatedAtMs: nowMs - minuteMs,
    score: 4.2,
    scores: [0.2, 0.4, 3.9, 4.2],
    anomalyId: 'a1',
    job: 'shop-api-up',
    silencedBy: [],
    runbookUrl: 'https://runbooks.example/service-down',
    generatorUrl: 'http://prometheus:9090/graph',
    ...overrides,
  };
}

export function anOverlayTarget(overrides: Partial<OverlayTarget> = {}): OverlayTarget {
  return {
    panel: 'shop-main/4',
    dashboardUid: 'shop-main',
    dashboardTitle: 'Shop',
    panelId: 4,
    panelTitle: 'Requests',
    match: 'same',
    expression: 'up',
    provisioned: false,
    url: '/d/shop-main?viewPanel=4',
    chosen: false,
    ...overrides,
  };
}
