import { describe, expect, jest, test } from '@jest/globals';
import { JobSpec } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { BandReader, ForecastSeriesEntry } from '../jobs/band-reader.ts';
import type { OwnSeriesAnswer } from './own-series.ts';
import { createOwnSeriesStore } from './own-series-store.ts';
import { createMatcher } from './promql/matcher.ts';
import { readSeriesSelector } from './promql/read-selector.ts';

const minuteMs = 60_000;
const nowMs = Date.parse('2026-03-01T12:00:00Z');
const signal = new AbortController().signal;

const job = JobSpec.parse({
  name: 'checkout-latency',
  query: 'latency',
  unit: 's',
  labels: { team: 'pay', job: 'never' },
});
const entry: ForecastSeriesEntry = {
  job,
  source: 'main',
  jobState: 'fresh',
  seriesId: 's1',
  labels: { __name__: 'latency', job: 'api', for: 'own' },
  trainedAtMs: nowMs - 3_600_000,
  state: 'modelled',
};

/** Expected 10, 95 % within 6…14, 80 % within 8…12, from an hour ago to an hour ahead. */
const band: BandArrays = {
  startMs: nowMs - 60 * minuteMs,
  stepMs: minuteMs,
  expected: new Float32Array(121).fill(10),
  levels: [
    { levelPercent: 80, lower: new Float32Array(121).fill(8), upper: new Float32Array(121).fill(12) },
    { levelPercent: 95, lower: new Float32Array(121).fill(6), upper: new Float32Array(121).fill(14) },
  ],
};

/** Observed: 10, but 18 two minutes ago, 4 three minutes ago, and a gap four minutes ago. */
function observedValues(): Float64Array {
  const values = new Float64Array(61).fill(10);
  values.set([NaN, 4, 18, 10, 10], 56);
  return values;
}

function reader(overrides: Partial<BandReader> = {}): jest.Mocked<BandReader> {
  return {
    listSeries: jest.fn(async () => [entry]),
    readBands: jest.fn(async (ids: readonly string[]) => new Map(ids.map((id) => [id, band]))),
    observed: jest.fn<BandReader['observed']>(async () => [
      {
        seriesId: 's1',
        labels: entry.labels,
        series: { startMs: band.startMs, stepMs: minuteMs, values: observedValues() },
      },
    ]),
    ...overrides,
  } as jest.Mocked<BandReader>;
}

function storeOver(bands: BandReader): ReturnType<typeof createOwnSeriesStore> {
  const clock = { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('not used')) };
  return createOwnSeriesStore({ bands, clock, maxSamples: 100_000 });
}

function select(
  selector: string,
  { fromMs = nowMs - 30 * minuteMs, toMs = nowMs + 30 * minuteMs, bands = reader() } = {}
): Promise<OwnSeriesAnswer> {
  return storeOver(bands).select(readSeriesSelector(selector), fromMs, toMs, signal);
}

describe('names and labels', () => {
  test('a job is served under the names of both dialects, one series for each plain name', async () => {
    const sets = await storeOver(reader()).labelSets([]);
    expect(sets.map((labels) => `${labels['__name__']} ${labels['ml_forecast'] ?? ''}`.trim()).sort()).toEqual([
      'anomaly_score',
      'checkout_latency:actual',
      'checkout_latency:anomalous',
      'checkout_latency:predicted yhat',
      'checkout_latency:predicted yhat_lower',
      'checkout_latency:predicted yhat_lower_p80',
      'checkout_latency:predicted yhat_upper',
      'checkout_latency:predicted yhat_upper_p80',
      'y',
      'yhat',
      'yhat_lower',
      'yhat_lower_p80',
      'yhat_upper',
      'yhat_upper_p80',
    ]);
  });

  test('labels of the source survive; its name and clashing labels are kept under another name', async () => {
    const sets = await storeOver(reader()).labelSets([createMatcher('__name__', '=', 'yhat')]);
    expect(sets).toEqual([
      {
        __name__: 'yhat',
        for: 'checkout-latency',
        exported_for: 'own',
        job: 'api',
        team: 'pay',
        source_metric: 'latency',
      },
    ]);
  });

  test('the plain bounds are those of the widest level', async () => {
    const { series } = await select('{__name__=~"yhat_upper.*"}');
    expect(series.map(({ labels, values }) => [labels['__name__'], values[0]])).toEqual([
      ['yhat_upper_p80', 12],
      ['yhat_upper', 14],
    ]);
  });

  test('a series without a fit, and a forecast before the range, are left out of label lists', async () => {
    const names = async (bands: BandReader, startMs: number): Promise<unknown[]> =>
      (await storeOver(bands).labelSets([createMatcher('__name__', '=~', 'y|yhat')], { startMs, endMs: Infinity })).map(
        (labels) => labels['__name__']
      );
    const unfitted = reader({ listSeries: async () => [{ ...entry, trainedAtMs: undefined }] });
    expect(await names(unfitted, 0)).toEqual(['y']);
    expect(await names(reader(), nowMs + 1)).toEqual(['yhat']);
    expect(await names(reader(), nowMs + 48 * 3_600_000)).toEqual([]);
  });

  test('metadata names the unit of the job, but not for a score', async () => {
    const metadata = await storeOver(reader()).metadata();
    const units = Object.fromEntries(metadata.map(({ metric, unit }) => [metric, unit]));
    expect(units).toMatchObject({ yhat: 's', y: 's', anomaly_score: '', 'checkout_latency:anomalous': '' });
  });
});

describe('values', () => {
  test('the score is 0 as expected, 1 at the widest edge, and a gap stays a gap', async () => {
    const { series } = await select('anomaly_score');
    expect([...(series[0]?.values ?? [])].slice(55, 61)).toEqual([0, NaN, 1.5, 2, 0, 0]);
  });

  test('anomalous is 1 above, -1 below, 0 inside', async () => {
    const { series } = await select('checkout_latency:anomalous');
    expect([...(series[0]?.values ?? [])].slice(55, 61)).toEqual([0, NaN, -1, 1, 0, 0]);
  });

  test.each(['y', 'anomaly_score', 'checkout_latency:anomalous', 'checkout_latency:actual'])(
    '%s has no sample after now and is not held beyond its own step',
    async (name) => {
      const { series } = await select(name);
      const [one] = series;
      const endMs = (one?.startMs ?? 0) + ((one?.values.length ?? 0) - 1) * minuteMs;
      expect(endMs).toBe(nowMs);
      expect(one?.holdUntilMs).toBe(nowMs + minuteMs - 1);
    }
  );

  test('while the latest value is late, the one before speaks for now, up to five minutes', async () => {
    const values = observedValues().fill(NaN, 58);
    const late = reader({
      observed: async () => [
        { seriesId: 's1', labels: {}, series: { startMs: band.startMs, stepMs: minuteMs, values } },
      ],
    });
    const { series } = await select('y', { bands: late });
    expect(series[0]?.values.at(-1)).toBe(4);
    expect(series[0]?.holdUntilMs).toBe(nowMs);
  });

  test('the future of the forecast is served', async () => {
    const { series } = await select('yhat', { fromMs: nowMs + 10 * minuteMs, toMs: nowMs + 20 * minuteMs });
    expect(series[0]?.values).toHaveLength(121);
  });
});

describe('only what is asked for is read', () => {
  test('a forecast asks no source', async () => {
    const bands = reader();
    await select('yhat', { bands });
    expect(bands.observed).not.toHaveBeenCalled();
  });

  test('a name that no job has reads nothing at all', async () => {
    const bands = reader();
    await expect(select('nothing', { bands })).resolves.toEqual({ series: [], infos: [], warnings: [] });
    expect(bands.readBands).not.toHaveBeenCalled();
  });

  test('the present asked in the future asks no source', async () => {
    const bands = reader();
    const future = nowMs + 24 * 3_600_000;
    await expect(select('anomaly_score', { bands, fromMs: future, toMs: future })).resolves.toMatchObject({
      series: [],
    });
    expect(bands.observed).not.toHaveBeenCalled();
  });

  test('more samples than allowed are refused before anything is read', async () => {
    const bands = reader();
    await expect(select('yhat', { bands, fromMs: 0 })).rejects.toMatchObject({ errorType: 'execution' });
    expect(bands.readBands).not.toHaveBeenCalled();
  });
});

describe('what a person should know', () => {
  test('a source that is down makes a warning and leaves the forecasts', async () => {
    const down = reader({
      observed: async () => {
        throw new AppError('source_refused', 'the source main refused the connection');
      },
    });
    const answer = await select('{__name__=~"y|yhat"}', { bands: down });
    expect(answer.series.map(({ labels }) => labels['__name__'])).toEqual(['yhat']);
    expect(answer.warnings).toEqual([
      'observed values and scores of checkout-latency are missing: the source main refused the connection',
    ]);
  });

  test.each([
    ['fresh', 1, [], []],
    ['stale', 31, ['the forecast of checkout-latency is 31 h old (it should be renewed every 12h)'], []],
    ['fresh', 20, ['the forecast of checkout-latency is 20 h old (it should be renewed every 12h)'], []],
    ['failing', 100, [], ['the training of checkout-latency fails; its forecast is 4 d old']],
  ] as const)('a %s forecast of %d h', async (jobState, hours, infos, warnings) => {
    const trainedAtMs = nowMs - hours * 3_600_000;
    const answer = await select('yhat', {
      bands: reader({ listSeries: async () => [{ ...entry, jobState, trainedAtMs }] }),
    });
    expect({ infos: answer.infos, warnings: answer.warnings }).toEqual({ infos, warnings });
  });

  test('a job before its first training says so', async () => {
    const bands = reader({
      listSeries: async () => [{ ...entry, trainedAtMs: undefined }],
      readBands: async () => new Map(),
    });
    await expect(select('yhat', { bands })).resolves.toMatchObject({
      series: [],
      infos: ['checkout-latency has no forecast yet: its first training is not done'],
    });
  });
});
