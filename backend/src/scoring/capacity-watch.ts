import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { bucketWidthMs } from '../capacity/buckets.ts';
import { estimateCapacity, probabilityBefore, type CapacityEstimate } from '../capacity/estimate-capacity.ts';
import { crossingShares, type StoredCapacity } from '../capacity/capacity-repository.ts';
import type { CapacityDetector } from '../contract/detect.ts';
import { parseDurationMs } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job.ts';
import type { MetricStore, RangeAnswer } from '../datasources/metrics/metric-store.ts';
import { figure, type Finding } from '../detection/kinds/finding.ts';
import type { Tables } from '../store/tables.ts';
import { labelKey } from '../timeseries/series.ts';
import type { AnomalyBook } from './anomaly-book.ts';
import type { LiveSeries } from './live-series.ts';

/** A disk that fills in an hour is told of by its band; what lies days ahead does not change within one. */
const everyMs = 3_600_000;
/** An estimate takes some 20 ms: a thousand series have their turn within an hour of steps. */
const seriesPerTick = 20;
/** As many points of the past as estimates look at. */
const historyPoints = 720;
const leastAheadMs = 30 * 86_400_000;
/** It stays told until it is surely less probable. */
const closeShare = 0.75;
const seed = 1;

export interface CapacityTick {
  readonly spec: JobSpec;
  readonly stepMs: number;
  readonly newestMs: number;
  readonly store: MetricStore;
  readonly maxSeries: number;
  readonly byKey: ReadonlyMap<string, LiveSeries>;
  readonly book: AnomalyBook;
}

/** Estimates when series cross the limits of a job, some of them at each tick and each about once an hour. */
export class CapacityWatch {
  readonly #detectors: readonly CapacityDetector[];
  #readAtMs = -Infinity;
  #waiting: Array<RangeAnswer['series'][number]> = [];
  #rows: StoredCapacity[] = [];

  constructor(spec: JobSpec) {
    this.#detectors = spec.detect.filter((one) => one.kind === 'capacity');
  }

  /** Looks at the series whose turn it is. @throws AppError `source_…` */
  async look(tick: CapacityTick, signal: AbortSignal): Promise<void> {
    if (this.#detectors.length === 0) {
      return;
    }
    if (this.#waiting.length === 0 && Math.abs(tick.newestMs - this.#readAtMs) >= everyMs) {
      this.#waiting = [...(await readHistory(tick, signal))];
      this.#readAtMs = tick.newestMs;
    }
    for (const history of this.#waiting.splice(0, seriesPerTick)) {
      const series = tick.byKey.get(labelKey(history.labels));
      if (series !== undefined) {
        this.#lookAt(tick, series, history);
      }
      await nextTurn();
      signal.throwIfAborted();
    }
  }

  /** Writes what was estimated since, as a part of the tick's transaction. */
  async save(db: Kysely<Tables>): Promise<void> {
    for (const row of this.#rows) {
      const values = { row: JSON.stringify(row), estimated_at_ms: row.estimatedAtMs };
      const key = { job: row.job, series_id: row.seriesId, limit_text: `${row.side} ${row.limit}` };
      await db
        .insertInto('capacity')
        .values({ ...key, ...values })
        .onConflict((conflict) => conflict.columns(['job', 'series_id', 'limit_text']).doUpdateSet(values))
        .execute();
    }
  }

  /** What was saved is saved. */
  saved(): void {
    this.#rows = [];
  }

  #lookAt(tick: CapacityTick, series: LiveSeries, history: RangeAnswer['series'][number]): void {
    const findings: Finding[] = [];
    let likeliest = 0;
    for (const detector of this.#detectors) {
      const warnMs = parseDurationMs(detector.warn) ?? 0;
      const { limit, side } = detector;
      const horizonMs = Math.max(leastAheadMs, 4 * warnMs);
      const estimate = estimateCapacity(history, { limit, side, horizonMs, seed });
      const probability = probabilityBefore(estimate, tick.newestMs + warnMs);
      this.#rows.push(rowOf(tick, series, { detector, warnMs, estimate, probability }));
      const ratio = (probability ?? 0) / detector.probability;
      likeliest = Math.max(likeliest, ratio);
      if (ratio >= 1) {
        findings.push(findingOf(tick, detector, estimate, ratio));
      }
    }
    tell(tick, series, findings, likeliest);
  }
}

async function readHistory(tick: CapacityTick, signal: AbortSignal): Promise<RangeAnswer['series']> {
  const { spec, stepMs, newestMs, maxSeries } = tick;
  const trainingMs = parseDurationMs(spec.training) ?? 0;
  // a width that divides the day: else no daily shape can be seen
  const coarseMs = bucketWidthMs(stepMs, trainingMs, historyPoints);
  const startMs = newestMs - Math.floor(trainingMs / coarseMs) * coarseMs;
  const query = { promql: spec.query, startMs, endMs: newestMs, stepMs: coarseMs, maxSeries };
  return (await tick.store.queryRange(query, signal)).series;
}

interface Estimated {
  readonly detector: CapacityDetector;
  readonly warnMs: number;
  readonly estimate: CapacityEstimate;
  readonly probability: number | null;
}

function rowOf({ spec, newestMs }: CapacityTick, series: LiveSeries, estimated: Estimated): StoredCapacity {
  const { detector, warnMs, estimate, probability } = estimated;
  return {
    job: spec.name,
    seriesId: series.id,
    labels: { ...series.labels },
    unit: spec.unit ?? null,
    now: estimate.now,
    limit: detector.limit,
    side: detector.side,
    state: estimate.state,
    etaMs: estimate.etaMs,
    etaLowMs: estimate.etaLowMs,
    etaHighMs: estimate.etaHighMs,
    probability,
    warnMs,
    crossingsMs: crossingShares(estimate.crossingsMs),
    growthPerDay: estimate.growthPerDay,
    lastResetAtMs: estimate.lastResetMs,
    trend: [...estimate.trend],
    reason: estimate.reason,
    estimatedAtMs: newestMs,
  };
}

function findingOf(
  { newestMs }: CapacityTick,
  { limit, side }: CapacityDetector,
  { state, reason, etaMs, now }: CapacityEstimate,
  ratio: number
): Finding {
  const text = state === 'crossed' ? reason : `${reason} The limit is ${figure(limit)}.`;
  const facts = { limit, ...(etaMs === null ? {} : { etaMs }), ...(now === null ? {} : { now }) };
  const evidence = [{ code: state === 'crossed' ? 'capacity-crossed' : 'capacity', text: text.slice(0, 1000), facts }];
  return { phase: 'open', startMs: newestMs, direction: side, score: ratio, evidence };
}

function tell({ book, newestMs }: CapacityTick, series: LiveSeries, findings: readonly Finding[], likeliest: number) {
  const [first] = findings;
  if (first !== undefined) {
    book.find('capacity', series, { ...first, evidence: findings.flatMap(({ evidence }) => evidence) }, newestMs);
  } else if (likeliest < closeShare) {
    const text = 'The limit will probably not be crossed that soon any more.';
    const evidence = [{ code: 'capacity-averted', text }];
    book.close('capacity', series, { endMs: newestMs, seenToMs: newestMs, evidence });
  }
}
