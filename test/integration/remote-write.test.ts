import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '../../backend/src/observability/logger.ts';
import { z } from 'zod';
import { systemClock } from '../../backend/src/clock.ts';
import { JobSpec } from '../../backend/src/contract/job.ts';
import { createRemoteWriters, type RemoteWriters } from '../../backend/src/remote-write/create-remote-writers.ts';
import type { SeriesScores } from '../../backend/src/scoring/tick-scores.ts';
import { type Database, openDatabase } from '../../backend/src/store/database.ts';
import { type RealPrometheus, startRealPrometheus } from '../support/real-prometheus.ts';

const deadlineMs = 20_000;
const Answer = z.object({
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) })
    ),
  }),
});

let prometheus: RealPrometheus;
let folder: string;
let database: Database;
let writers: RemoteWriters;

beforeAll(async () => {
  const known = {
    labels: { __name__: 'known' },
    startMs: Date.now() - 60_000,
    stepMs: 60_000,
    values: Float64Array.of(1),
  };
  prometheus = await startRealPrometheus([known], '5m', ['--web.enable-remote-write-receiver']);
}, 60_000);
afterAll(() => prometheus.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-write-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  writers = createRemoteWriters({
    database,
    writers: [
      {
        ...{ name: 'main', url: `${prometheus.url}/api/v1/write`, timeoutMs: 5_000, headers: {}, queueBytes: 1e6 },
        ...{ tenant: undefined, bearerTokenFile: undefined, basic: undefined, tls: undefined },
        ...{ dialects: ['aiops', 'grafana-ml'], horizonsMs: [86_400_000] },
      },
    ],
    clock: systemClock,
    logger: createLogger({ level: 'silent' }),
    observer: { written: () => {}, rejected: () => {}, dropped: () => {}, attempted: () => {} },
  });
  await writers.start();
});
afterEach(async () => {
  await writers.stop();
  await database.destroy();
  await rm(folder, { recursive: true });
});

function scored(service: string, timesMs: readonly number[], score: number): SeriesScores {
  const all = (value: number) => new Float32Array(timesMs.length).fill(value);
  return {
    labels: { __name__: 'latency', service },
    timesMs: Float64Array.from(timesMs),
    observed: new Float64Array(timesMs.length).fill(9),
    expected: all(5),
    lower: all(3),
    upper: all(7),
    scores: all(score),
    horizons: [{ horizonMs: 86_400_000, expected: 6, lower: 4, upper: 8 }],
  };
}

/** Writes a tick and waits until nothing of it waits any more. */
async function write(name: string, series: readonly SeriesScores[]) {
  const prepared = writers.prepare({ job: JobSpec.parse({ name, query: 'q' }), series });
  await database.transaction().execute(async (transaction) => {
    if (prepared !== undefined) {
      await writers.enqueue(transaction, prepared);
    }
  });
  writers.wake();
  for (const untilMs = Date.now() + deadlineMs; Date.now() < untilMs;) {
    const [status] = await writers.statuses();
    if (status?.queue.requests === 0) {
      return status;
    }
    await delay(20);
  }
  throw new Error('the queue was not empty in time');
}

/** Raw samples of the last ten minutes, by name and the labels that matter: `value@ms`. */
async function readBack(selector: string): Promise<Record<string, readonly string[]>> {
  const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(`${selector}[10m]`)}`);
  const { data } = Answer.parse(await answer.json());
  return Object.fromEntries(
    data.result.map(({ metric, values }) => {
      const { __name__: name, ml_forecast: figure = '', horizon = '', service } = metric;
      const samples = values.map(([seconds, value]) => `${value}@${Math.round(seconds * 1_000)}`);
      return [[name, figure, horizon, service].filter((part) => part !== '').join(' '), samples];
    })
  );
}

describe('a real Prometheus', () => {
  test('answers every written series, in both dialects and stamped now', async () => {
    const nowMs = Date.now();
    const status = await write('first', [scored('cart', [nowMs - 30_000, nowMs], 2)]);
    expect(status).toMatchObject({ state: 'working', rejected: [], writtenSamples: 22 });
    const both = (value: number) => [`${value}@${nowMs - 30_000}`, `${value}@${nowMs}`];
    expect(await readBack('{for="first"}')).toEqual({
      'yhat cart': both(5),
      'yhat_lower cart': both(3),
      'yhat_upper cart': both(7),
      'anomaly_score cart': both(2),
      'yhat 24h cart': [`6@${nowMs}`],
      'yhat_lower 24h cart': [`4@${nowMs}`],
      'yhat_upper 24h cart': [`8@${nowMs}`],
    });
    expect(await readBack('{__name__=~"first:.*"}')).toEqual({
      'first:predicted yhat cart': both(5),
      'first:predicted yhat_lower cart': both(3),
      'first:predicted yhat_upper cart': both(7),
      'first:predicted yhat 24h cart': [`6@${nowMs}`],
      'first:predicted yhat_lower 24h cart': [`4@${nowMs}`],
      'first:predicted yhat_upper 24h cart': [`8@${nowMs}`],
      'first:anomalous cart': both(1),
    });
  }, 60_000);

  test('keeps the good series of a message although one of them is out of order', async () => {
    const nowMs = Date.now();
    await write('second', [scored('late', [nowMs], 0)]);
    const status = await write('second', [scored('late', [nowMs - 20_000], 0), scored('good', [nowMs], 0)]);
    expect(status.rejected).toMatchObject([{ reason: 'out-of-order', samples: 14 }]);
    expect(await readBack('anomaly_score{for="second"}')).toEqual({
      'anomaly_score late': [`0@${nowMs}`],
      'anomaly_score good': [`0@${nowMs}`],
    });
  }, 60_000);
});
