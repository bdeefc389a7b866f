import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SourceSettings } from '../source-settings.ts';
import { createMetricStore } from './prometheus.ts';
import type { MetricStore, RangeQuery } from './metric-store.ts';

type Form = Record<string, string>;
const never = new AbortController().signal;
const closing: Array<() => unknown> = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: unknown;
}

async function formOf(request: IncomingMessage): Promise<Form> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) {
    parts.push(part);
  }
  return Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString()));
}

function write(response: ServerResponse, { status = 200, type = 'application/json', body }: Answer): void {
  response.writeHead(status, { 'content-type': type });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A store in front of a server that answers each form with `answer`. */
async function store(answer: (form: Form) => Answer, changes: Partial<SourceSettings> = {}): Promise<MetricStore> {
  const server = createServer((request, response) => {
    void formOf(request).then((form) => write(response, answer(form)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings: SourceSettings = {
    name: 'main',
    kind: 'prometheus',
    url,
    timeoutMs: 5_000,
    delayMs: 0,
    maxBytes: 1e7,
  };
  const metrics = createMetricStore({ ...settings, ...changes });
  closing.push(async () => {
    await metrics.stop();
    server.close();
  });
  return metrics;
}

const success = (result: unknown, more: object = {}): Answer => ({
  body: { status: 'success', data: { resultType: 'matrix', result }, ...more },
});

/** As Prometheus does: one sample at each step from start to end, here with the time as value. */
function clockSeries({ start, end, step }: Form): Answer {
  const count = Math.floor((Number(end) - Number(start)) / Number(step) + 1e-6) + 1;
  if (count > 11_000) {
    return { status: 400, body: { status: 'error', errorType: 'bad_data', error: 'exceeded maximum resolution' } };
  }
  const times = Array.from({ length: count }, (_, i) => Number((Number(start) + i * Number(step)).toFixed(3)));
  return success([{ metric: { job: 'a' }, values: times.map((time) => [time, String(time)]) }]);
}

const range: RangeQuery = { promql: 'up', startMs: 0, endMs: 600_000, stepMs: 60_000, maxSeries: 10 };

describe('a range query', () => {
  test('over more than 11,000 points has every sample once at its place', async () => {
    const metrics = await store(clockSeries);
    const { series } = await metrics.queryRange({ ...range, endMs: 25_000_000, stepMs: 1_000 }, never);
    expect(series).toHaveLength(1);
    expect(series[0]).toMatchObject({
      startMs: 0,
      stepMs: 1_000,
      values: Float64Array.from({ length: 25_001 }, (_, i) => i),
    });
  });

  test('of any start, end and step is the grid that one query would have answered', async () => {
    const metrics = await store(clockSeries);
    const any = fc.record({
      startMs: fc.nat(2e9),
      points: fc.integer({ min: 1, max: 12_000 }),
      stepMs: fc.integer({ min: 1, max: 9e5 }),
      rest: fc.nat(0),
    });
    await fc.assert(
      fc.asyncProperty(any, async ({ startMs, points, stepMs }) => {
        const query = { ...range, startMs, endMs: startMs + points * stepMs - 1, stepMs, maxSeries: 1 };
        const { series } = await metrics.queryRange(query, never);
        const values = Float64Array.from({ length: points }, (_, i) => (startMs + i * stepMs) / 1_000);
        expect(series[0]).toMatchObject({ startMs, stepMs, values });
      }),
      { numRuns: 20 }
    );
  });

  test('reads NaN and the infinities', async () => {
    const metrics = await store(() =>
      success([
        {
          metric: {},
          values: [
            [0, 'NaN'],
            [60, '+Inf'],
            [120, '-Inf'],
            [180, '1e-07'],
          ],
        },
      ])
    );
    const { series } = await metrics.queryRange({ ...range, endMs: 180_000 }, never);
    expect(series).toEqual([
      { labels: {}, startMs: 0, stepMs: 60_000, values: Float64Array.of(NaN, Infinity, -Infinity, 1e-7) },
    ]);
  });

  test('is heard at the steps that were asked for by a server that aligns them to its own', async () => {
    const early = (form: Form) => clockSeries({ ...form, start: String(Math.floor(Number(form.start) / 60) * 60) });
    const metrics = await store(early);
    const { series } = await metrics.queryRange({ ...range, startMs: 20_000, endMs: 140_000 }, never);
    expect(series).toEqual([
      { labels: { job: 'a' }, startMs: 20_000, stepMs: 60_000, values: Float64Array.of(0, 60, 120) },
    ]);
  });

  test('of far too many series is refused before room is made for their histories', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ metric: { i: String(i) }, values: [[1, '1']] }));
    const metrics = await store(() => success(many));
    const beforeBytes = process.memoryUsage().arrayBuffers;
    const asked = metrics.queryRange({ ...range, stepMs: 1_000, endMs: 10_000_000 }, never);
    await expect(asked).rejects.toMatchObject({ code: 'too_many_series' });
    expect(process.memoryUsage().arrayBuffers - beforeBytes).toBeLessThan(200e6);
  });

  test('with more series than allowed says how many there are', async () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ metric: { i: String(i) }, values: [[1, '1']] }));
    const metrics = await store(() => success(many));
    await expect(metrics.queryRange(range, never)).rejects.toMatchObject({
      code: 'too_many_series',
      message: expect.stringContaining('12 series, at most 10') as unknown,
    });
  });

  test('whose answer is too large is asked in smaller parts', async () => {
    const metrics = await store(clockSeries, { maxBytes: 2_000 });
    const { series } = await metrics.queryRange({ ...range, endMs: 60_000_000 }, never);
    expect(series[0]?.values).toEqual(Float64Array.from({ length: 1_001 }, (_, i) => i * 60));
  });

  test('whose single point is too large says so', async () => {
    const metrics = await store(clockSeries, { maxBytes: 20 });
    await expect(metrics.queryRange(range, never)).rejects.toMatchObject({
      code: 'source_too_large',
      message: expect.stringContaining('raise limits.answerSize') as unknown,
    });
  });

  test('with @ end() is asked whole, or refused when it is too long', async () => {
    const forms: Form[] = [];
    const metrics = await store((form) => {
      forms.push(form);
      return clockSeries(form);
    });
    const query = { ...range, promql: 'topk(1, up @ end())', endMs: 6_000_000, maxSeries: 5_000 };
    await metrics.queryRange(query, never);
    expect(forms).toHaveLength(1);
    await expect(metrics.queryRange({ ...query, stepMs: 100 }, never)).rejects.toThrow(/@ start\(\) or @ end\(\)/);
  });

  test('of an endless size is refused before it is asked', async () => {
    const metrics = await store(clockSeries);
    await expect(metrics.queryRange({ ...range, endMs: 1e12, stepMs: 1 }, never)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(metrics.queryRange({ ...range, stepMs: 0 }, never)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(metrics.queryRange({ ...range, endMs: -1 }, never)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('collects warnings and infos, each once', async () => {
    const metrics = await store((form) => ({
      body: { ...(clockSeries(form).body as object), warnings: ['w'], infos: ['i'] },
    }));
    const { warnings } = await metrics.queryRange({ ...range, endMs: 25_000_000, stepMs: 1_000 }, never);
    expect(warnings).toEqual(['w', 'i']);
  });

  test('says that native histograms were left out', async () => {
    const metrics = await store(() => success([{ metric: {}, histograms: [[1, { count: '1', sum: '1' }]] }]));
    const { series, warnings } = await metrics.queryRange(range, never);
    expect(series).toEqual([]);
    expect(warnings.join()).toMatch(/1 series are native histograms/);
  });
});

describe('what is not an answer of Prometheus', () => {
  const refusals: ReadonlyArray<readonly [string, Answer, string, RegExp]> = [
    [
      'an error of the query',
      { status: 400, body: { status: 'error', errorType: 'bad_data', error: '1:10: parse error' } },
      'source_query_rejected',
      /1:10: parse error/,
    ],
    [
      'a query that took too long',
      { status: 503, body: { status: 'error', errorType: 'timeout', error: 'query timed out' } },
      'source_timeout',
      /query timed out/,
    ],
    [
      'an overload',
      { status: 429, body: { status: 'error', errorType: 'too_many_requests', error: 'slow down' } },
      'source_unavailable',
      /slow down/,
    ],
    ['a login page', { type: 'text/html', body: '<html>Sign in</html>' }, 'source_not_prometheus', /an HTML page/],
    ['a redirect', { status: 302, body: '' }, 'source_not_prometheus', /redirects are not followed/],
    ['another JSON', { body: { hello: 1 } }, 'source_not_prometheus', /instead of the Prometheus API/],
    [
      'an unknown result',
      { body: { status: 'success', data: { resultType: 'streams', result: [] } } },
      'source_not_prometheus',
      /shape/,
    ],
    ['a broken sample', success([{ metric: {}, values: [['x', 1]] }]), 'source_not_prometheus', /shape/],
    ['401', { status: 401, type: 'text/plain', body: 'no org id\n' }, 'source_unauthorized', /no org id/],
    [
      '403 in JSON',
      { status: 403, body: { status: 'error', errorType: 'x', error: 'denied' } },
      'source_unauthorized',
      /denied/,
    ],
    [
      '404',
      { status: 404, type: 'text/plain', body: '404 page not found' },
      'source_not_found',
      /no Prometheus API under this url/,
    ],
    [
      'HTTP sent to a TLS port',
      { status: 400, type: 'text/plain', body: 'Client sent an HTTP request to an HTTPS server.\n' },
      'source_tls',
      /use https/,
    ],
  ];

  test.each(refusals)('%s', async (_, answer, code, text) => {
    const metrics = await store(() => answer);
    const error: unknown = await metrics.queryRange(range, never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).toMatch(text);
    expect(String(error)).toMatch(/source main \(http:\/\/127/);
  });
});

describe('flavours', () => {
  test('Thanos is asked to deduplicate and to answer in part, and says so in a warning', async () => {
    let asked: Form = {};
    const metrics = await store(
      (form) => ({ body: { ...(clockSeries((asked = form)).body as object), warnings: ['store is down'] } }),
      { kind: 'thanos' }
    );
    const { warnings } = await metrics.queryRange(range, never);
    expect(asked).toMatchObject({ dedup: 'true', partial_response: 'true' });
    expect(warnings).toEqual(['store is down']);
  });

  test('Prometheus is not asked with the parameters of Thanos', async () => {
    let asked: Form = {};
    const metrics = await store((form) => clockSeries((asked = form)));
    await metrics.queryRange(range, never);
    expect(Object.keys(asked).sort()).toEqual(['end', 'query', 'start', 'step']);
  });

  test('a scalar is one sample without labels', async () => {
    const metrics = await store(() => ({
      body: { status: 'success', data: { resultType: 'scalar', result: [4, '2'] } },
    }));
    expect((await metrics.queryInstant('1+1', 4_000, never)).samples).toEqual([
      { labels: {}, timestampMs: 4_000, value: 2 },
    ]);
  });
});
