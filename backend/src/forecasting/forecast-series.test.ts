import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { forecastSeries } from './forecast-series.ts';
import type { BandArrays, ForecastTask } from './forecast-task.ts';
import { toPreview } from './preview.ts';
import { Preview } from '../contract/forecast.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

function aTask(values: ArrayLike<number>, overrides: Partial<ForecastTask> = {}): ForecastTask {
  const stepMs = overrides.stepMs ?? hour;
  return {
    timestampsMs: Float64Array.from(values, (_, i) => 1_700_000_000_000 + i * stepMs),
    values: Float64Array.from(values),
    stepMs,
    horizonMs: 24 * stepMs,
    models: 'auto',
    levels: [80, 95],
    direction: 'both',
    alertsPerWeek: 1,
    range: undefined,
    query: undefined,
    seed: 1,
    ...overrides,
  };
}

/** Reproducible noise in [−0.5, 0.5). */
function noise(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648 - 0.5;
}

/** Two weeks of an hourly series with a daily cycle of height 20 around 100. */
function dailyValues(seed = 1, hours = 14 * 24): Float64Array {
  const random = noise(seed);
  return Float64Array.from({ length: hours }, (_, i) => 100 + 10 * Math.sin((2 * Math.PI * i) / 24) + 2 * random());
}

/** Every fault of a band as a sentence; empty when it is sound. */
function faultsOf(band: BandArrays): string[] {
  const faults: string[] = [];
  band.expected.forEach((expected, i) => {
    const nested = [...band.levels].reverse();
    const lows = [...nested.map((level) => level.lower[i] ?? NaN), expected];
    const highs = [...nested.map((level) => level.upper[i] ?? NaN), expected];
    if (![...lows, ...highs].every(Number.isFinite)) {
      faults.push(`step ${i} is not finite`);
    }
    if (
      lows.some((low, k) => k > 0 && low < (lows[k - 1] ?? 0)) ||
      highs.some((high, k) => k > 0 && high > (highs[k - 1] ?? 0))
    ) {
      faults.push(`step ${i} is not nested`);
    }
    if (nested.some((level) => !((level.lower[i] ?? 0) < (level.upper[i] ?? 0)))) {
      faults.push(`step ${i} has no width`);
    }
  });
  return faults;
}

describe('a series with a daily cycle', () => {
  test('is forecast within its noise, with a back-test, a held-out week and measured coverage', async () => {
    const all = dailyValues(1, 15 * 24);
    const outcome = await forecastSeries(aTask(all.subarray(0, -24)));
    const errors = all.subarray(-24).map((value, h) => Math.abs(value - (outcome.forecast?.expected[h] ?? NaN)));
    expect(outcome.state).toBe('modelled');
    expect(Math.max(...errors)).toBeLessThan(2);
    expect(outcome.backtest?.seasonsMs).toEqual([day]);
    expect(outcome.backtest?.coverage.map(({ levelPercent }) => levelPercent)).toEqual([80, 95]);
    expect(outcome.backtest?.coverage[1]?.measuredRatio).toBeGreaterThan(0.85);
    expect(outcome.heldOut?.expected.length).toBe(7 * 24);
    expect(faultsOf(outcome.forecast ?? ({} as BandArrays))).toEqual([]);
    expect(outcome.forecast?.startMs).toBe(1_700_000_000_000 + 14 * day);
  });

  test('has its coverage measured by thirds of the horizon too', async () => {
    const { backtest } = await forecastSeries(aTask(dailyValues(1)));
    const parts = backtest?.coverageByHorizon ?? [];
    expect(parts.map(({ fromMs, toMs }) => [fromMs / hour, toMs / hour])).toEqual([
      [0, 8],
      [8, 16],
      [16, 24],
    ]);
    const mean = parts.reduce((sum, { coverage }) => sum + (coverage[1]?.measuredRatio ?? NaN) / 3, 0);
    expect(mean).toBeCloseTo(backtest?.coverage[1]?.measuredRatio ?? NaN, 6);
  });

  test('an incident in the last week is found and does not bend the forecast', async () => {
    const clean = dailyValues(2);
    const hurt = clean.map((value, i) => (i >= 250 && i < 256 ? value + 60 : value));
    const [without, withIncident] = await Promise.all([forecastSeries(aTask(clean)), forecastSeries(aTask(hurt))]);
    const [anomaly] = withIncident.anomalies.filter(({ peakValue }) => peakValue > 140);
    const moved =
      withIncident.forecast?.expected.map((value, h) => Math.abs(value - (without.forecast?.expected[h] ?? NaN))) ?? [];
    expect(anomaly).toMatchObject({ direction: 'above' });
    expect(anomaly?.startMs).toBe(1_700_000_000_000 + 250 * hour);
    expect(Math.max(...moved)).toBeLessThan(4);
  });

  test('is forecast the same way twice', async () => {
    const [one, two] = await Promise.all([forecastSeries(aTask(dailyValues())), forecastSeries(aTask(dailyValues()))]);
    expect(one.forecast).toEqual(two.forecast);
    expect(one.heldOut).toEqual(two.heldOut);
  });

  test('shifted and scaled, its forecast is shifted and scaled', async () => {
    const values = dailyValues();
    const [plain, moved] = await Promise.all([
      forecastSeries(aTask(values)),
      forecastSeries(aTask(values.map((value) => 3 * value + 1000))),
    ]);
    const expected = moved.forecast?.expected ?? [];
    const differences = Array.from(expected, (value, h) =>
      Math.abs(value - (3 * (plain.forecast?.expected[h] ?? NaN) + 1000))
    );
    expect(Math.max(...differences)).toBeLessThan(0.05);
  });

  test('stays in its range, and the band stays open there', async () => {
    const values = dailyValues().map((value) => Math.max(0, value - 100));
    const { forecast } = await forecastSeries(aTask(values, { range: { min: 0, max: 5 } }));
    expect(faultsOf(forecast ?? ({} as BandArrays))).toEqual([]);
    expect(Math.min(...(forecast?.levels[1]?.lower ?? []))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...(forecast?.levels[1]?.upper ?? []))).toBeLessThanOrEqual(5);
  });

  test('answers the preview contract', async () => {
    const outcome = await forecastSeries(aTask(dailyValues()));
    const preview = Preview.parse(JSON.parse(JSON.stringify(toPreview(outcome, { seconds: 0.1 }))));
    expect(preview.cost.trainingsPerDay).toBe(2);
    expect(preview.cost.cpuSecondsPerDay).toBeCloseTo(2 * outcome.cpuSeconds, 9);
    expect(preview.forecast?.levels).toHaveLength(2);
  });
});

describe('rules before any fit', () => {
  const codesOf = async (values: ArrayLike<number>, overrides: Partial<ForecastTask> = {}) => {
    const outcome = await forecastSeries(aTask(values, overrides));
    const faults = [outcome.forecast, outcome.heldOut].flatMap((band) => (band === undefined ? [] : faultsOf(band)));
    return { state: outcome.state, codes: outcome.notes.map(({ code }) => code), faults };
  };

  test('a few values are a state of warming up', async () => {
    expect(await codesOf([1, 2, 3])).toEqual({ state: 'warming-up', codes: ['warming-up'], faults: [] });
    expect(await codesOf([])).toEqual({ state: 'warming-up', codes: ['warming-up'], faults: [] });
  });

  test('a constant has a band of one per cent, all zero one of a thousandth', async () => {
    const constant = await forecastSeries(aTask(new Float64Array(200).fill(50)));
    expect(constant.state).toBe('rule');
    expect(constant.model).toBe('constant');
    expect(constant.forecast?.levels[1]?.upper[0]).toBeCloseTo(50.5, 5);
    expect(await codesOf(new Float64Array(200))).toEqual({ state: 'rule', codes: ['all-zero'], faults: [] });
  });

  test('rare events are no shape', async () => {
    const values = Float64Array.from({ length: 400 }, (_, i) => (i % 97 === 3 ? 7 : 0));
    expect(await codesOf(values)).toEqual({ state: 'rule', codes: ['sparse'], faults: [] });
  });

  test('mostly gaps give the quantiles of what was seen', async () => {
    const values = dailyValues().map((value, i) => (i % 3 === 0 ? value : NaN));
    expect(await codesOf(values)).toEqual({ state: 'rule', codes: ['not-finite', 'gaps'], faults: [] });
  });

  test('some gaps are filled and told', async () => {
    const values = dailyValues().map((value, i) => (i % 8 === 0 ? NaN : value));
    const { state, codes, faults } = await codesOf(values);
    expect({ state, faults }).toEqual({ state: 'modelled', faults: [] });
    expect(codes).toEqual(expect.arrayContaining(['not-finite', 'gaps']));
  });

  test('a counter without rate() is told, one with rate() is not', async () => {
    let total = 0;
    const counter = Float64Array.from({ length: 300 }, (_, i) => (total = i === 200 ? 0 : total + 5 + (i % 3)));
    expect((await codesOf(counter)).codes).toContain('counter-without-rate');
    expect((await codesOf(counter, { query: 'rate(requests_total[5m])' })).codes).not.toContain('counter-without-rate');
    expect((await codesOf(dailyValues())).codes).not.toContain('counter-without-rate');
  });

  test('a horizon of a million steps is refused with a reason', async () => {
    await expect(forecastSeries(aTask(dailyValues(), { horizonMs: 1e6 * hour }))).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});

describe('models by name', () => {
  test('seasonal ones take the day when none was found, and a model that cannot be fitted is told', async () => {
    const random = noise(5);
    const walk = Float64Array.from({ length: 20 * 24 }, () => random());
    const outcome = await forecastSeries(aTask(walk, { models: ['seasonal-naive', 'slot-median-week'] }));
    expect(outcome.model).toBe('seasonal-naive');
    expect(outcome.notes.map(({ code }) => code)).toContain('model-failed');
  });

  test('when none can be fitted the last value stands in and each reason is told', async () => {
    const random = noise(5);
    const short = Float64Array.from({ length: 60 }, () => random());
    const outcome = await forecastSeries(aTask(short, { models: ['ridge', 'slot-median-week'] }));
    expect(outcome.model).toBe('naive');
    expect(outcome.notes.filter(({ code }) => code === 'model-failed')).toHaveLength(2);
  });

  test('a random walk is told to be no better than its last value', async () => {
    const random = noise(9);
    let level = 0;
    const walk = Float64Array.from({ length: 28 * 24 }, () => (level += random()));
    const outcome = await forecastSeries(aTask(walk, { models: ['naive'] }));
    expect(outcome.notes.map(({ code }) => code)).toContain('no-better-than-naive');
  });
});

test('no series, however broken, throws or gets a band that is not sound', async () => {
  const wild = fc.oneof(
    fc.double(),
    fc.constantFrom(0, NaN, Infinity, -Infinity, 1e308, -1e308, 5e-324, 1e36),
    fc.integer({ min: -3, max: 3 })
  );
  const values = fc.oneof(
    fc.array(wild, { maxLength: 200, size: 'max' }),
    fc.array(fc.constantFrom(0, 0, 1), { minLength: 50, maxLength: 120, size: 'max' }),
    fc.array(fc.double({ min: -1e-9, max: 1e-9, noNaN: true }), { minLength: 48, maxLength: 120, size: 'max' })
  );
  await fc.assert(
    fc.asyncProperty(values, fc.constantFrom(minute, hour, day), async (series, stepMs) => {
      const outcome = await forecastSeries(aTask(series, { stepMs }));
      const faults = [outcome.forecast, outcome.heldOut].flatMap((band) => (band === undefined ? [] : faultsOf(band)));
      expect(faults).toEqual([]);
      expect(Preview.safeParse(JSON.parse(JSON.stringify(toPreview(outcome, { seconds: 0 })))).error).toBeUndefined();
    }),
    { numRuns: 20, seed: 7 }
  );
});
