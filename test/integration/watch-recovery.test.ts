import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMetricStore } from '../../backend/src/datasources/metrics/prometheus.ts';
import type { MetricStore } from '../../backend/src/datasources/metrics/metric-store.ts';
import { createLogger } from '../../backend/src/observability/logger.ts';
import { watchRecovery } from '../../backend/src/remediation/verification/watch-recovery.ts';
import { type RealPrometheus, startRealPrometheus } from '../support/real-prometheus.ts';

const stepMs = 5_000;
const steps = 240;
const fromMs = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
/** The run ends at step 100. */
const endedAtMs = fromMs + 100 * stepMs + 1_000;
const clock = { nowMs: () => fromMs + steps * stepMs, sleep: () => Promise.reject(new Error('all of it has passed')) };
const hostile = 'a"} == 1 or vector(1) #';

let prometheus: RealPrometheus;
let store: MetricStore;

const series = (metric: string, labels: Record<string, string>, valueAt: (step: number) => number) => ({
  labels: { __name__: metric, ...labels },
  startMs: fromMs,
  stepMs,
  values: Float64Array.from({ length: steps }, (_, i) => valueAt(i)),
});

beforeAll(async () => {
  prometheus = await startRealPrometheus(
    [
      series('probe_success', { instance: 'healed' }, (i) => (i < 104 ? 0 : 1)),
      series('probe_success', { instance: 'broken' }, () => 0),
      series('probe_success', { instance: 'silent' }, (i) => (i <= 100 ? 1 : NaN)),
      series('probe_success', { instance: hostile }, () => 0),
      series('requests_total', { instance: 'healed' }, (i) => (i < 104 ? 1000 : 1000 + 10 * (i - 104))),
      series('errors', {}, (i) => (i < 110 ? 5 : 9)),
    ],
    '5m'
  );
  const source = { name: 'main', kind: 'prometheus' as const, url: prometheus.url, tenant: undefined, headers: {} };
  store = createMetricStore({
    ...{ ...source, bearerTokenFile: undefined, basic: undefined, tls: undefined, timeoutMs: 10_000 },
    ...{ delayMs: 0, maxBytes: 10_000_000 },
  });
}, 60_000);
afterAll(async () => {
  await store.stop();
  await prometheus.stop();
});

const verify = (instance: string, changes: object = {}) =>
  watchRecovery(
    {
      storeOf: () => store,
      detectors: { judge: () => Promise.reject(new Error('none')), counterfactual: () => Promise.resolve(null) },
      ...{ clock, logger: createLogger({ level: 'silent' }) },
    },
    {
      verify: {
        ...{ settle: '10s', for: '30s', every: '5s', within: '3m', notWorse: [] },
        healthy: 'probe_success{instance="{instance}"} == 1',
        ...changes,
      },
      labels: { instance },
      ...{ abnormalFromMs: fromMs, engineStartedAtMs: endedAtMs - 10_000, engineEndedAtMs: endedAtMs },
    },
    new AbortController().signal
  );

describe('with Prometheus, a recovery', () => {
  test('is dated by the samples themselves, not by when they were asked for', async () => {
    const report = await verify('healed');
    expect(report).toMatchObject({ outcome: 'recovered', recoveredAtMs: fromMs + 104 * stepMs });
    expect(report.samples[0]).toMatchObject({ healthy: 'no', sampleMs: fromMs + 102 * stepMs });
  });

  test('does not come of what is down', async () => {
    expect(await verify('broken')).toMatchObject({ outcome: 'not-recovered', recoveredAtMs: null });
  });

  test('is not seen in a healthy value from before the run that the server still answers', async () => {
    const report = await verify('silent');
    expect(report).toMatchObject({ outcome: 'inconclusive', recoveredAtMs: null });
    expect(report.samples[0]).toMatchObject({ healthy: 'no-data', sampleMs: fromMs + 100 * stepMs });
    expect(report.samples).toHaveLength(37);
  });

  test('can not be talked into by a label', async () => {
    expect(await verify(hostile)).toMatchObject({ outcome: 'not-recovered' });
  });

  test('is seen in a rate once all of its range is from after the run', async () => {
    const report = await verify('healed', { healthy: 'rate(requests_total{instance="{instance}"}[1m]) > 1' });
    expect(report.outcome).toBe('recovered');
    const [first] = report.samples.filter(({ healthy }) => healthy === 'yes');
    expect(first?.atMs).toBeGreaterThanOrEqual(endedAtMs + 60_000);
  });

  test('is none when what depends on it gets worse', async () => {
    const report = await verify('healed', { notWorse: ['sum(errors)'], for: '2m' });
    expect(report).toMatchObject({ outcome: 'worse', guards: [{ before: 5, after: 9, worse: true }] });
  });

  test('of a query that the server refuses is not known', async () => {
    const report = await verify('healed', {
      healthy: 'label_replace(probe_success, "x", "$1", "y", "(") == 1',
      within: '20s',
    });
    expect(report).toMatchObject({ outcome: 'inconclusive' });
    expect(report.samples[0]).toMatchObject({
      healthy: 'error',
      detail: expect.stringContaining('invalid regular expression'),
    });
  });
});
