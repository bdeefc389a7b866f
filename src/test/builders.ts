import { DataFrameType, FieldType, toDataFrame, type DataFrame } from '@grafana/data';
import type {
  Backtest,
  Fit,
  JobForecast,
  JobSeries,
  JobSummary,
  Preview,
  SourceSummary,
  Status,
} from '../../backend/src/contract/index.ts';

export const nowMs = Date.UTC(2026, 10, 25, 12);
const stepMs = 300_000;
const hourMs = 3_600_000;

const range = <T>(count: number, at: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => at(i));

/** A series over the last `points` steps before now, as Prometheus' data source answers it. */
export function aFrame(points = 100, labels: Record<string, string> = { service: 'api' }, refId = 'A'): DataFrame {
  return toDataFrame({
    refId,
    meta: { type: DataFrameType.TimeSeriesMulti },
    fields: [
      { name: 'Time', type: FieldType.time, values: range(points, (i) => nowMs - (points - i) * stepMs) },
      {
        name: 'Value',
        type: FieldType.number,
        labels,
        config: { displayNameFromDS: labels.service ?? 'series' },
        values: range(points, (i) => 100 + (i % 12)),
      },
    ],
  });
}

export function aBacktest(overrides: Partial<Backtest> = {}): Backtest {
  const coverage = [
    { levelPercent: 80, measuredRatio: 0.81 },
    { levelPercent: 95, measuredRatio: 0.946 },
  ];
  const row = { mae: 3.2, coverage, seconds: 0.12, excluded: null };
  return {
    rows: [
      { ...row, model: 'blend', mase: 0.61, weight: 1 },
      { ...row, model: 'mstl', mase: 0.7, weight: 0.6 },
      { ...row, model: 'prophet', mase: null, mae: null, weight: 0, excluded: 'took longer than 10 s' },
    ],
    folds: 3,
    foldSteps: 288,
    seasonsMs: [86_400_000],
    selected: 'blend',
    reason: 'The blend of MSTL and slot median had the smallest error on data it had not seen.',
    coverage,
    coverageByHorizon: [0, 8, 16].map((hours) => ({ fromMs: hours * hourMs, toMs: (hours + 8) * hourMs, coverage })),
    ...overrides,
  };
}

const aBand = (startMs: number, count: number) => ({
  startMs,
  stepMs,
  expected: range(count, (i) => 110 + i),
  levels: [
    { levelPercent: 80, lower: range(count, () => 95), upper: range(count, () => 130) },
    { levelPercent: 95, lower: range(count, () => 90), upper: range(count, () => 140) },
  ],
});

export function aPreview(overrides: Partial<Preview> = {}): Preview {
  return {
    history: { startMs: nowMs - 100 * stepMs, stepMs, values: range(100, (i) => 100 + (i % 12)) },
    state: 'modelled',
    notes: [],
    heldOut: aBand(nowMs - 50 * stepMs, 50),
    forecast: aBand(nowMs, 12),
    anomalies: [
      {
        startMs: nowMs - hourMs,
        endMs: nowMs - hourMs / 2,
        direction: 'above',
        peakScore: 2.1,
        peakValue: 190,
        peakMs: nowMs - hourMs / 2,
        expectedAtPeak: 110,
      },
    ],
    nowScore: 0.3,
    backtest: aBacktest(),
    cost: {
      seriesCount: 1,
      trainingsPerDay: 2,
      fitsPerDay: 2,
      cpuSecondsPerDay: 4,
      storedBytes: 20_000,
      memoryBytes: 24_000,
      writtenSeries: 0,
      alertsPerSeriesWeek: 0.8,
      alertsPerWeek: 0.8,
    },
    seconds: 0.7,
    ...overrides,
  };
}

export function aJob(overrides: Partial<JobSummary> = {}, name = 'checkout-latency'): JobSummary {
  return {
    spec: {
      name,
      query: 'rate(http_requests_total[5m])',
      step: '5m',
      training: '28d',
      retrain: '12h',
      horizon: '24h',
      direction: 'both',
      sensitivity: 1,
      models: 'auto',
      levels: [80, 95],
      labels: {},
      detect: [{ kind: 'band' }],
      open: '2 of 3',
      close: '3 of 3',
      ignoreLabels: [],
      calendars: [],
      alert: { severity: 'warning', labels: {}, annotations: {} },
      overlay: 'none',
    },
    origin: { kind: 'api', by: 'admin' },
    state: 'fresh',
    stateReason: null,
    seriesCount: 2,
    model: 'blend',
    mase: 0.61,
    coverage: [{ levelPercent: 95, measuredRatio: 0.946 }],
    trainedAtMs: nowMs - hourMs,
    nextTrainingAtMs: nowMs + hourMs,
    createdAtMs: nowMs - 48 * hourMs,
    updatedAtMs: nowMs - 48 * hourMs,
    ...overrides,
  };
}

export function aSeries(overrides: Partial<JobSeries> = {}): JobSeries {
  return {
    id: 's1',
    labels: { service: 'api' },
    state: 'modelled',
    notes: [],
    model: 'blend',
    mase: 0.6,
    coverage: [{ levelPercent: 95, measuredRatio: 0.946 }],
    trainedAtMs: nowMs - hourMs,
    ...overrides,
  };
}

export function aJobForecast(overrides: Partial<JobForecast> = {}): JobForecast {
  return {
    series: aSeries(),
    observed: { startMs: nowMs - 100 * stepMs, stepMs, values: range(100, (i) => 100 + (i % 12)) },
    observedError: null,
    band: aBand(nowMs - 50 * stepMs, 80),
    anomalies: [],
    nowScore: 0.2,
    backtest: aBacktest(),
    ...overrides,
  };
}

export function aFit(overrides: Partial<Fit> = {}): Fit {
  return {
    id: 'f1',
    state: 'done',
    startedAtMs: nowMs - hourMs,
    endedAtMs: nowMs - hourMs + 4_000,
    trainedFromMs: nowMs - 28 * 24 * hourMs,
    trainedToMs: nowMs - hourMs,
    seriesDone: 2,
    seriesTotal: 2,
    seriesFailed: 0,
    cpuSeconds: 3.1,
    error: null,
    warnings: [],
    ...overrides,
  };
}

export function aSource(overrides: Partial<SourceSummary> = {}): SourceSummary {
  return {
    name: 'main',
    kind: 'prometheus',
    url: 'http://prometheus:9090',
    jobs: 1,
    reachable: true,
    message: null,
    checkedAtMs: nowMs,
    ...overrides,
  };
}

export function aStatus(overrides: Partial<Status> = {}): Status {
  return {
    version: '0.1.0',
    startedAtMs: nowMs - hourMs,
    nowMs,
    caller: { kind: 'user', name: 'admin', role: 'Admin', orgId: 1, changesRefused: null },
    sources: [aSource()],
    jobs: {
      total: 3,
      byState: { waiting: 0, training: 0, 'warming-up': 0, fresh: 2, stale: 0, failing: 1 },
      series: 14,
    },
    coverage: [{ levelPercent: 95, measuredRatio: 0.946 }],
    training: { running: 0, queued: 0, workers: 2 },
    scoring: { jobs: 2, freshRatio: 1, longestDelayMs: 20_000, openAnomalies: 0, judged: 0, precision: null },
    receivers: [],
    warnings: [],
    ...overrides,
  };
}

export function aPage<T>(items: readonly T[]): { items: readonly T[]; nextCursor: null; total: number } {
  return { items, nextCursor: null, total: items.length };
}
