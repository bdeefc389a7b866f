import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import request, { type Response } from 'supertest';
import { createFacadeRouter } from '../../backend/src/facade/facade-router.ts';
import type { OwnSeries } from '../../backend/src/facade/own-series.ts';
import { inMemorySeries } from './facade/in-memory-series.ts';

interface Recorded {
  readonly scenario: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[]>>;
  readonly form?: Readonly<Record<string, string>>;
}

const recorded = readFileSync(new URL('../fixtures/grafana-12.3.0/datasource-requests.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

/** The recordings were made on 25 November 2026; these series reach ten days to both sides. */
const startMs = Date.parse('2026-11-15T00:00:00Z');
const stepMs = 300_000;

function series(name: string, labels: Record<string, string>): OwnSeries {
  const values = Float64Array.from({ length: 20 * 288 }, (_, i) => 100 + 30 * Math.sin(i / 20));
  return { labels: { __name__: name, job: 'checkout-latency', ...labels }, startMs, stepMs, values };
}

const names = [
  'aiops_yhat',
  'aiops_yhat_lower',
  'aiops_yhat_upper',
  'aiops_actual',
  'aiops_anomaly',
  'aiops_anomaly_score',
];
const app = express().use(
  '/prometheus',
  createFacadeRouter({
    series: inMemorySeries([
      ...names.flatMap((name) => ['api', 'web', 'shop-a', 'shop-b'].map((service) => series(name, { service }))),
      series('aiops.yhat', { service: 'api' }),
      series('probe_value', { host: 'a' }),
      series('up', { instance: 'aiops:9099' }),
    ]),
    clock: { nowMs: () => Date.parse('2026-11-25T03:00:00Z'), sleep: () => Promise.reject(new Error('not used')) },
    limits: { deadlineMs: 30_000, maxSamples: 5_000_000 },
  })
);

async function replay({ method, path, query, form }: Recorded): Promise<Response> {
  const target = `/prometheus${path}`;
  return method === 'GET'
    ? request(app)
        .get(target)
        .query(query ?? {})
    : request(app)
        .post(target)
        .query(query ?? {})
        .type('form')
        .send(form ?? {});
}

interface Sample {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: Array<[number, string]>;
}

function queryOf(one: Recorded): string {
  return String((one.form ?? one.query)?.['query'] ?? '');
}

const isQuery = ({ path }: Recorded): boolean => path === '/api/v1/query' || path === '/api/v1/query_range';
const isRefused = (one: Recorded): boolean => isQuery(one) && /^rate\(|^syntax_err/.test(queryOf(one));

function title(one: Recorded, line: number): [string, Recorded] {
  return [`${line + 1}: ${one.scenario} ${one.method} ${one.path} ${queryOf(one)}`, one];
}

describe('every query that Grafana 12.3.0 was recorded sending is answered', () => {
  const queries = recorded.map(title).filter(([, one]) => isQuery(one) && !isRefused(one));

  test.each(queries)('%s', async (_title, one) => {
    const response = await replay(one);
    expect(response.body).toMatchObject({ status: 'success' });
    expect(response.status).toBe(200);
    const { resultType, result } = response.body.data as { resultType: string; result: Sample[] };
    if (one.path === '/api/v1/query_range') {
      expect(resultType).toBe('matrix');
      expectOnGrid(result, one);
    } else {
      expect(resultType).toBe(queryOf(one) === '1+1' ? 'scalar' : 'vector');
    }
  });

  function expectOnGrid(result: readonly Sample[], one: Recorded): void {
    const params = new URLSearchParams((one.form ?? one.query) as Record<string, string>);
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(params.get(name))) as [
      number,
      number,
      number,
    ];
    const samples = result.flatMap(({ values }) => values ?? []);
    const wrong = samples.filter(
      ([time, value]) => time < start || time > end || (time - start) % step !== 0 || !/^-?\d/.test(value)
    );
    expect(wrong).toEqual([]);
    const known = /aiops_(yhat|actual|anomaly_score)|aiops\.yhat/.test(queryOf(one));
    expect(result.length > 0).toBe(known || /probe_value|^42$/.test(queryOf(one)));
  }
});

describe('recorded queries that have no meaning on forecasts are refused in Prometheus’ shape', () => {
  test.each(recorded.map(title).filter(([, one]) => isRefused(one)))('%s', async (_title, one) => {
    const response = await replay(one);
    expect(response.status).toBe(400);
    expect(response.body).toEqual({
      status: 'error',
      errorType: 'bad_data',
      error: expect.stringMatching(/^1:\d+: parse error: /),
    });
    expect(response.body.error).toContain(queryOf(one).startsWith('rate') ? 'rate()' : 'syntax_err');
  });
});

const shapes: Readonly<Record<string, (data: unknown) => void>> = {
  '/api/v1/labels': (data) => expect(data).toEqual(expect.arrayContaining(['__name__', 'job'])),
  '/api/v1/metadata': (data) => expect(data).toMatchObject({ aiops_yhat: [{ type: 'gauge' }] }),
  '/api/v1/query_exemplars': (data) => expect(data).toEqual([]),
  '/api/v1/rules': (data) => expect(data).toEqual({ groups: [] }),
  '/api/v1/status/buildinfo': (data) =>
    expect(data).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) }),
  '/api/v1/series': (data) =>
    expect(data).toEqual(expect.arrayContaining([expect.objectContaining({ __name__: expect.any(String) })])),
};

describe('everything else that Grafana 12.3.0 was recorded asking has the shape it reads', () => {
  test.each(recorded.map(title).filter(([, one]) => !isQuery(one)))('%s', async (_title, one) => {
    const response = await replay(one);
    expect({ status: response.status, said: response.body.status }).toEqual({ status: 200, said: 'success' });
    const values = (data: unknown): void => expect(data).toEqual([...(data as string[])].sort());
    (shapes[one.path] ?? values)(response.body.data);
  });

  test('all 362 recordings are among these tests', () => {
    expect(recorded).toHaveLength(362);
    expect(new Set(recorded.filter((one) => !isQuery(one)).map(({ path }) => path))).toEqual(
      new Set([...Object.keys(shapes), ...['__name__', 'job', 'service'].map((name) => `/api/v1/label/${name}/values`)])
    );
  });
});
