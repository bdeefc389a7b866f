import { describe, expect, test } from '@jest/globals';
import { decodeWriteRequest } from '../../../test/support/decode-write-request.ts';
import { JobSpec } from '../contract/job.ts';
import type { Dialect } from '../facade/own-names.ts';
import type { SeriesScores } from '../scoring/tick-scores.ts';
import { TickEncoder } from './tick-encoder.ts';
import { horizonText } from './written-names.ts';

const nowMs = 1_800_000_000_000;
const job = JobSpec.parse({ name: 'checkout-latency', query: 'up', labels: { team: 'shop' } });

function series(changes: Partial<SeriesScores> = {}): SeriesScores {
  return {
    labels: { __name__: 'latency', service: 'checkout' },
    timesMs: Float64Array.of(nowMs - 60_000, nowMs),
    observed: Float64Array.of(5, 9),
    expected: Float32Array.of(5, 5),
    lower: Float32Array.of(3, 3),
    upper: Float32Array.of(7, 7),
    scores: Float32Array.of(0, 2),
    horizons: [{ horizonMs: 86_400_000, expected: 6, lower: 4, upper: 8 }],
    ...changes,
  };
}

function written(given: readonly SeriesScores[], dialects: readonly Dialect[]) {
  const { requests, futureSamples } = new TickEncoder(dialects).encode({ job, series: given }, nowMs);
  const decoded = requests.flatMap(({ body }) => decodeWriteRequest(body));
  const lines = decoded.map(({ labels, samples }) => {
    const { __name__: name, ...others } = Object.fromEntries(labels);
    return { name, others, samples };
  });
  return { requests, futureSamples, lines };
}

const own = { service: 'checkout', source_metric: 'latency', team: 'shop' };
const stamped = (...values: number[]) => values.map((value, i) => [nowMs - 60_000 * (values.length - 1 - i), value]);

describe('what is written of a tick', () => {
  test('in our dialect: score, expected value, bounds, and the forecast of each horizon stamped now', () => {
    const forJob = { ...own, for: 'checkout-latency' };
    expect(written([series()], ['aiops']).lines).toEqual([
      { name: 'yhat', others: forJob, samples: stamped(5, 5) },
      { name: 'yhat_lower', others: forJob, samples: stamped(3, 3) },
      { name: 'yhat_upper', others: forJob, samples: stamped(7, 7) },
      { name: 'anomaly_score', others: forJob, samples: stamped(0, 2) },
      { name: 'yhat', others: { ...forJob, horizon: '24h' }, samples: stamped(6) },
      { name: 'yhat_lower', others: { ...forJob, horizon: '24h' }, samples: stamped(4) },
      { name: 'yhat_upper', others: { ...forJob, horizon: '24h' }, samples: stamped(8) },
    ]);
  });

  test("in the dialect of Grafana's machine learning, with the side of the band", () => {
    const figure = (name: string) => ({ ...own, ml_forecast: name });
    const predicted = 'checkout_latency:predicted';
    expect(written([series({ horizons: [] })], ['grafana-ml']).lines).toEqual([
      { name: predicted, others: figure('yhat'), samples: stamped(5, 5) },
      { name: predicted, others: figure('yhat_lower'), samples: stamped(3, 3) },
      { name: predicted, others: figure('yhat_upper'), samples: stamped(7, 7) },
      { name: 'checkout_latency:anomalous', others: own, samples: stamped(0, 1) },
    ]);
  });

  test('never anything after now, and it says how much that was', () => {
    const ahead = series({ timesMs: Float64Array.of(nowMs, nowMs + 1), horizons: [] });
    const { lines, futureSamples } = written([ahead], ['aiops']);
    expect(lines.flatMap(({ samples }) => samples.map(([timeMs]) => timeMs))).toEqual([nowMs, nowMs, nowMs, nowMs]);
    expect(futureSamples).toBe(4);
  });

  test('nothing for what is not known', () => {
    const gap = series({ scores: Float32Array.of(NaN, NaN), upper: Float32Array.of(NaN, 7), horizons: [] });
    expect(written([gap], ['aiops']).lines.map(({ name, samples }) => [name, samples.length])).toEqual([
      ['yhat', 2],
      ['yhat_lower', 2],
      ['yhat_upper', 1],
    ]);
  });

  test('a source label that the dialect needs itself is kept under another name', () => {
    const clashing = series({ labels: { __name__: 'x', for: 'me', horizon: 'near' } });
    const { lines } = written([clashing], ['aiops']);
    expect(lines[0]?.others).toMatchObject({ for: 'checkout-latency', exported_for: 'me', horizon: 'near' });
    expect(lines[4]?.others).toMatchObject({ exported_for: 'me', exported_horizon: 'near', horizon: '24h' });
  });

  test('in messages of at most 2,000 samples, none of which is lost', () => {
    const count = 2_300;
    const long = (value: number) => new Float32Array(count).fill(value);
    const one = series({
      timesMs: Float64Array.from({ length: count }, (_, i) => nowMs - (count - 1 - i) * 1_000),
      observed: new Float64Array(count).fill(5),
      expected: long(5),
      lower: long(3),
      upper: long(7),
      scores: long(0),
      horizons: [],
    });
    const { requests, lines } = written([one], ['aiops']);
    expect(Math.max(...requests.map(({ samples }) => samples))).toBeLessThanOrEqual(2_000);
    const scores = lines.filter(({ name }) => name === 'anomaly_score').flatMap(({ samples }) => samples);
    expect(scores.map(([timeMs]) => timeMs)).toEqual([...one.timesMs]);
    expect(requests.at(-1)?.newestMs).toBe(nowMs);
  });

  test('the same bytes when the same series comes again', () => {
    const encoder = new TickEncoder(['aiops']);
    const tick = { job, series: [series()] };
    const first = encoder.encode(tick, nowMs).requests;
    expect(encoder.encode(tick, nowMs).requests).toEqual(first);
  });

  test('the new horizons when they change', () => {
    const encoder = new TickEncoder(['aiops']);
    const given = series();
    encoder.encode({ job, series: [given] }, nowMs);
    const other = { ...given, horizons: [{ horizonMs: 3_600_000, expected: 6, lower: 4, upper: 8 }] };
    const decoded = encoder
      .encode({ job, series: [other] }, nowMs)
      .requests.flatMap(({ body }) => decodeWriteRequest(body));
    const horizons = decoded.flatMap(({ labels }) => labels.filter(([name]) => name === 'horizon'));
    expect(horizons.map(([, value]) => value)).toEqual(['1h', '1h', '1h']);
  });
});

test.each([
  [86_400_000, '24h'],
  [3_600_000, '1h'],
  [5_400_000, '1h30m'],
  [604_800_000, '7d'],
])('a horizon of %i ms is called %s', (horizonMs, text) => {
  expect(horizonText(horizonMs)).toBe(text);
});
