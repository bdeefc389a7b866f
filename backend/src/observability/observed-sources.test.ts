import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectionReport, MetricStore } from '../datasources/metrics/metric-store.ts';
import { AppError } from '../errors.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { ObservedSources } from './observed-sources.ts';

const settings = {
  name: 'main',
  kind: 'prometheus',
  url: 'http://user:canary@prometheus:9090/prom',
  timeoutMs: 30_000,
  delayMs: 0,
  maxBytes: 1_000,
} as const;
const signal = new AbortController().signal;

let metrics: Metrics;
let failure: Error | undefined;
let report: ConnectionReport;
let sources: ObservedSources;

beforeEach(() => {
  metrics = createMetrics();
  failure = undefined;
  report = { ok: true, steps: [], message: 'reachable' };
  const store: MetricStore = {
    name: 'main',
    kind: 'prometheus',
    queryRange: async () => ({ series: [], warnings: [] }),
    queryInstant: async () => {
      if (failure !== undefined) {
        throw failure;
      }
      return { samples: [], warnings: [] };
    },
    checkConnection: async () => report,
    stop: async () => {},
  };
  const clock = { nowMs: () => 5_000, sleep: async () => {} };
  sources = new ObservedSources({ sources: [{ settings, store }], metrics: metrics.sources, clock });
});

async function query(error?: Error, querySignal = signal): Promise<void> {
  failure = error;
  await sources.stores
    .get('main')
    ?.queryInstant('up', 0, querySignal)
    .catch(() => undefined);
}

async function countOf(outcome: string): Promise<number | undefined> {
  const { values } = await metrics.sources.queries.get();
  return values.find((row) => row.labels.outcome === outcome)?.value;
}

describe('the health of a source', () => {
  test('is unknown before the first query, and its URL hides credentials', () => {
    expect(sources.list()).toEqual([
      {
        name: 'main',
        kind: 'prometheus',
        url: 'http://prometheus:9090/prom',
        reachable: null,
        message: null,
        checkedAtMs: null,
      },
    ]);
  });

  test('follows the latest query', async () => {
    await query();
    expect(sources.list()[0]).toMatchObject({ reachable: true, message: null, checkedAtMs: 5_000 });
    await query(new AppError('source_refused', 'Nobody listens at prometheus:9090.'));
    expect(sources.list()[0]).toMatchObject({ reachable: false, message: 'Nobody listens at prometheus:9090.' });
  });

  test('is good when it answered that the query is wrong', async () => {
    await query(new AppError('source_query_rejected', 'parse error'));
    expect(sources.list()[0]).toMatchObject({ reachable: true });
  });

  test('is not touched by a query that was called off', async () => {
    await query(new AppError('source_unavailable', 'aborted'), AbortSignal.abort());
    expect(sources.list()[0]).toMatchObject({ reachable: null });
    expect(await countOf('aborted')).toBe(1);
  });

  test('follows a connection test', async () => {
    report = { ok: false, steps: [], cause: 'dns', message: 'The name does not resolve.' };
    expect(await sources.check('main', signal)).toEqual(report);
    expect(sources.list()[0]).toMatchObject({ reachable: false, message: 'The name does not resolve.' });
  });
});

test('queries are counted by outcome', async () => {
  await query();
  await query(new AppError('source_timeout', 'late'));
  await query(new TypeError('a defect'));
  expect([await countOf('ok'), await countOf('source_timeout'), await countOf('internal')]).toEqual([1, 1, 1]);
});

test('an unknown source is refused with the names that there are', async () => {
  await expect(sources.check('other', signal)).rejects.toMatchObject({
    code: 'not_found',
    message: 'There is no source "other". There are: main.',
  });
});
