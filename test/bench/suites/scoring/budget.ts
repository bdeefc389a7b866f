import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AnomalyRepository } from '../../../../backend/src/anomalies/anomaly-repository.ts';
import { AnomalyListQuery } from '../../../../backend/src/contract/anomaly.ts';
import { JobSpec } from '../../../../backend/src/contract/job.ts';
import type { MetricStore, RangeQuery } from '../../../../backend/src/datasources/metrics/metric-store.ts';
import { createTrainingPool } from '../../../../backend/src/forecasting/training-pool.ts';
import { createJobs, type RunningJobs } from '../../../../backend/src/jobs/create-jobs.ts';
import { createScoring } from '../../../../backend/src/scoring/create-scoring.ts';
import { createLogger } from '../../../../backend/src/observability/logger.ts';
import { openDatabase } from '../../../../backend/src/store/database.ts';
import { TestClock } from '../../../support/test-clock.ts';
import { judge, type Row } from '../../report.ts';
import { bootstrapMean, mean } from '../../statistics.ts';
import type { BenchContext, Measurement } from '../../suite.ts';
import { azureDay, azureStepMs, readAzure } from '../main/azure.ts';

const streamedDays = 7;
/** A Monday, so that the weeks of the traces have a name; they have no instants of their own. */
const originMs = Date.UTC(2026, 0, 5);
const workers = 2;

/**
 * How often a series is told of at "1 alert per week": the last week of each VM comes in step by step while the job reads,
 * trains every 12 hours and scores as it does in service, on a clock that runs ahead.
 */
export async function budget(context: BenchContext): Promise<Measurement> {
  const traces = readAzure(context.dataDir).slice(0, context.series);
  const alerts = await stream(context, traces);
  const perWeek = alerts.map((count) => (count * 7) / streamedDays);
  const rate = mean(perWeek);
  const table = 'clean weeks of 78 VMs, streamed at 1 alert per week';
  const rows: Row[] = [
    { name: 'job', measure: 'alerts a series and week', value: rate, ...bootstrapMean(perWeek, context.seed), table },
    { name: 'job', measure: 'series without an alert, %', value: share(perWeek, (count) => count === 0), table },
    { name: 'job', measure: 'series with more than three, %', value: share(perWeek, (count) => count > 3), table },
  ];
  const spec = { name: 'alerts a series and week at 1 per week, off by', unit: '', better: 'lower' } as const;
  return { rows, targets: [judge({ ...spec, floor: 0.5, goal: 0.3, stretch: 0.1 }, Math.abs(rate - 1))] };
}

function share(values: readonly number[], holds: (value: number) => boolean): number {
  return (100 * values.filter(holds).length) / values.length;
}

/** @returns alerts of each series in the last week */
async function stream(context: BenchContext, traces: readonly Float64Array[]): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aiops-bench-budget-'));
  const database = await openDatabase({ file: join(folder, 'aiops.db') });
  const pool = createTrainingPool({ workers, fitTimeoutMs: 120_000, maxQueue: traces.length });
  const length = traces[0]?.length ?? 0;
  const clock = new TestClock(originMs + (length - 1 - streamedDays * azureDay) * azureStepMs);
  const spec = JobSpec.parse({ name: 'azure', query: 'cpu', step: '5m', range: { min: 0, max: 100 } });
  const shared = { database, clock, logger: createLogger({ level: 'warn' }), limits: { seriesPerJob: 1_000 } };
  const sources = { sources: new Map([['main', memoryStore(traces)]]), delaysMs: new Map<string, number>() };
  const jobs = createJobs({ ...shared, ...sources, pool, provisioned: [{ spec, file: 'bench', line: 1 }] });
  let ticks = 0;
  const scoring = createScoring({ ...shared, ...sources, jobs, onTick: () => (ticks += 1) });
  try {
    await jobs.start();
    await trained(jobs, 1);
    // from here on every tick comes late in its step
    clock.advance(60_000);
    await scoring.start();
    const progress = context.track('steps of a week', streamedDays * azureDay);
    for (let step = 0; step < streamedDays * azureDay; step++) {
      const before = ticks;
      clock.advance(azureStepMs);
      await until(() => Promise.resolve(ticks > before));
      await trained(jobs, 0);
      progress.tick();
    }
    const found = await new AnomalyRepository(database).list(AnomalyListQuery.parse({ limit: 500 }));
    context.say(`${found.total} anomalies, ${found.items.filter(({ late }) => late).length} of them late`);
    return traces.map((_, i) => found.items.filter(({ labels, late }) => !late && labels['vm'] === String(i)).length);
  } finally {
    await scoring.stop();
    await jobs.stop();
    await pool.stop();
    await database.destroy();
    rmSync(folder, { recursive: true });
  }
}

/** Waits while the job trains. @param least trainings that must have ended */
async function trained(jobs: RunningJobs, least: number): Promise<void> {
  // a training that is due begins in one of the next turns
  await delay(5);
  await until(async () => {
    const { state, trainedAtMs } = await jobs.get('azure');
    return state !== 'training' && (least === 0 || trainedAtMs !== null);
  });
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let waits = 0; waits < 1_000_000; waits++) {
    if (await done()) {
      return;
    }
    await delay(1);
  }
  throw new Error('it did not come to an end');
}

function memoryStore(traces: readonly Float64Array[]): MetricStore {
  const answer = ({ startMs, endMs, stepMs }: RangeQuery) => {
    const first = Math.round((startMs - originMs) / azureStepMs);
    const length = Math.round((endMs - startMs) / stepMs) + 1;
    const series = traces.map((trace, i) => ({
      labels: { __name__: 'cpu', vm: String(i) },
      startMs,
      stepMs,
      values: Float64Array.from({ length }, (_, k) => trace[first + k] ?? NaN),
    }));
    return { series, warnings: [] };
  };
  return {
    name: 'main',
    kind: 'prometheus',
    queryRange: (query) => Promise.resolve(answer(query)),
    queryInstant: () => Promise.resolve({ samples: [], warnings: [] }),
    checkConnection: () => Promise.resolve({ ok: true, steps: [], message: 'in memory' }),
    stop: () => Promise.resolve(),
  };
}
