import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMetricStore } from '../../../../backend/src/datasources/metrics/prometheus.ts';
import { BandRepository } from '../../../../backend/src/jobs/band-repository.ts';
import { createScoring } from '../../../../backend/src/scoring/create-scoring.ts';
import { createLogger } from '../../../../backend/src/observability/logger.ts';
import { openDatabase } from '../../../../backend/src/store/database.ts';
import { TestClock } from '../../../support/test-clock.ts';
import { judge, single, type Row, type Target } from '../../report.ts';
import { mean, quantile } from '../../statistics.ts';
import type { BenchContext, Measurement } from '../../suite.ts';
import { addTrainedJob, source } from './live-store.ts';

const jobs = 20;
const seriesPerJob = 1_000;
const ticks = 200;
/** The first ones read all bands and compile the code. */
const warmUpTicks = 20;
const stepMs = 60_000;
const startMs = Date.UTC(2026, 0, 5);

/** What one tick of all jobs took. */
export interface TickCost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/**
 * Scores 20 jobs of 1,000 series each at every step of a clock that runs ahead: JSON over HTTP from another process, parse,
 * score, hysteresis and one transaction a job in a store on disk.
 */
export async function measureTicks(context: Pick<BenchContext, 'say' | 'track'>, count = ticks): Promise<TickCost[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aiops-bench-scoring-'));
  const server = fork(`${import.meta.dirname}/answers-probe.ts`, [String(seriesPerJob)], { silent: true });
  const database = await openDatabase({ file: join(folder, 'aiops.db') });
  const clock = new TestClock(startMs);
  try {
    const port = await firstLine(server.stdout);
    context.say(`making a store of ${jobs * seriesPerJob} series`);
    for (let i = 0; i < jobs; i++) {
      await addTrainedJob(database, `job-${i}`, seriesPerJob, startMs);
    }
    const settings = { name: source, kind: 'prometheus', url: `http://127.0.0.1:${port}`, timeoutMs: 30_000 } as const;
    const store = createMetricStore({ ...settings, delayMs: 0, maxBytes: 64_000_000 });
    const bands = new BandRepository(database);
    let ended = 0;
    const scoring = createScoring({
      database,
      sources: new Map([[source, store]]),
      delaysMs: new Map(),
      jobs: {
        bands: {
          listSeries: () => Promise.resolve([]),
          readBands: (ids, fromMs, toMs) => bands.read(ids, fromMs, toMs),
          observed: () => Promise.resolve([]),
        },
        subscribe: () => () => undefined,
        publish: () => undefined,
      },
      clock,
      logger: createLogger({ level: 'warn' }),
      limits: { seriesPerJob },
      onTick: ({ outcome }) => {
        ended += outcome === 'scored' ? 1 : 0;
      },
    });
    // later in the step than any job's moment
    clock.advance(stepMs - 1);
    await scoring.start();
    const progress = context.track('ticks of 20,000 series', count);
    const costs: TickCost[] = [];
    for (let tick = 0; tick < count; tick++) {
      const wanted = ended + jobs;
      costs.push(await costOf(clock, () => ended >= wanted));
      progress.tick();
    }
    await scoring.stop();
    await store.stop();
    return costs;
  } finally {
    server.disconnect();
    await database.destroy();
    rmSync(folder, { recursive: true });
  }
}

async function costOf(clock: TestClock, done: () => boolean): Promise<TickCost> {
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  clock.advance(stepMs);
  while (!done()) {
    await nextTurn();
    if (performance.now() - startedMs > 60_000) {
      throw new Error('a tick of all jobs took longer than a minute');
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    wallSeconds: (performance.now() - startedMs) / 1_000,
    cpuSeconds: (user + system) / 1e6,
    rssBytes: process.memoryUsage.rss(),
  };
}

async function firstLine(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (stream === null) {
    throw new Error('the source has no output');
  }
  const [line] = (await once(createInterface({ input: stream }), 'line')) as [string];
  return line;
}

/** Series a minute, tick time and memory. */
export async function throughput(context: BenchContext): Promise<Measurement> {
  const all = await measureTicks(context);
  const costs = all.slice(warmUpTicks);
  const series = jobs * seriesPerJob;
  const wall = costs.map(({ wallSeconds }) => wallSeconds);
  const rss = costs.map(({ rssBytes }) => rssBytes);
  const perMinute = (60 * series) / mean(wall);
  const p95 = quantile(wall, 0.95);
  const slowest = Math.max(...all.map(({ wallSeconds }) => wallSeconds));
  const quarter = Math.floor(rss.length / 4);
  const growth = 100 * (mean(rss.slice(-quarter)) / mean(rss.slice(0, quarter)) - 1);
  const table = '20,000 series at 60 s, parse to store';
  const rows: Row[] = [
    { name: 'scoring', measure: 'series a minute, wall', value: perMinute, table },
    { name: 'scoring', measure: 'CPU s a tick', value: mean(costs.map(({ cpuSeconds }) => cpuSeconds)), table },
    { name: 'scoring', measure: 'tick s, p95', value: p95, table },
    { name: 'scoring', measure: 'tick s, slowest, the first included', value: slowest, table },
    { name: 'scoring', measure: 'largest RSS, MB', value: Math.max(...rss) / 1e6, table },
    { name: 'scoring', measure: 'RSS of the last quarter against the first, %', value: growth, table },
  ];
  const speed = { name: 'series scored a minute, one core', unit: '', better: 'higher' } as const;
  const targets: Target[] = [
    judge({ ...speed, floor: 50_000, goal: 500_000, stretch: 1_000_000 }, perMinute),
    judge(single('slowest tick of 20,000 series', 's', 'lower', 10), slowest),
    judge(single('largest RSS over 200 ticks', 'MB', 'lower', 1_200), Math.max(...rss) / 1e6),
    judge(single('growth of RSS over 200 ticks', '%', 'lower', 10), growth),
  ];
  return { rows, targets };
}
