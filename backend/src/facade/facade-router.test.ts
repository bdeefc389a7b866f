import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, jest, test } from '@jest/globals';
import express, { type Express } from 'express';
import request from 'supertest';
import { AppError } from '../errors.ts';
import { createFacadeRouter, type FacadeDeps } from './facade-router.ts';
import type { OwnSeries, OwnSeriesStore } from './own-series.ts';
import { PromqlError } from './promql/promql-error.ts';

const nowMs = 1_800_000_000_000;

function seriesOf(name: string, instance: string): OwnSeries {
  return {
    labels: { __name__: name, instance },
    startMs: nowMs - 600_000,
    stepMs: 60_000,
    values: Float64Array.from({ length: 11 }, (_, i) => (i === 5 ? NaN : i)),
  };
}

const all = [seriesOf('yhat', 'a'), seriesOf('yhat', 'b'), seriesOf('y', 'a')];

function storeOf(overrides: Partial<OwnSeriesStore> = {}): OwnSeriesStore {
  return {
    select: async (matchers) => ({
      series: all.filter(({ labels }) => matchers.every((m) => m.matches(labels[m.name] ?? ''))),
      infos: ['three hours old'],
      warnings: ['source is down'],
    }),
    labelSets: async (matchers) =>
      all.map(({ labels }) => labels).filter((labels) => matchers.every((m) => m.matches(labels[m.name] ?? ''))),
    metadata: async () => [
      { metric: 'y', type: 'gauge', help: 'observed', unit: 's' },
      { metric: 'yhat', type: 'gauge', help: 'expected', unit: 's' },
    ],
    ...overrides,
  };
}

function appWith(overrides: Partial<OwnSeriesStore> = {}, deps: Partial<FacadeDeps> = {}): Express {
  const clock = { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('not used')) };
  const limits = { deadlineMs: 30_000, maxSamples: 1000 };
  return express().use('/prometheus', createFacadeRouter({ series: storeOf(overrides), clock, limits, ...deps }));
}

function get(path: string, params: Record<string, string | string[]> = {}): request.Test {
  return request(appWith()).get(`/prometheus/api/v1/${path}`).query(params);
}

const range = { query: 'yhat', start: String(nowMs / 1000 - 120), end: String(nowMs / 1000), step: '60' };

describe('parameters', () => {
  test.each([
    ['query', {}, 'invalid parameter "query"'],
    ['query', { query: ' ' }, 'invalid parameter "query"'],
    ['query', { query: '1', time: 'NaN' }, 'invalid parameter "time"'],
    ['query', { query: '1', time: 'tomorrow' }, 'invalid parameter "time"'],
    ['query', { query: '1', time: '1e300' }, 'invalid parameter "time"'],
    ['query', { query: '1', timeout: '0' }, 'invalid parameter "timeout"'],
    ['query', { query: '1', limit: '-1' }, 'invalid parameter "limit"'],
    ['query_range', { ...range, start: '' }, 'invalid parameter "start"'],
    ['query_range', { ...range, end: '5' }, 'invalid parameter "end": it is before start'],
    ['query_range', { ...range, step: '0' }, 'invalid parameter "step"'],
    ['query_range', { ...range, step: '-60' }, 'invalid parameter "step"'],
    ['query_range', { ...range, step: 'NaN' }, 'invalid parameter "step"'],
    ['query_range', { ...range, step: '0.01' }, 'at most 11,000'],
    ['query_range', { ...range, query: 'yhat[5m]' }, 'this expression is a range vector'],
    ['query_range', { ...range, query: '"text"' }, 'this expression is a string'],
    ['series', {}, 'invalid parameter "match[]"'],
    ['labels', { 'match[]': 'sum(yhat)' }, 'match[] takes a plain series selector'],
    ['labels', { start: '10', end: '5' }, 'it is before start'],
  ])('%s %j is refused with 400: %s', async (path, params, message) => {
    const response = await get(path, params);
    expect(response.status).toBe(400);
    expect(response.body).toEqual({ status: 'error', errorType: 'bad_data', error: expect.stringContaining(message) });
  });

  test('times are unix seconds with a fraction or RFC 3339, steps are seconds or a duration', async () => {
    const response = await get('query_range', {
      query: 'time()',
      start: '1800000000.5',
      end: '2027-01-15T08:02:00.5Z',
      step: '1m',
    });
    expect(response.body.data.result).toEqual([
      {
        metric: {},
        values: [
          [1800000000.5, '1800000000.5'],
          [1800000060.5, '1800000060.5'],
          [1800000120.5, '1800000120.5'],
        ],
      },
    ]);
  });

  test('the form wins over the address, as in Prometheus', async () => {
    const response = await request(appWith())
      .post('/prometheus/api/v1/query?query=1')
      .type('form')
      .send('query=2&time=4');
    expect(response.body.data).toEqual({ resultType: 'scalar', result: [4, '2'] });
  });

  test('a form that is too large is refused in the same shape', async () => {
    const response = await request(appWith())
      .post('/prometheus/api/v1/query')
      .type('form')
      .send(`query=${'1'.repeat(300_000)}`);
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ status: 'error', errorType: 'bad_data' });
  });
});

describe('answers', () => {
  test('a constant is answered at any time and without asking the store', async () => {
    const select = jest.fn<OwnSeriesStore['select']>();
    const response = await request(appWith({ select }))
      .post('/prometheus/api/v1/query')
      .type('form')
      .send({ query: '1+1', time: '4' });
    expect(response.body).toEqual({ status: 'success', data: { resultType: 'scalar', result: [4, '2'] } });
    expect(select).not.toHaveBeenCalled();
  });

  test('without a time it is now', async () => {
    const response = await get('query', { query: 'time()' });
    expect(response.body.data.result).toEqual([nowMs / 1000, String(nowMs / 1000)]);
  });

  test('a step finer than the data repeats the value, a gap stays a gap, nothing follows the end', async () => {
    const startMs = nowMs - 360_000;
    const response = await get('query_range', {
      query: 'yhat{instance="a"}',
      start: String(startMs / 1000),
      end: String((nowMs + 120_000) / 1000),
      step: '30',
    });
    const values = (response.body.data.result as Array<{ values: Array<[number, string]> }>)[0]?.values;
    expect(values?.map(([time, value]) => [time - startMs / 1000, value])).toEqual([
      [0, '4'],
      [30, '4'],
      ...[6, 7, 8, 9, 10].flatMap((value, i) => [
        [120 + 60 * i, String(value)],
        [150 + 60 * i, String(value)],
      ]),
    ]);
  });

  test('infinite values and NaN are written as Prometheus writes them', async () => {
    const texts = await Promise.all(
      ['1/0', '-1/0', '0/0'].map(async (query) => (await get('query', { query })).body.data.result[1] as string)
    );
    expect(texts).toEqual(['+Inf', '-Inf', 'NaN']);
  });

  test('infos and warnings of the store arrive beside the data', async () => {
    const { body } = await get('query', { query: 'yhat' });
    expect({ infos: body.infos, warnings: body.warnings }).toEqual({
      infos: ['three hours old'],
      warnings: ['source is down'],
    });
  });

  test('a limit cuts and says so', async () => {
    const cut = { warnings: expect.arrayContaining(['results truncated due to limit']) };
    expect((await get('query', { query: 'yhat', limit: '1' })).body).toMatchObject(cut);
    const labels = await get('labels', { limit: '1' });
    expect(labels.body).toEqual({ status: 'success', data: ['__name__'], ...cut });
    expect((await get('labels', { limit: '2' })).body).toEqual({ status: 'success', data: ['__name__', 'instance'] });
    expect(Object.keys((await get('metadata', { limit: '1' })).body.data as object)).toEqual(['y']);
  });

  test('several match[] are joined, each series once', async () => {
    const response = await get('series', { 'match[]': ['yhat', '{instance="a"}'] });
    expect(response.body.data).toEqual([
      { __name__: 'y', instance: 'a' },
      { __name__: 'yhat', instance: 'a' },
      { __name__: 'yhat', instance: 'b' },
    ]);
    expect((await get('label/instance/values', { 'match[]': 'y' })).body.data).toEqual(['a']);
  });

  test('metadata of one metric', async () => {
    const response = await get('metadata', { metric: 'yhat' });
    expect(response.body.data).toEqual({ yhat: [{ type: 'gauge', help: 'expected', unit: 's' }] });
  });
});

describe('failures', () => {
  test.each([
    ['GET', 'targets'],
    ['GET', 'label/x'],
    ['POST', 'label/x/values'],
    ['DELETE', 'series'],
    ['GET', '../federate'],
  ])('%s %s is 404 in Prometheus’ shape', async (method, path) => {
    const target = `/prometheus/api/v1/${path}`;
    const response = await request(appWith())[method.toLowerCase() as 'get' | 'post' | 'delete'](target);
    expect(response.status).toBe(404);
    expect(response.body).toMatchObject({ status: 'error', errorType: 'not_found' });
  });

  test.each([
    [new PromqlError('execution', 'too many'), 422, 'execution', 'too many'],
    [new AppError('store_unusable', 'the disk is full'), 503, 'unavailable', 'the disk is full'],
    [new AppError('too_many_series', 'over the cap'), 422, 'execution', 'over the cap'],
    [new TypeError('secret detail'), 500, 'internal', 'the backend failed to answer; its log says why'],
  ])('%s is answered as %d %s', async (thrown, status, errorType, error) => {
    const onDefect = jest.fn();
    const select = async (): Promise<never> => {
      throw thrown;
    };
    const response = await request(appWith({ select }, { onDefect }))
      .get('/prometheus/api/v1/query')
      .query({ query: 'yhat' });
    expect({ status: response.status, body: response.body as unknown }).toEqual({
      status,
      body: { status: 'error', errorType, error },
    });
    expect(onDefect).toHaveBeenCalledTimes(errorType === 'internal' ? 1 : 0);
  });

  test('more samples than allowed are refused with 422 and what to do', async () => {
    const response = await get('query_range', { ...range, query: 'yhat + yhat', start: '1799990000', step: '20' });
    expect(response.status).toBe(422);
    expect(response.body.error).toMatch(/more than 1,000 samples: take a longer step/);
  });

  test('a store that does not answer in time is a timeout', async () => {
    const select = (): Promise<never> => new Promise(() => undefined);
    const response = await request(appWith({ select }))
      .get('/prometheus/api/v1/query')
      .query({ query: 'yhat', timeout: '20ms' });
    expect(response.status).toBe(503);
    expect(response.body).toMatchObject({ errorType: 'timeout', error: expect.stringContaining('0.02 s') });
  });

  test('a client that leaves ends the work', async () => {
    const started = Promise.withResolvers<AbortSignal>();
    const select: OwnSeriesStore['select'] = (_matchers, _startMs, _endMs, signal) => {
      started.resolve(signal);
      return new Promise(() => undefined);
    };
    const server = appWith({ select }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const call = httpRequest(`http://127.0.0.1:${port}/prometheus/api/v1/query?query=yhat`).on(
      'error',
      () => undefined
    );
    call.end();
    const signal = await started.promise;
    call.destroy();
    await once(signal, 'abort');
    expect(signal.reason).toMatchObject({ message: 'the client has left' });
    server.close();
  });
});
