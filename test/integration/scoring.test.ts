import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMetricStore } from '../../backend/src/datasources/metrics/prometheus.ts';
import { AppError } from '../../backend/src/errors.ts';
import { startRealPrometheus } from '../support/real-prometheus.ts';
import { lateInStepMs, ScoringHarness, startMs, stepMs, type Course } from './scoring-harness.ts';

let harness: ScoringHarness;

beforeEach(async () => {
  harness = await ScoringHarness.open();
});
afterEach(async () => {
  await harness.close();
});

const h0 = { __name__: 'load', host: 'h0' };
const h1 = { __name__: 'load', host: 'h1' };
const at = (steps: number) => startMs + steps * stepMs;
const usual: Course = () => 10;
/** Outside of the band of 9 to 11 from one step to another, both included. */
const odd =
  (from: number, to: number, value = 14): Course =>
  (timeMs) =>
    timeMs >= at(from) && timeMs <= at(to) ? value : 10;

describe('values that come in', () => {
  test('a breach opens at its first value, is told, and closes by itself', async () => {
    await harness.train({}, [h0, h1]);
    harness.source.series = [
      { labels: h0, course: odd(3, 6) },
      { labels: h1, course: usual },
    ];
    await harness.start();
    await harness.pass(12);
    expect(await harness.list()).toMatchObject([
      {
        ...{ kind: 'band', labels: h0, state: 'closed', direction: 'above', late: false, flaps: 0 },
        ...{ startedAtMs: at(3), endedAtMs: at(6), peakValue: 14, expectedAtPeak: 10 },
      },
    ]);
    expect(harness.told()).toEqual(['opened', 'closed']);
  });

  test('the evidence names value, band and how far out it was', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: odd(1, 9) }];
    await harness.start();
    await harness.pass(3);
    expect((await harness.list())[0]?.evidence[0]).toMatchObject({
      code: 'above-band',
      facts: { value: 14, expected: 10 },
    });
  });

  test('each step is asked for once, of all series together', async () => {
    await harness.train({}, [h0, h1]);
    harness.source.series = [
      { labels: h0, course: usual },
      { labels: h1, course: usual },
    ];
    await harness.start();
    await harness.pass(3);
    expect(harness.source.asked).toEqual([1, 2, 3].map((i) => ({ startMs: at(i), endMs: at(i) })));
  });

  test('an excursion smaller than the job asks for is none', async () => {
    await harness.train({ atLeast: { absolute: 5 } }, [h0]);
    harness.source.series = [{ labels: h0, course: odd(1, 5) }];
    await harness.start();
    await harness.pass(6);
    expect(await harness.list()).toEqual([]);
  });

  test('a side that the job does not watch is left alone', async () => {
    await harness.train({ direction: 'below' }, [h0]);
    harness.source.series = [{ labels: h0, course: odd(1, 5) }];
    await harness.start();
    await harness.pass(6);
    expect(await harness.list()).toEqual([]);
  });

  test('maintenance keeps the alert back and says by what', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: odd(1, 20) }];
    await harness.start({ mutedBy: (_job, _labels, timeMs) => (timeMs < at(5) ? 'patch-day' : undefined) });
    await harness.pass(3);
    expect((await harness.list())[0]?.mutedBy).toBe('patch-day');
    await harness.pass(3);
    expect((await harness.list())[0]?.mutedBy).toBeNull();
  });

  test('a change widens the band of the series it names', async () => {
    await harness.train({}, [h0, h1]);
    harness.source.series = [
      { labels: h0, course: odd(1, 5, 12) },
      { labels: h1, course: odd(1, 5, 12) },
    ];
    await harness.start({ widening: (labels) => (labels['host'] === 'h0' ? 3 : 1) });
    await harness.pass(6);
    expect((await harness.list()).map(({ labels }) => labels)).toEqual([h1]);
  });
});

describe('a source that fails', () => {
  test.each([
    ['does not answer', new AppError('source_unavailable', 'main: it answered 500')],
    ['answers a page', new AppError('source_not_prometheus', 'main: it answered an HTML page')],
  ])('when it %s the cause is kept and the values are scored later, once', async (_what, error) => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: odd(3, 20) }];
    const engine = await harness.start();
    await harness.pass(2);
    harness.source.failing = error;
    await harness.pass(3);
    expect(engine.status()[0]?.error).toBe(error.message);
    expect((await harness.database.selectFrom('scoring').select('error').execute())[0]?.error).toBe(error.message);
    harness.source.failing = undefined;
    await harness.pass(1);
    expect(engine.status()[0]).toMatchObject({ error: null, scoredToMs: at(6) });
    expect(await harness.list()).toMatchObject([{ startedAtMs: at(3), endedAtMs: null, late: false }]);
  });

  test('one that is too slow is given up before the next step, and asked again from the same place', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: usual }];
    const engine = await harness.start();
    harness.source.hangs = true;
    harness.clock.advance(stepMs);
    await harness.until(() => harness.source.asked.length > 0);
    harness.source.hangs = false;
    harness.clock.advance(0.85 * stepMs);
    await harness.until(() => harness.ticks.length > 0);
    expect(engine.status()[0]?.error).toContain('longer than');
    await harness.until(() => harness.ticks.length > 1);
    expect(harness.source.asked.at(-1)).toEqual({ startMs: at(1), endMs: at(2) });
  });

  test('an empty answer moves on: there were no values', async () => {
    await harness.train({}, [h0]);
    const engine = await harness.start();
    await harness.pass(3);
    expect(engine.status()[0]).toMatchObject({ error: null, scoredToMs: at(3), openAnomalies: 0 });
  });
});

describe('a store that refuses', () => {
  test('nothing is told of a tick that could not be written, and it is scored again', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: odd(2, 20) }];
    const engine = await harness.start();
    await harness.pass(2);
    await harness.run(
      "create trigger locked before update on scoring begin select raise(abort, 'database is locked'); end"
    );
    await harness.pass(2);
    expect([await harness.list(), harness.told(), engine.status()[0]?.error]).toEqual([
      [],
      [],
      expect.stringContaining('database is locked'),
    ]);
    await harness.run('drop trigger locked');
    await harness.pass(1);
    expect(await harness.list()).toMatchObject([{ startedAtMs: at(2), endedAtMs: null }]);
    expect(harness.told()).toEqual(['opened']);
  });
});

describe('time', () => {
  test('after a stop what was over before it was found is late and told to nobody who is alerted', async () => {
    await harness.train({}, [h0, h1]);
    harness.source.series = [
      { labels: h0, course: odd(20, 30) },
      { labels: h1, course: odd(100, 1_000) },
    ];
    const first = await harness.start();
    await harness.pass(2);
    await first.stop();
    harness.clock.advance(120 * stepMs);
    await harness.start();
    await harness.until(() => harness.ticks.length > 2);
    expect(await harness.list()).toMatchObject([
      { labels: h1, late: false, startedAtMs: at(100), endedAtMs: null, openedAtMs: at(122) + lateInStepMs },
      { labels: h0, late: true, startedAtMs: at(20), endedAtMs: at(30) },
    ]);
  });

  test('after a very long stop the oldest part is left out, and said', async () => {
    await harness.train({ horizon: '24h' }, [h0]);
    harness.source.series = [{ labels: h0, course: usual }];
    const first = await harness.start();
    await harness.pass(1);
    await first.stop();
    harness.clock.advance(1_001 * stepMs);
    const engine = await harness.start();
    await harness.until(() => harness.ticks.length > 1);
    expect(engine.status()[0]).toMatchObject({ scoredToMs: at(1_002), skippedSteps: 1_001 - 360 });
  });

  test('a clock that jumps back scores nothing twice', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: odd(3, 9) }];
    await harness.start();
    await harness.pass(5);
    harness.clock.jump(-4 * stepMs);
    harness.clock.advance(4 * stepMs);
    await harness.pass(10);
    const asked = harness.source.asked.map(({ startMs: from }) => from);
    expect(new Set(asked).size).toBe(asked.length);
    expect((await harness.list()).length).toBe(1);
  });

  test('a clock that was years ahead does not stop scoring for years', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: usual }];
    const engine = await harness.start();
    await harness.pass(1);
    harness.clock.jump(1_000_000 * stepMs);
    await harness.pass(1);
    harness.clock.jump(-1_000_000 * stepMs);
    await harness.pass(2);
    expect(engine.status()[0]?.scoredToMs).toBe(at(4));
  });

  test('a jump forward is caught up', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: usual }];
    const engine = await harness.start();
    await harness.pass(1);
    harness.clock.jump(100 * stepMs);
    await harness.pass(1);
    expect(engine.status()[0]?.scoredToMs).toBe(at(102));
  });
});

describe('two engines over one store', () => {
  test('no step is scored by both, and one takes over when the other stops', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: odd(4, 100) }];
    const first = await harness.start();
    await harness.pass(1);
    await harness.start();
    for (let i = 0; i < 5; i++) {
      const before = harness.ticks.length;
      harness.clock.advance(stepMs);
      await harness.until(() => harness.ticks.length >= before + 2);
    }
    await first.stop();
    await harness.pass(4);
    const scored = harness.ticks
      .filter(({ outcome }) => outcome === 'scored')
      .reduce((sum, { steps }) => sum + steps, 0);
    expect(scored).toBe(10);
    expect(await harness.list()).toMatchObject([{ startedAtMs: at(4), endedAtMs: null }]);
    expect(harness.told().filter((change) => change === 'opened')).toEqual(['opened']);
  });
});

describe('series that come and go', () => {
  const pod = (name: string) => ({ __name__: 'load', app: 'shop', pod: name });

  test('a new pod is held against the band of those it looks like', async () => {
    await harness.train({ ignoreLabels: ['pod'] }, [pod('a'), pod('b')]);
    harness.source.series = [
      { labels: pod('a'), course: usual },
      { labels: pod('new'), course: odd(2, 50) },
    ];
    await harness.start();
    await harness.pass(4);
    expect(await harness.list()).toMatchObject([{ labels: pod('new'), startedAtMs: at(2), expectedAtPeak: 10 }]);
  });

  test('a new series that is like no other is odd only where none of the job would be', async () => {
    await harness.train({}, [h0], { center: 10, half: 1 });
    await harness.train({}, [h1], { center: 50, half: 1 });
    harness.source.series = [
      { labels: { __name__: 'load', host: 'between' }, course: () => 30 },
      { labels: { __name__: 'load', host: 'beyond' }, course: () => 90 },
    ];
    await harness.start();
    await harness.pass(4);
    expect((await harness.list()).map(({ labels }) => labels.host)).toEqual(['beyond']);
  });

  test('an anomaly of a pod that has gone is over', async () => {
    await harness.train({ ignoreLabels: ['pod'] }, [pod('a')]);
    harness.source.series = [{ labels: pod('a'), course: (timeMs) => (timeMs <= at(5) ? 14 : NaN) }];
    await harness.start();
    await harness.pass(20);
    const [anomaly] = await harness.list();
    expect(anomaly).toMatchObject({ state: 'closed', endedAtMs: at(5) });
    expect(anomaly?.evidence.at(-1)?.code).toBe('gone');
  });

  test('a training in between changes the band and not the anomaly', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: odd(2, 8) }];
    await harness.start();
    await harness.pass(4);
    await harness.train({}, [h0], { center: 10, half: 0.5 });
    await harness.pass(10);
    expect(await harness.list()).toMatchObject([{ startedAtMs: at(2), endedAtMs: at(8), late: false }]);
    expect(harness.told().filter((change) => change !== 'updated')).toEqual(['opened', 'closed']);
  });

  test('a job that was deleted is not scored any more', async () => {
    await harness.train({}, [h0]);
    harness.source.series = [{ labels: h0, course: usual }];
    const engine = await harness.start();
    await harness.pass(1);
    await harness.database.deleteFrom('jobs').execute();
    harness.subscribers.publish({ kind: 'job', job: 'load', change: 'deleted' });
    await harness.until(() => engine.status().length === 0);
    expect(engine.status()).toEqual([]);
  });
});

describe('other kinds', () => {
  test('silence is told while it lasts and over when values are back', async () => {
    await harness.train({ detect: ['silence'] }, [h0, h1]);
    const silent: Course = (timeMs) => (timeMs >= at(3) && timeMs < at(12) ? NaN : 10);
    harness.source.series = [
      { labels: h0, course: silent },
      { labels: h1, course: usual },
    ];
    await harness.start();
    await harness.pass(9);
    expect(await harness.list()).toMatchObject([{ kind: 'silence', labels: h0, startedAtMs: at(3), endedAtMs: null }]);
    await harness.pass(5);
    expect(await harness.list()).toMatchObject([{ kind: 'silence', endedAtMs: at(11) }]);
  });

  test('a job that answers nothing at all is one silence and not one a series', async () => {
    await harness.train({ detect: ['silence'] }, [h0, h1]);
    const silent: Course = (timeMs) => (timeMs >= at(3) ? NaN : 10);
    harness.source.series = [h0, h1].map((labels) => ({ labels, course: silent }));
    await harness.start();
    await harness.pass(12);
    expect(await harness.list()).toMatchObject([{ kind: 'silence', seriesId: null, endedAtMs: null }]);
  });

  test('a change of level and a flat line are found beside the band', async () => {
    await harness.train({ detect: ['level-shift', 'flat'], training: '4h' }, [h0, h1]);
    const noisy = (timeMs: number) => 10 + 0.3 * Math.sin(timeMs / stepMs);
    harness.source.series = [
      { labels: h0, course: (timeMs) => noisy(timeMs) + (timeMs >= at(5) ? 4 : 0) },
      { labels: h1, course: (timeMs) => (timeMs >= at(5) ? 10 : noisy(timeMs)) },
    ];
    await harness.start();
    await harness.pass(90);
    const kinds = (await harness.list()).map(({ kind, labels }) => [kind, labels.host]);
    expect(kinds).toContainEqual(['level-shift', 'h0']);
    expect(kinds).toContainEqual(['flat', 'h1']);
  });

  test('a limit that will be crossed soon is told of, with an estimate for the table', async () => {
    const dayMs = 86_400_000;
    await harness.train({ detect: [{ kind: 'capacity', limit: 100, warn: '3d' }], training: '7d' }, [h0, h1]);
    harness.source.series = [
      { labels: h0, course: (timeMs) => 90 + (5 * (timeMs - startMs)) / dayMs + Math.sin(timeMs / stepMs) },
      { labels: h1, course: (timeMs) => 50 + Math.sin(timeMs / stepMs) },
    ];
    await harness.start();
    await harness.pass(2);
    expect(await harness.list()).toMatchObject([{ kind: 'capacity', labels: h0, direction: 'above', endedAtMs: null }]);
    const rows = await harness.database.selectFrom('capacity').select(['limit_text', 'row']).execute();
    expect(rows.map(({ row }) => (JSON.parse(row) as { state: string }).state).sort()).toEqual(['flat', 'rising']);
  });

  test('metrics that part from each other are one finding of the set', async () => {
    const hosts = ['a', 'b', 'c'].map((host) => ({ __name__: 'load', host }));
    await harness.train({ detect: ['joint'], training: '24h', atLeast: undefined }, hosts, { center: 10, half: 5 });
    const shared = (timeMs: number) => 10 + 2 * Math.sin(timeMs / 7e5) + 0.7 * Math.sin(timeMs / 2.3e5);
    const own = (timeMs: number, i: number) => 0.1 * Math.sin(timeMs / stepMs + 2 * i);
    harness.source.series = hosts.map((labels, i) => ({
      labels,
      course: (timeMs) => (i === 2 && timeMs >= at(5) ? 20 - shared(timeMs) : shared(timeMs)) + own(timeMs, i),
    }));
    await harness.start();
    await harness.pass(20);
    const found = await harness.list();
    expect(found.map(({ kind, seriesId }) => [kind, seriesId])).toContainEqual(['joint', null]);
    expect(found[0]?.evidence.map(({ code }) => code)).toContain('joint-blame');
  });

  test('an outlier among peers is told of the one that is odd', async () => {
    const hosts = ['a', 'b', 'c', 'd', 'e'].map((host) => ({ __name__: 'load', host }));
    await harness.train({ detect: ['outlier'] }, hosts);
    harness.source.series = hosts.map((labels, i) => ({
      labels,
      course: (timeMs) => 10 + Math.sin(timeMs / stepMs + i) + (i === 2 && timeMs >= at(40) ? 30 : 0),
    }));
    await harness.start();
    await harness.pass(44);
    expect(await harness.list()).toMatchObject([{ kind: 'outlier', labels: hosts[2], endedAtMs: null }]);
  });
});

test('what detectors remember is there after a stop', async () => {
  await harness.train({}, [h0]);
  harness.source.series = [{ labels: h0, course: usual }];
  const engine = await harness.start();
  await harness.pass(3);
  await engine.stop();
  const rows = await harness.database.selectFrom('detectors').select('scored_to_ms').execute();
  expect(rows).toEqual([{ scored_to_ms: at(3) }]);
  expect(await harness.database.selectFrom('leases').select('name').execute()).toEqual([]);
});

test('a real Prometheus is scored like any source', async () => {
  const times = Array.from({ length: 12 }, (_, i) => at(i));
  const values = (course: Course) => Float64Array.from(times, course);
  const series = [
    { labels: h0, startMs, stepMs, values: values(odd(3, 6)) },
    { labels: h1, startMs, stepMs, values: values(usual) },
  ];
  const prometheus = await startRealPrometheus(series, '30s');
  const settings = { name: 'main', kind: 'prometheus', url: prometheus.url, timeoutMs: 20_000 } as const;
  const store = createMetricStore({ ...settings, delayMs: 0, maxBytes: 1_000_000 });
  try {
    await harness.train({ query: 'load' }, [h0, h1]);
    await harness.start({ sources: new Map([['main', store]]) });
    await harness.pass(11);
    expect(await harness.list()).toMatchObject([
      { labels: h0, startedAtMs: at(3), endedAtMs: at(6), peakValue: 14, late: false },
    ]);
  } finally {
    await store.stop();
    await prometheus.stop();
  }
});
