import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MetricStore, RangeQuery } from '../../backend/src/datasources/metrics/metric-store.ts';
import { createMetricStore } from '../../backend/src/datasources/metrics/prometheus.ts';
import type { SourceSettings } from '../../backend/src/datasources/source-settings.ts';
import { type RealPrometheus, startRealPrometheus } from '../support/real-prometheus.ts';
import { forward, type Gateway, type GatewayRequest, type Reply, startGateway } from './gateway.ts';

const fixture = (file: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')) as Record<string, Reply>;
const mimirReplies = fixture('mimir/mimir-3.0.3.json');
const thanosReplies = fixture('thanos/thanos-0.41.0.json');
const reply = (replies: Record<string, Reply>, name: string): Reply => {
  const found = replies[name];
  if (found === undefined) {
    throw new Error(`no recording ${name}`);
  }
  return found;
};

const never = new AbortController().signal;
const stepMs = 60_000;
const startMs = Math.floor(Date.now() / 7_200_000) * 7_200_000 - 6 * 3_600_000;
const points = 60;
const requests = Array.from({ length: points }, (_, i) => 100 + 10 * Math.sin(i / 7));
const kinds = ['prometheus', 'mimir', 'thanos'] as const;

let prometheus: RealPrometheus;
const gateways: Gateway[] = [];
const stores = new Map<string, MetricStore>();

/** What stands between: Mimir's prefix and tenant, Thanos' parameters; the data are those of the real Prometheus. */
function asMimir(request: GatewayRequest): Reply | Promise<Reply> {
  if (!request.path.startsWith('/prometheus/')) {
    return reply(mimirReplies, 'wrong-prefix');
  }
  if (request.path.endsWith('/buildinfo')) {
    return reply(mimirReplies, 'buildinfo-prometheus');
  }
  return request.headers['x-scope-orgid'] === 'shop'
    ? forward(prometheus.url, { ...request, path: request.path.slice('/prometheus'.length) })
    : reply(mimirReplies, 'no-tenant');
}

function asThanos(request: GatewayRequest): Reply | Promise<Reply> {
  const asked = request.form.get('dedup') === 'true' && request.form.get('partial_response') === 'true';
  if (request.path.endsWith('/buildinfo')) {
    return reply(thanosReplies, 'buildinfo');
  }
  return asked ? forward(prometheus.url, request) : reply(thanosReplies, 'aborted');
}

const settings = (changes: Partial<SourceSettings>): SourceSettings => ({
  name: 'main',
  kind: 'prometheus',
  url: prometheus.url,
  timeoutMs: 10_000,
  delayMs: 0,
  maxBytes: 16_000_000,
  ...changes,
});

async function gateway(answer: (request: GatewayRequest) => Reply | Promise<Reply>): Promise<string> {
  const started = await startGateway(answer);
  gateways.push(started);
  return started.url;
}

const storeOf = (kind: string): MetricStore => {
  const store = stores.get(kind);
  if (store === undefined) {
    throw new Error(`no store ${kind}`);
  }
  return store;
};

beforeAll(async () => {
  const made = ['a', 'b'].map((instance, k) => ({
    labels: { __name__: 'requests', instance },
    startMs,
    stepMs,
    values: Float64Array.from(requests, (value) => value + k),
  }));
  const special = Float64Array.from(requests, (_, i) => (i % 2 === 0 ? Infinity : -Infinity));
  const odd = { labels: { __name__: 'special' }, startMs, stepMs, values: special };
  prometheus = await startRealPrometheus([...made, odd], '5m');
  const mimirUrl = `${await gateway(asMimir)}/prometheus`;
  stores.set('prometheus', createMetricStore(settings({})));
  stores.set('mimir', createMetricStore(settings({ kind: 'mimir', url: mimirUrl, tenant: 'shop' })));
  stores.set('thanos', createMetricStore(settings({ kind: 'thanos', url: await gateway(asThanos) })));
});

afterAll(async () => {
  await Promise.all([...stores.values()].map((store) => store.stop()));
  await Promise.all(gateways.map((started) => started.stop()));
  await prometheus.stop();
});

const range = (promql: string, changes: Partial<RangeQuery> = {}): RangeQuery => ({
  promql,
  startMs,
  endMs: startMs + (points - 1) * stepMs,
  stepMs,
  maxSeries: 10,
  ...changes,
});

describe.each(kinds)('a metric store in front of %s', (kind) => {
  test('answers the samples that were stored, at their instants', async () => {
    const { series, warnings } = await storeOf(kind).queryRange(range('requests'), never);
    expect(warnings).toEqual([]);
    expect(series.map(({ labels }) => labels['instance'])).toEqual(['a', 'b']);
    expect(series[0]).toMatchObject({ startMs, stepMs, values: Float64Array.from(requests) });
  });

  test('splits a range above 11,000 points without losing or repeating one', async () => {
    const long = range('time()', { endMs: startMs + 24_999_000, stepMs: 1_000 });
    const { series } = await storeOf(kind).queryRange(long, never);
    expect(series[0]?.values).toEqual(Float64Array.from({ length: 25_000 }, (_, i) => startMs / 1_000 + i));
  });

  test('reads infinities and what is no number', async () => {
    const { series } = await storeOf(kind).queryRange(range('special'), never);
    expect([...(series[0]?.values.slice(0, 2) ?? [])]).toEqual([Infinity, -Infinity]);
    const { samples } = await storeOf(kind).queryInstant('special * 0', startMs, never);
    expect(samples.map(({ value }) => value)).toEqual([NaN]);
  });

  test('answers no series for a metric that is not there', async () => {
    expect((await storeOf(kind).queryRange(range('nothing'), never)).series).toEqual([]);
  });

  test('says how many series there are when there are too many', async () => {
    const asked = storeOf(kind).queryRange(range('requests', { maxSeries: 1 }), never);
    await expect(asked).rejects.toMatchObject({
      code: 'too_many_series',
      message: expect.stringContaining('2 series') as unknown,
    });
  });

  test("hands on the server's own words about a wrong query", async () => {
    const asked = storeOf(kind).queryRange(range('sum(rate('), never);
    await expect(asked).rejects.toMatchObject({
      code: 'source_query_rejected',
      message: expect.stringMatching(/1:10: parse error: unclosed left parenthesis/) as unknown,
    });
  });

  test('answers an instant query', async () => {
    const { samples } = await storeOf(kind).queryInstant('sum(requests)', startMs, never);
    expect(samples).toEqual([{ labels: {}, timestampMs: startMs, value: 201 }]);
  });

  test('passes its connection test', async () => {
    const report = await storeOf(kind).checkConnection(never);
    expect(report.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.version).toMatch(/^\d+\.\d+/);
  });
});

describe('what a question carries', () => {
  const asked = async (changes: Partial<SourceSettings>): Promise<GatewayRequest[]> => {
    const requests: GatewayRequest[] = [];
    const url = await gateway((request) => {
      requests.push(request);
      return forward(prometheus.url, request);
    });
    const store = createMetricStore(settings({ url, ...changes }));
    await store.queryRange(range('requests'), never);
    await store.queryInstant('requests', startMs, never);
    await store.stop();
    return requests;
  };

  test.each([
    ['prometheus', { tenant: undefined, dedup: null, partialResponse: null }],
    ['mimir', { tenant: 'shop', dedup: null, partialResponse: null }],
    ['thanos', { tenant: undefined, dedup: 'true', partialResponse: 'true' }],
  ] as const)('%s is asked for JSON, with what it alone knows', async (kind, expected) => {
    const requests = await asked({ kind, ...(kind === 'mimir' && { tenant: 'shop' }) });
    expect(requests.map(({ path }) => path)).toEqual(['/api/v1/query_range', '/api/v1/query']);
    const seen = requests.map(({ headers, form }) => ({
      tenant: headers['x-scope-orgid'],
      dedup: form.get('dedup'),
      partialResponse: form.get('partial_response'),
    }));
    expect(seen).toEqual([expected, expected]);
    expect(requests.map(({ headers }) => headers.accept ?? '')).not.toContainEqual(expect.stringMatching(/protobuf/));
  });

  test('Mimir without a tenant is an error that names what to set, in a query and in the connection test', async () => {
    const url = `${await gateway(asMimir)}/prometheus`;
    const store = createMetricStore(settings({ kind: 'mimir', url }));
    await expect(store.queryRange(range('requests'), never)).rejects.toMatchObject({
      code: 'source_unauthorized',
      message: expect.stringMatching(/401 \(it says: no org id\); set tenant/) as unknown,
    });
    const report = await store.checkConnection(never);
    expect(report).toMatchObject({ ok: false, cause: 'unauthorized' });
    expect(report.message).toMatch(/no org id/);
    await store.stop();
  });
});

describe('recorded answers of Mimir', () => {
  const recorded = async (name: string): Promise<MetricStore> => {
    const url = await gateway(() => reply(mimirReplies, name));
    const store = createMetricStore(settings({ kind: 'mimir', url, tenant: 'shop' }));
    stores.set(`recorded ${name}`, store);
    return store;
  };
  const from = (recordedMs: number) => ({ startMs: recordedMs, endMs: recordedMs + 3 * stepMs });
  const one = from(1_795_576_500_000);

  test('a range by service', async () => {
    const { series } = await (await recorded('range')).queryRange(range('x', one), never);
    expect(series[0]?.labels).toEqual({ service: 'cart' });
    expect([...(series[0]?.values ?? [])]).toEqual([15, 14.529166666666667, 14.170833333333333, 13.158333333333333]);
  });

  test('labels beyond ASCII, infinity and NaN', async () => {
    const asked = range('x', from(1_795_570_980_000));
    const { series } = await (await recorded('range-nan-inf')).queryRange(asked, never);
    expect(series[0]?.labels['note']).toBe('naïve — 結帳');
    expect([...(series[0]?.values ?? [])]).toEqual([Infinity, NaN, 0.1580963584569852, 0.15816346150125576]);
  });

  test.each([
    ['instant-info', /might not be a counter/],
    ['instant-warning', /quantile value should be between 0 and 1/],
  ])('%s is told', async (name, text) => {
    const { warnings } = await (await recorded(name)).queryInstant('x', 0, never);
    expect(warnings.join()).toMatch(text);
  });

  test('native histograms are left out with a warning', async () => {
    const answer = await (await recorded('range-native-histogram')).queryRange(range('x', one), never);
    expect(answer.series).toEqual([]);
    expect(answer.warnings.join()).toMatch(/native histograms/);
  });

  test.each([
    ['no-tenant', 'source_unauthorized', /no org id.*set tenant/],
    ['tenant-bad-char', 'source_unauthorized', /unsupported character/],
    ['wrong-prefix', 'source_not_found', /end the url with \/prometheus/],
    ['limit-series-instant', 'source_query_rejected', /err-mimir-max-series-per-query/],
    ['execution-many-to-many', 'source_query_rejected', /duplicate series for the match group/],
  ])('%s', async (name, code, text) => {
    const asked = (await recorded(name)).queryRange(range('x', one), never);
    await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(text) as unknown });
  });
});

describe('recorded answers of Thanos', () => {
  const store = async (name: string): Promise<MetricStore> => {
    const url = await gateway(() => reply(thanosReplies, name));
    const made = createMetricStore(settings({ kind: 'thanos', url }));
    stores.set(`thanos ${name}`, made);
    return made;
  };

  test('a partial response is an answer with a warning', async () => {
    const { series, warnings } = await (
      await store('partial-response')
    ).queryRange(range('up', { endMs: startMs }), never);
    expect(series).toHaveLength(1);
    expect(warnings.join()).toMatch(/failed to receive any data/);
  });

  test('replicas that were merged are one series, infinity and NaN are read', async () => {
    const { series } = await (await store('range')).queryRange(range('x', { endMs: startMs }), never);
    expect(series.map(({ labels }) => [labels['service'], labels['replica']])).toEqual([
      ['cart', undefined],
      ['checkout', undefined],
    ]);
    const recorded = { startMs: 1_795_564_800_000, endMs: 1_795_564_980_000 };
    const odd = await (await store('range-nan-inf')).queryRange(range('x', recorded), never);
    expect([...(odd.series[0]?.values ?? [])]).toEqual([Infinity, -Infinity, NaN, Infinity]);
  });

  test.each([
    ['instant-info', /might not be a counter/],
    ['instant-warning', /quantile value should be between 0 and 1/],
  ])('%s is told', async (name, text) => {
    const { warnings } = await (await store(name)).queryInstant('x', 0, never);
    expect(warnings.join()).toMatch(text);
  });

  test.each([
    ['parse-error', /1:10: parse error: unclosed left parenthesis/],
    ['many-to-many', /duplicate series for the match group/],
    ['aborted', /code = Aborted desc = failed to receive any data in 2s/],
  ])('%s is refused in the words of the server', async (name, text) => {
    const asked = (await store(name)).queryRange(range('x'), never);
    await expect(asked).rejects.toMatchObject({
      code: 'source_query_rejected',
      message: expect.stringMatching(text) as unknown,
    });
  });
});
