import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { systemClock } from '../../backend/src/clock.ts';
import { createFacadeRouter } from '../../backend/src/facade/facade-router.ts';
import type { OwnSeries } from '../../backend/src/facade/own-series.ts';
import { inMemorySeries } from './facade/in-memory-series.ts';
import { type RealPrometheus, startRealPrometheus } from '../support/real-prometheus.ts';

const stepMs = 60_000;
const points = 600;
/** A whole step in the recent past, so that a database of any retention takes it. */
const startMs = Math.floor(Date.now() / stepMs) * stepMs - 12 * 3_600_000;

function wave(seed: number, gapEvery: number): Float64Array {
  return Float64Array.from({ length: points }, (_, i) =>
    i % gapEvery > gapEvery - 4 ? NaN : 50 * Math.sin(i / 37 + seed) + 7 * Math.cos(i / 3 + seed * 2) + seed
  );
}

function ours(labels: Record<string, string>, values: Float64Array): OwnSeries {
  return { labels, startMs, stepMs, values };
}

const series: readonly OwnSeries[] = ['a', 'b', 'c', 'd'].flatMap((instance, i) => {
  const base = { for: 'checkout-latency', job: i < 2 ? 'api' : 'web', instance };
  return [
    ours({ __name__: 'yhat', ...base }, wave(i + 1, 1000)),
    ours(
      { __name__: 'yhat_upper', ...base },
      wave(i + 1, 1000).map((v) => v + 10 + i)
    ),
    ours(
      { __name__: 'yhat_lower', ...base },
      wave(i + 1, 1000).map((v) => v - 10 - i)
    ),
    ours({ __name__: 'y', ...base }, wave(i + 1.4, 90 + i)),
    ours({ __name__: 'checkout_latency:predicted', job: base.job, instance, ml_forecast: 'yhat' }, wave(i + 1, 1000)),
    ours({ __name__: 'checkout_latency:actual', job: base.job, instance }, wave(i + 1.4, 90 + i)),
  ];
});

const expressions = [
  '1+1',
  '0x1f + 1e2 - .5',
  '-1 ^ 2',
  '2 ^ -1 * 4 - -3',
  '2 + 3 * 4 ^ 2 / 8 - 1',
  '-yhat ^ 2 * 3',
  'y + yhat offset 5m * 2 - 1',
  '-y offset 5m',
  'y - max_over_time(yhat[10m]) + -yhat @ end()',
  'yhat > 0 and y offset 2m or yhat_upper unless y',
  '2 ^ 3 ^ 2',
  '-7 % 3',
  '1 == bool 1',
  'Inf - Inf',
  'yhat',
  'yhat{instance="a"}',
  'yhat{instance!="a"}',
  'yhat{instance=~"a|b"}',
  'yhat{instance!~"a|b"}',
  'yhat{job=~"w.*",instance=~".+"}',
  '{__name__="yhat",instance="b"}',
  '{__name__=~"yhat_(lower|upper)",job="api"}',
  'y',
  '# a comment\ny  {instance="c"}',
  'yhat offset 1h',
  'yhat offset -1h',
  'yhat @ end()',
  'yhat @ start() offset 5m',
  'y offset 90s - yhat',
  '-yhat',
  '+yhat',
  'yhat * 2 + 1',
  '100 - yhat / 3',
  'yhat % 7',
  'yhat ^ 2',
  'yhat > 20',
  '20 < yhat',
  'yhat > bool 20',
  'y == y',
  '(y - yhat) / yhat * 100',
  'y > yhat_upper',
  'y > bool yhat_upper',
  'y - on(instance) yhat',
  'y - ignoring(job) yhat',
  'y > on(instance) yhat_upper',
  'checkout_latency:actual - ignoring(ml_forecast) checkout_latency:predicted{ml_forecast="yhat"}',
  'checkout_latency:actual > ignoring(ml_forecast) checkout_latency:predicted{ml_forecast="yhat"}',
  'y and yhat > 10',
  'y or yhat',
  'y{job="api"} or on(job) yhat',
  'yhat unless y > 0',
  'y unless on(instance) yhat{job="api"}',
  'y > yhat_upper or y < yhat_lower',
  'sum(yhat)',
  'sum by (job) (yhat)',
  'avg without (instance) (y)',
  'min(y) by (job, nothing)',
  'max by (job) (y)',
  'count(y)',
  'count by (instance) ({__name__=~"yhat.*"})',
  'group by (job) (y)',
  'stddev(yhat)',
  'stdvar by (job) (yhat)',
  'quantile(0.9, yhat)',
  'quantile(-1, yhat)',
  'quantile by (job) (scalar(vector(0.25)), y)',
  'topk(2, yhat)',
  'bottomk by (job) (1, yhat)',
  'sum(y) / count(y)',
  'avg_over_time(y[30m])',
  'max_over_time(yhat[60m])',
  'min_over_time(y[7m])',
  'sum_over_time(y[10m])',
  'count_over_time(y[10m])',
  'last_over_time(y[10m])',
  'stddev_over_time(yhat[20m])',
  'stdvar_over_time(yhat[20m])',
  'quantile_over_time(0.3, y[25m])',
  'max_over_time(y[30m] offset 10m) - min_over_time(y[30m] offset -10m)',
  'max_over_time(yhat[30m]) or yhat offset -24h',
  'avg_over_time(yhat[30m] @ end())',
  'abs(yhat)',
  'ceil(yhat)',
  'floor(yhat)',
  'round(yhat)',
  'round(yhat, 0.25)',
  'sgn(y)',
  'sqrt(abs(y))',
  'exp(yhat / 100)',
  'ln(abs(yhat)) + log2(abs(yhat)) + log10(abs(yhat))',
  'clamp(yhat, -10, 10)',
  'clamp(yhat, 10, -10)',
  'clamp_min(yhat, 0)',
  'clamp_max(yhat, 0)',
  'time()',
  'vector(time() / 2)',
  'scalar(yhat{instance="a"}) + 1',
  'scalar(yhat)',
  'absent(nothing{job="api",instance=~"a"})',
  'absent(y{instance="a"})',
  'absent(sum(nothing))',
  'sort_desc(yhat)',
  'sort(yhat)',
  'sum(max_over_time(y[10m]) > bool 10) by (job)',
];

const refusedByBoth = [
  'abs({__name__=~"yhat.*"})',
  'y - on(job) yhat',
  'sum(',
  'yhat{',
  'yhat[5m] + 1',
  'yhat offset 5m offset 3m',
  '(yhat) offset 5m',
  'sum(yhat) @ 5',
  'yhat offset 5m [10m]',
  'yhat and 1',
  '1 == 1',
  '1 and 2',
  'yhat + bool 1',
  'abs(yhat[5m])',
  'avg_over_time(yhat)',
  'topk(yhat, 1)',
  'sum(yhat, y)',
  'clamp_max(yhat)',
  '{}',
  'yhat{instance=~"("}',
  'foo(yhat)',
  '"a" + 1',
  'yhat @ Inf',
  '{instance=~".*"}',
  'yhat{__name__="y"}',
  '',
];

let prometheus: RealPrometheus;
const app = express().use(
  '/prometheus',
  createFacadeRouter({
    series: inMemorySeries(series),
    clock: systemClock,
    limits: { deadlineMs: 30_000, maxSamples: 5_000_000 },
  })
);

interface Answer {
  readonly status: string;
  readonly errorType?: string;
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

/** A range is (t - r, t] here, as in Prometheus 3, and [t - r, t] in Prometheus 2: one millisecond less is the same. */
function forVersion2(expression: string): string {
  return expression.replaceAll(/\[(\d+)m\]/g, (_all, minutes: string) => `[${Number(minutes) - 1}m59s999ms]`);
}

async function askBoth(path: string, params: Record<string, string>): Promise<{ own: Answer; real: Answer }> {
  const form = new URLSearchParams({ ...params, query: forVersion2(params['query'] ?? '') });
  const [own, real] = await Promise.all([
    request(app).post(`/prometheus${path}`).type('form').send(params),
    fetch(`${prometheus.url}${path}`, { method: 'POST', body: form }),
  ]);
  return { own: own.body as Answer, real: (await real.json()) as Answer };
}

/** Numbers as numbers, in a form that compares to 9 digits; label sets sorted where order has no meaning. */
function comparable(answer: Answer, ordered: boolean): unknown {
  const round = (value: unknown): unknown => {
    const number = Number(String(value).replace('Inf', 'Infinity'));
    return Number.isFinite(number) ? Number(number.toPrecision(10)) : String(value);
  };
  if (answer.data === undefined) {
    throw new Error(`refused: ${JSON.stringify(answer)}`);
  }
  const text = JSON.stringify(answer.data, (key, value: unknown) => {
    if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'number') {
      return [value[0], round(value[1])];
    }
    if (key === 'metric') {
      return Object.fromEntries(Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    return value;
  });
  const data = JSON.parse(text) as { resultType: string; result: unknown[] };
  if (!ordered && data.resultType !== 'scalar') {
    data.result.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  return data;
}

const seconds = (ms: number): string => String(ms / 1000);
const middleMs = startMs + 300 * stepMs;
const grids = {
  'on the grid': { start: seconds(startMs + 60 * stepMs), end: seconds(startMs + 400 * stepMs), step: '240' },
  'off the grid, finer than the data': {
    start: seconds(middleMs + 7000),
    end: seconds(middleMs + 2_407_000),
    step: '23.5',
  },
  'beyond both ends': { start: seconds(startMs - 1_800_000), end: seconds(startMs + 660 * stepMs), step: '1111' },
};

beforeAll(async () => {
  prometheus = await startRealPrometheus(series, '59s999ms');
});
afterAll(async () => {
  await prometheus.stop();
});

describe('answers are those of a real Prometheus', () => {
  test.each(expressions)('%s', async (query) => {
    for (const time of [middleMs, middleMs + 33_123, startMs + 89 * stepMs]) {
      const { own, real } = await askBoth('/api/v1/query', { query, time: seconds(time) });
      expect(comparable(own, query.startsWith('sort'))).toEqual(comparable(real, query.startsWith('sort')));
    }
    for (const grid of Object.values(grids)) {
      const { own, real } = await askBoth('/api/v1/query_range', { query, ...grid });
      expect(comparable(own, true)).toEqual(comparable(real, true));
    }
  });

  test('a range vector is answered as raw samples', async () => {
    const { own, real } = await askBoth('/api/v1/query', { query: 'y[30m]', time: seconds(middleMs + 5000) });
    expect(comparable(own, false)).toEqual(comparable(real, false));
  });

  test('a string is answered as a string', async () => {
    const { own, real } = await askBoth('/api/v1/query', { query: '"a\\x41\\u00e9\\n\\101"', time: seconds(middleMs) });
    expect(own.data).toEqual(real.data);
  });
});

describe('what a real Prometheus refuses is refused with the same error type', () => {
  test.each(refusedByBoth)('%s', async (query) => {
    const { own, real } = await askBoth('/api/v1/query', { query, time: seconds(middleMs) });
    expect({ status: own.status, errorType: own.errorType }).toEqual({ status: 'error', errorType: real.errorType });
  });
});
