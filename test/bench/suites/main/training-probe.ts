/**
 * Run by `training.ts` in a process of its own, so that its memory is the backend's: a job of many series is trained by
 * the real backend from histories that are already in memory, then the Prometheus API is asked for the forecasts.
 */
import { performance, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { MetricStore } from '../../../../backend/src/datasources/metrics/metric-store.ts';
import type { Series } from '../../../../backend/src/timeseries/series.ts';
import { azureStepMs, readAzure } from './azure.ts';
import { startBackend } from './backend.ts';
import { timings } from './latency.ts';

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

/** VMs one after another, each repeat scaled and shifted in time, so that no two series are the same. */
function histories(vms: readonly Float64Array[], count: number, endMs: number): Series[] {
  return Array.from({ length: count }, (_, index) => {
    const values = vms[index % vms.length] ?? new Float64Array(points);
    const repeat = Math.floor(index / vms.length);
    const offset = (repeat * 23) % (values.length - points);
    return {
      labels: { __name__: 'cpu', vm: `vm-${index}` },
      timestampsMs: Array.from({ length: points }, (_unused, i) => endMs - (points - 1 - i) * azureStepMs).slice(),
      values: Array.from(values.subarray(offset, offset + points), (value) => value * (1 + 0.01 * repeat)).slice(),
    };
  });
}

/** A source that makes its answer anew for each question, as one behind a network does, and keeps nothing of it. */
function inMemory(answer: () => Series[]): MetricStore {
  return {
    name: 'main',
    kind: 'prometheus',
    queryRange: () => Promise.resolve({ series: answer(), warnings: [] }),
    queryInstant: () => Promise.resolve({ samples: [], warnings: [] }),
    checkConnection: () => Promise.resolve({ ok: true, steps: [], message: 'in memory' }),
    stop: () => Promise.resolve(),
  };
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
  const vms = readAzure(dataDir);
  let maxRssBytes = 0;
  const sampler = setInterval(() => (maxRssBytes = Math.max(maxRssBytes, process.memoryUsage().rss)), 250);
  const loop = monitorEventLoopDelay({ resolution: 10 });
  const answer = () => {
    // Making the answer blocks for a second, which is not the backend's doing: what was seen of it is forgotten.
    setTimeout(() => loop.reset(), 50);
    return histories(vms, count, endMs);
  };
  const backend = await startBackend({
    jobs: 'jobs:\n  - { name: cpu, query: cpu, step: 5m, training: 28d, horizon: 24h, retrain: 12h }\n',
    createMetricStore: () => inMemory(answer),
  });
  loop.enable();
  const started = performance.now();
  const seriesTrained = await trained(backend.url);
  const seconds = (performance.now() - started) / 1000;
  const maxEventLoopBlockMs = loop.max / 1e6 - 10;
  loop.disable();
  clearInterval(sampler);

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
