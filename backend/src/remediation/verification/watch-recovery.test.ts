import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Clock } from '../../clock.ts';
import type { VerificationReport, VerificationSample } from '../../contract/remediation/run.ts';
import type { InstantAnswer, MetricStore } from '../../datasources/metrics/metric-store.ts';
import { AppError } from '../../errors.ts';
import { type RecoveryDeps, type RecoveryRequest, watchRecovery } from './watch-recovery.ts';

const startMs = 1_780_000_000_000;
const endMs = startMs + 20_000;
const never = new AbortController().signal;

/** A clock on which time passes only while someone sleeps. */
function sleepingClock(atMs = endMs): Clock & { timeMs: number; slept: number } {
  const clock = {
    timeMs: atMs,
    slept: 0,
    nowMs: () => clock.timeMs,
    sleep: (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      clock.slept++;
      clock.timeMs += ms;
      return Promise.resolve();
    },
  };
  return clock;
}

/** Value of a metric at an instant of scraping; undefined for none. */
type Metric = (scrapedAtMs: number) => number | undefined;

interface World {
  /** By metric name. */
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly scrapeMs?: number;
  readonly fault?: (atMs: number) => Error | undefined;
}

/** Answers `metric == n`, `metric`, and the timestamps of both, as Prometheus does with a lookback of 5 minutes. */
function storeOf({ metrics, scrapeMs = 5_000, fault }: World): MetricStore & { readonly asked: string[] } {
  const asked: string[] = [];
  const newest = (name: string, atMs: number) => {
    for (let ms = Math.floor(atMs / scrapeMs) * scrapeMs; ms > atMs - 300_000; ms -= scrapeMs) {
      const value = metrics[name]?.(ms);
      if (value !== undefined) {
        return { ms, value };
      }
    }
    return undefined;
  };
  const queryInstant = (promql: string, atMs: number): Promise<InstantAnswer> => {
    asked.push(promql);
    const error = fault?.(atMs);
    if (error !== undefined) {
      return Promise.reject(error);
    }
    const name = /^(?:min\(timestamp\()?([a-z_]+)/.exec(promql)?.[1] ?? '';
    const sample = newest(name, atMs);
    const wanted = / == (\d+)$/.exec(promql)?.[1];
    const isTime = promql.startsWith('min(timestamp');
    const passes =
      sample !== undefined && (wanted === undefined || sample.value === Number(wanted) || Number.isNaN(sample.value));
    const value = isTime ? (sample?.ms ?? 0) / 1_000 : (sample?.value ?? NaN);
    return Promise.resolve({ warnings: [], samples: passes ? [{ labels: {}, timestampMs: atMs, value }] : [] });
  };
  return {
    ...{ asked, name: 'main', kind: 'prometheus' as const, queryInstant },
    queryRange: ({ promql, startMs: fromMs, endMs: toMs, stepMs }) => {
      const error = fault?.(toMs);
      if (error !== undefined) {
        return Promise.reject(error);
      }
      const values = Float64Array.from(
        { length: (toMs - fromMs) / stepMs + 1 },
        (_, i) => newest(promql, fromMs + i * stepMs)?.value ?? NaN
      );
      const isKnown = values.some((value) => !Number.isNaN(value));
      return Promise.resolve({
        warnings: [],
        series: isKnown ? [{ labels: {}, startMs: fromMs, stepMs, values }] : [],
      });
    },
    checkConnection: () => Promise.reject(new Error('not asked')),
    stop: () => Promise.resolve(),
  };
}

interface Given {
  readonly world: World;
  readonly verify?: Partial<RecoveryRequest['verify']>;
  readonly clock?: Clock;
  readonly detectors?: RecoveryDeps['detectors'];
  readonly labels?: Record<string, string>;
  readonly onSample?: (sample: VerificationSample) => void;
  readonly signal?: AbortSignal;
  readonly store?: MetricStore;
}

function verification(given: Given): Promise<VerificationReport> {
  const { world, clock = sleepingClock(), labels = {}, signal = never } = given;
  const noDetectors: RecoveryDeps['detectors'] = {
    judge: ({ job }) => Promise.resolve({ job, normal: true, detail: 'in the band' }),
    counterfactual: () => Promise.resolve(null),
  };
  return watchRecovery(
    {
      ...{ clock, logger: pino({ level: 'silent' }), detectors: given.detectors ?? noDetectors },
      storeOf: () => given.store ?? storeOf(world),
      ...(given.onSample === undefined ? {} : { onSample: given.onSample }),
    },
    {
      verify: {
        ...{ settle: '30s', for: '45s', every: '15s', within: '5m', notWorse: [], healthy: 'up == 1' },
        ...given.verify,
      },
      ...{ labels, abnormalFromMs: startMs - 120_000, engineStartedAtMs: startMs, engineEndedAtMs: endMs },
    },
    signal
  );
}

const downUntil =
  (ms: number): Metric =>
  (atMs) =>
    atMs < ms ? 0 : 1;

describe('a recovery', () => {
  test('is verified after settling and holding, by values newer than the run', async () => {
    const clock = sleepingClock();
    const report = await verification({ world: { metrics: { up: downUntil(endMs + 5_000) } }, clock });
    expect(report).toMatchObject({
      outcome: 'recovered',
      startedAtMs: endMs,
      endedAtMs: endMs + 75_000,
      recoveredAtMs: endMs + 30_000,
      summary: 'Healthy since 30s after the run, for 45s without a break.',
    });
    expect(report.samples.map(({ atMs, healthy }) => [atMs - endMs, healthy])).toEqual([
      [30_000, 'yes'],
      [45_000, 'yes'],
      [60_000, 'yes'],
      [75_000, 'yes'],
    ]);
    expect(clock.nowMs()).toBe(endMs + 75_000);
  });

  test('that breaks in between begins to hold anew', async () => {
    const up: Metric = (ms) => (ms < endMs + 40_000 || (ms >= endMs + 60_000 && ms < endMs + 90_000) ? 0 : 1);
    const report = await verification({ world: { metrics: { up } } });
    expect(report).toMatchObject({ outcome: 'recovered', recoveredAtMs: endMs + 90_000, endedAtMs: endMs + 135_000 });
  });

  test('that does not come is not recovered once the window is over', async () => {
    const report = await verification({ world: { metrics: { up: () => 0 } } });
    expect(report).toMatchObject({ outcome: 'not-recovered', recoveredAtMs: null, endedAtMs: endMs + 330_000 });
    expect(report.samples).toHaveLength(21);
    expect(report.summary).toBe('Not recovered within 5m30s after the run: the query says that it is not healthy.');
  });

  test('that begins too late to hold is not recovered', async () => {
    const report = await verification({ world: { metrics: { up: downUntil(endMs + 310_000) } } });
    expect(report).toMatchObject({ outcome: 'not-recovered', recoveredAtMs: endMs + 315_000 });
    expect(report.summary).toContain('healthy only for 15s by then');
  });

  test('is never seen in what the target said before the run ended', async () => {
    const stale: Metric = (ms) => (ms <= endMs ? 1 : undefined);
    const report = await verification({ world: { metrics: { up: stale } }, verify: { within: '2m' } });
    expect(report).toMatchObject({ outcome: 'inconclusive', recoveredAtMs: null });
    expect(report.samples.every(({ healthy, sampleMs }) => healthy === 'no-data' && sampleMs === endMs)).toBe(true);
    expect(report.summary).toContain('the newest value is from before the end of the run');
  });

  test('is not proven by one value that is seen again and again between two scrapes', async () => {
    const once: Metric = (ms) => (ms === endMs + 20_000 ? 1 : undefined);
    const report = await verification({ world: { metrics: { up: once } } });
    expect(report).toMatchObject({ outcome: 'inconclusive' });
    expect(report.samples.slice(0, 3).map(({ healthy }) => healthy)).toEqual(['yes', 'yes', 'yes']);
  });

  test('with scrapes a minute apart is verified by two values that span the time', async () => {
    const report = await verification({ world: { metrics: { up: downUntil(endMs) }, scrapeMs: 60_000 } });
    expect(report.outcome).toBe('recovered');
    const times = report.samples.filter(({ healthy }) => healthy === 'yes').map(({ sampleMs }) => sampleMs ?? 0);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(60_000);
  });

  test('is inconclusive without values', async () => {
    const report = await verification({ world: { metrics: {} }, verify: { within: '1m' } });
    expect(report).toMatchObject({ outcome: 'inconclusive' });
    expect(report.summary).toContain('the source has no values of what the query reads');
  });

  test('is inconclusive while the query answers NaN', async () => {
    const report = await verification({ world: { metrics: { up: () => NaN } }, verify: { within: '1m' } });
    expect(report).toMatchObject({ outcome: 'inconclusive' });
    expect(report.samples[0]).toMatchObject({ healthy: 'no-data', value: null, detail: 'the query answers NaN' });
  });

  test('is inconclusive when the source dies, however bad it was before', async () => {
    const fault = (atMs: number) =>
      atMs > endMs + 100_000 ? new AppError('source_refused', 'main refused the connection') : undefined;
    const report = await verification({ world: { metrics: { up: () => 0 }, fault } });
    expect(report).toMatchObject({ outcome: 'inconclusive' });
    expect(report.samples.at(-1)).toMatchObject({ healthy: 'error', detail: 'main refused the connection' });
  });

  test('is found although the source was away for a while', async () => {
    const fault = (atMs: number) => (atMs < endMs + 100_000 ? new AppError('source_refused', 'away') : undefined);
    const report = await verification({
      world: { metrics: { up: () => 1, errors: () => 3 }, fault },
      verify: { notWorse: ['errors'] },
    });
    // what was before the run is read later
    expect(report).toMatchObject({ outcome: 'inconclusive', guards: [{ before: null }] });
    const later = (atMs: number) =>
      atMs > endMs && atMs < endMs + 100_000 ? new AppError('source_refused', 'away') : undefined;
    const found = await verification({
      world: { metrics: { up: () => 1, errors: () => 3 }, fault: later },
      verify: { notWorse: ['errors'] },
    });
    expect(found).toMatchObject({ outcome: 'recovered', guards: [{ before: 3, after: 3, worse: false }] });
  });

  test('judged by a range waits until the range holds nothing from before the run', async () => {
    const store = storeOf({ metrics: {} });
    const queryInstant = (promql: string, atMs: number) =>
      Promise.resolve({
        warnings: [],
        samples: [{ labels: {}, timestampMs: atMs, value: promql.startsWith('min(') ? atMs / 1_000 : 1 }],
      });
    const report = await verification({
      world: { metrics: {} },
      store: { ...store, queryInstant },
      verify: { healthy: 'rate(requests[1m]) > 0' },
    });
    expect(report.outcome).toBe('recovered');
    const yes = report.samples.filter(({ healthy }) => healthy === 'yes');
    expect(yes[0]?.atMs).toBe(endMs + 60_000);
    expect(report.samples[0]?.detail).toContain('reaches back before the end of the run');
  });
});

describe('looks', () => {
  test('whose time has passed are made for the instants they were due at: a restart comes to the same end', async () => {
    const world = { metrics: { up: downUntil(endMs + 50_000) } };
    const whole = await verification({ world });
    const clock = sleepingClock(endMs + 3_600_000);
    const late = await verification({ world, clock });
    expect(late).toEqual(whole);
    expect(clock.slept).toBe(0);
    const middle = sleepingClock(endMs + 62_000);
    expect(await verification({ world, clock: middle })).toEqual(whole);
  });

  test('are told as they are made', async () => {
    const seen: string[] = [];
    await verification({
      world: { metrics: { up: downUntil(endMs + 40_000) } },
      onSample: ({ healthy }) => void seen.push(healthy),
    });
    expect(seen).toEqual(['no', 'yes', 'yes', 'yes', 'yes']);
  });

  test('that a restart makes up for are not told again', async () => {
    const seen: number[] = [];
    const world = { metrics: { up: downUntil(endMs + 50_000) } };
    const clock = sleepingClock(endMs + 62_000);
    const report = await verification({ world, clock, onSample: ({ atMs }) => void seen.push(atMs - endMs) });
    expect(seen).toEqual([60_000, 75_000, 90_000, 105_000]);
    expect(report.samples).toHaveLength(6);
  });

  test('end when the backend stops, with its reason', async () => {
    const stopping = new AbortController();
    const report = verification({
      world: { metrics: { up: () => 0 } },
      signal: stopping.signal,
      onSample: () => {
        stopping.abort(new Error('stopping'));
      },
    });
    await expect(report).rejects.toThrow('stopping');
  });

  test('are bounded in number and in waiting, also when the clock is set back', async () => {
    const clock = sleepingClock(endMs - 86_400_000);
    const report = await verification({
      world: { metrics: { up: () => 0 } },
      clock,
      verify: { every: '1s', within: '2h' },
    });
    expect(report.samples).toHaveLength(1_000);
    expect(clock.nowMs()).toBeLessThan(endMs);
  });

  test('ask with the labels of the alert as data', async () => {
    const store = storeOf({ metrics: { up: () => 1 } });
    await verification({
      world: { metrics: {} },
      store,
      labels: { instance: 'a"} or vector(1) or up{x="' },
      verify: { healthy: 'up{instance="{instance}"} == 1', within: '15s' },
    });
    expect(store.asked[0]).toBe('up{instance="a\\u0022} or vector(1) or up{x=\\u0022"} == 1');
  });

  test.each([
    ['up{instance="{pod}"} == 1', 'which the alert does not have'],
    ['up == ', 'unexpected end of the expression'],
    ['1 == 1', 'it reads no values of now'],
    ['up offset 5m == 1', 'it reads no values of now'],
  ])('are not made with %s, and nothing is claimed', async (healthy, reason) => {
    const report = await verification({ world: { metrics: { up: () => 1 } }, verify: { healthy } });
    expect(report).toMatchObject({ outcome: 'inconclusive', samples: [], summary: expect.stringContaining(reason) });
  });
});

describe('metrics that must not get worse', () => {
  const rising =
    (to: number): Metric =>
    (ms) =>
      ms <= startMs ? 10 : to;
  const verify = { notWorse: ['errors'] };

  test('end it as worse once they are more than 20 % above what they were, three looks in a row', async () => {
    const report = await verification({ world: { metrics: { up: () => 1, errors: rising(12.1) } }, verify });
    expect(report).toMatchObject({
      outcome: 'worse',
      endedAtMs: endMs + 60_000,
      guards: [{ query: 'errors', before: 10, after: 12.1, worse: true }],
      summary: 'Got worse: errors rose from 10 to 12.1.',
    });
  });

  test('do not mind 20 %, nor a single spike', async () => {
    const within = await verification({ world: { metrics: { up: () => 1, errors: rising(12) } }, verify });
    expect(within).toMatchObject({ outcome: 'recovered', guards: [{ worse: false }] });
    const spike: Metric = (ms) => (ms === endMs + 45_000 ? 900 : 10);
    const spiked = await verification({ world: { metrics: { up: () => 1, errors: spike } }, verify });
    expect(spiked).toMatchObject({ outcome: 'recovered', guards: [{ worse: false }] });
  });

  test('that go dark after the run keep it from being called a recovery', async () => {
    const dark: Metric = (ms) => (ms <= endMs ? 10 : undefined);
    const report = await verification({ world: { metrics: { up: () => 1, errors: dark } }, verify });
    expect(report).toMatchObject({ outcome: 'inconclusive', guards: [{ before: 10, after: null, worse: null }] });
    expect(report.summary).toContain('errors has no values any more');
  });

  test('that were never there object to nothing', async () => {
    const report = await verification({ world: { metrics: { up: () => 1 } }, verify });
    expect(report).toMatchObject({ outcome: 'recovered', guards: [{ before: null, after: null, worse: null }] });
  });
});

describe('the detector', () => {
  const world = { metrics: { up: () => 1 } };
  const verify = { detector: 'latency' };
  const saying = (normal: boolean | null, until = Infinity): RecoveryDeps['detectors'] => ({
    judge: ({ job }, { nowMs }) => Promise.resolve({ job, normal: nowMs < until ? normal : true, detail: 'score 3.2' }),
    counterfactual: () => Promise.resolve(null),
  });

  test('must agree before it is a recovery', async () => {
    const report = await verification({ world, verify, detectors: saying(false, endMs + 120_000) });
    expect(report).toMatchObject({ outcome: 'recovered', endedAtMs: endMs + 120_000, detector: { normal: true } });
  });

  test.each([
    [false, 'not-recovered'],
    [null, 'inconclusive'],
  ])('that says %p until the end makes it %s', async (normal, outcome) => {
    const report = await verification({ world, verify, detectors: saying(normal) });
    expect(report).toMatchObject({ outcome, detector: { job: 'latency', normal } });
    expect(report.summary).toContain('score 3.2');
  });

  test('that fails is no agreement', async () => {
    const detectors = {
      judge: () => Promise.reject(new AppError('source_timeout', 'no answer')),
      counterfactual: () => Promise.reject(new Error('no answer')),
    };
    const report = await verification({ world, verify, detectors });
    expect(report).toMatchObject({
      outcome: 'inconclusive',
      detector: { normal: null, detail: 'no answer' },
      counterfactual: null,
    });
  });

  test('adds what would have come without the run', async () => {
    const counterfactual = {
      ...{ job: 'latency', times: [], observed: [], without: [], lower: [], upper: [] },
      sentence: 'Going on as it was before the run, it would have stayed outside.',
    };
    const detectors = { ...saying(true), counterfactual: () => Promise.resolve(counterfactual) };
    const report = await verification({ world, verify, detectors });
    expect(report.summary).toBe(
      'Healthy since 30s after the run, for 45s without a break. Going on as it was before the run, it would have stayed outside.'
    );
  });
});
