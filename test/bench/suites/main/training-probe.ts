/**
 * Run by `training.ts` in a process of its own, so that its memory is the backend's: a job of many series is read from a
 * source in another process and trained by the real backend, then the Prometheus API is asked for the forecasts.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { azureStepMs } from './azure.ts';
import { startBackend } from './backend.ts';
import { timings } from './latency.ts';
import type { SourceOptions } from './training-source.ts';

export interface TrainingMeasurement {
  readonly seconds: number;
  readonly seriesTrained: number;
  readonly maxRssBytes: number;
  readonly maxEventLoopBlockMs: number;
  readonly oneSeriesSeconds: readonly number[];
  readonly oneSeriesSamples: number;
  readonly manySeriesSeconds: readonly number[];
  readonly manySeriesSamples: number;
}

const points = 8_064;
const dayMs = 86_400_000;
const trainingLimitMs = 3_600_000;

/** A source in a process of its own; it ends with this one. */
async function startSource(options: SourceOptions): Promise<{ url: string; stop(): void }> {
  const source = fork(`${import.meta.dirname}/training-source.ts`, [JSON.stringify(options)]);
  const [port] = (await Promise.race([
    once(source, 'message'),
    once(source, 'exit').then(() => Promise.reject(new Error('the source ended before it listened'))),
  ])) as [number];
  return { url: `http://127.0.0.1:${port}`, stop: () => source.disconnect() };
}

async function trained(url: string): Promise<number> {
  const deadline = performance.now() + trainingLimitMs;
  while (performance.now() < deadline) {
    const job = (await (await fetch(`${url}/api/v1/jobs/cpu`)).json()) as {
      state: string;
      stateReason: string | null;
      trainedAtMs: number | null;
      seriesCount: number;
    };
    if (job.trainedAtMs !== null) {
      return job.seriesCount;
    }
    if (job.state === 'failing') {
      throw new Error(job.stateReason ?? 'the job failed');
    }
    await delay(200);
  }
  throw new Error('the training took more than an hour');
}

async function samplesOf(url: string, form: Record<string, string>): Promise<number> {
  const response = await fetch(`${url}/prometheus/api/v1/query_range`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  const answer = (await response.json()) as { data?: { result: Array<{ values: unknown[] }> }; error?: string };
  if (answer.data === undefined) {
    throw new Error(answer.error ?? `query_range answered ${response.status}`);
  }
  return answer.data.result.reduce((sum, series) => sum + series.values.length, 0);
}

async function measure(dataDir: string, count: number): Promise<TrainingMeasurement> {
  const endMs = Math.floor(Date.now() / azureStepMs) * azureStepMs;
  const source = await startSource({ dataDir, count, points, endMs });
  // Node loads its client at the first call, which is not the backend's doing.
  await (await fetch(source.url)).arrayBuffer();
  const loop = monitorEventLoopDelay({ resolution: 10 });
  const backend = await startBackend({
    jobs: 'jobs:\n  - { name: cpu, query: cpu, step: 5m, training: 28d, horizon: 24h, retrain: 12h }\n',
    sourceUrl: source.url,
  });
  loop.enable();
  const started = performance.now();
  const seriesTrained = await trained(backend.url);
  const seconds = (performance.now() - started) / 1000;
  const maxEventLoopBlockMs = loop.max / 1e6 - 10;
  loop.disable();
  // The kernel's own high-water mark: nothing is missed between two readings.
  const maxRssBytes = process.resourceUsage().maxRSS * 1024;

  const range = (fromMs: number, toMs: number) => ({
    start: String(fromMs / 1000),
    end: String(toMs / 1000),
    step: '300',
  });
  const one = { query: 'yhat{for="cpu",vm="vm-7"}', ...range(endMs - 13 * dayMs, endMs + dayMs) };
  const many = { query: 'yhat{for="cpu"}', ...range(endMs, endMs + dayMs - azureStepMs) };
  const oneSeriesSamples = await samplesOf(backend.url, one);
  const manySeriesSamples = await samplesOf(backend.url, many);
  const ask = async (form: Record<string, string>) => {
    await (
      await fetch(`${backend.url}/prometheus/api/v1/query_range`, { method: 'POST', body: new URLSearchParams(form) })
    ).arrayBuffer();
  };
  const oneSeriesSeconds = await timings(200, 20, () => ask(one));
  const manySeriesSeconds = await timings(40, 4, () => ask(many));
  await backend.stop();
  source.stop();
  return {
    seconds,
    seriesTrained,
    maxRssBytes,
    maxEventLoopBlockMs,
    oneSeriesSeconds,
    oneSeriesSamples,
    manySeriesSeconds,
    manySeriesSamples,
  };
}

if (import.meta.main) {
  const [dataDir = '', count = ''] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await measure(dataDir, Number(count))));
  process.exit(0);
}
