import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { detect, type Detection } from '../../backend/src/detection/detect.ts';
import { forecastSeries } from '../../backend/src/forecasting/forecast-series.ts';
import type { BandArrays, ForecastOutcome, ForecastTask } from '../../backend/src/forecasting/forecast-task.ts';
import { resample } from '../../backend/src/timeseries/resample.ts';

/** Series of any shape must end in a defined answer. */

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 9, 20);
const horizonSteps = 12;

/** Reproducible noise in [−0.5, 0.5). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 - 0.5;
  };
}

/** What series of operations look like, one value a step of an hour. */
const shapes: Readonly<Record<string, (i: number, random: () => number) => number>> = {
  constant: () => 1,
  daily: (i, random) => 3 + Math.sin((2 * Math.PI * i) / 24) + 0.1 * random(),
  step: (i, random) => (i % 300 < 150 ? 1 : 4) + 0.1 * random(),
  spikes: (i, random) => (i % 37 === 5 ? 50 : 1) + 0.1 * random(),
  counts: (_i, random) => Math.max(0, Math.floor(6 * random())),
  negative: (i, random) => -5 - Math.cos((2 * Math.PI * i) / 24) + random(),
  ramp: (i, random) => i / 50 + random(),
  white: (_i, random) => random(),
  // On a day of 23 hours everything comes an hour early from then on.
  'daylight saving': (i, random) => 3 + Math.sin((2 * Math.PI * (i > 130 ? i + 1 : i)) / 24) + 0.1 * random(),
};

interface Wild {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** Damage to a series: runs of values that are none, holes, repeated and misplaced samples. */
const damage = fc.record({
  badAt: fc.nat(400),
  badCount: fc.constantFrom(0, 0, 1, 5, 60),
  bad: fc.constantFrom(NaN, Infinity, -Infinity, 1e308),
  holeAt: fc.nat(400),
  holeCount: fc.constantFrom(0, 0, 1, 30),
  repeatEvery: fc.constantFrom(0, 0, 7),
  turned: fc.boolean(),
});

const wild = fc
  .record({
    shape: fc.constantFrom(...Object.keys(shapes)),
    length: fc.oneof({ weight: 1, arbitrary: fc.nat(60) }, { weight: 3, arbitrary: fc.integer({ min: 60, max: 500 }) }),
    scale: fc.constantFrom(1e-12, 1e-6, 1, 1e3, 1e9, 1e15),
    seed: fc.nat(1e6),
    damage,
  })
  .map(({ shape, length, scale, seed, damage: hurt }) => {
    const random = noise(seed);
    const value = shapes[shape] ?? (() => NaN);
    const clean = Array.from({ length }, (_, i) => ({ ms: startMs + i * hourMs, value: scale * value(i, random) }));
    const hit = (at: number, count: number, i: number) => i >= at && i < at + count;
    const kept = clean
      .map((sample, i) => (hit(hurt.badAt, hurt.badCount, i) ? { ...sample, value: hurt.bad } : sample))
      .filter((_, i) => !hit(hurt.holeAt, hurt.holeCount, i))
      .flatMap((sample, i) => (hurt.repeatEvery > 0 && i % hurt.repeatEvery === 0 ? [sample, sample] : [sample]));
    const samples = hurt.turned ? kept.reverse() : kept;
    return {
      timestampsMs: Float64Array.from(samples, ({ ms }) => ms),
      values: Float64Array.from(samples, (sample) => sample.value),
    };
  });

function aTask({ timestampsMs, values }: Wild): ForecastTask {
  return {
    timestampsMs,
    values,
    stepMs: hourMs,
    horizonMs: horizonSteps * hourMs,
    models: 'auto',
    levels: [20, 80, 95],
    direction: 'both',
    alertsPerWeek: 1,
    range: undefined,
    query: undefined,
    seed: 1,
  };
}

/** Where a band is not ordered: the widest lower edge lowest, the expected line in the middle. */
function disorder({ expected, levels }: BandArrays): number[] {
  const widestFirst = [...levels].reverse();
  const lines = [...widestFirst.map(({ lower }) => lower), expected, ...levels.map(({ upper }) => upper)];
  return Array.from(expected.keys()).filter((h) => {
    const column = lines.map((line) => line[h] ?? NaN);
    const isKnown = column.every((value) => Number.isFinite(value));
    const isGap = column.every((value) => Number.isNaN(value));
    return !isGap && !(isKnown && column.every((value, k) => k === 0 || value >= (column[k - 1] ?? NaN)));
  });
}

function checkForecast(outcome: ForecastOutcome): void {
  const bands = [outcome.forecast, outcome.heldOut].flatMap((band) => band ?? []);
  expect(bands.map(disorder)).toEqual(bands.map(() => []));
  const known = outcome.forecast?.expected.filter((value) => Number.isFinite(value)).length;
  expect(known).toBe(outcome.state === 'warming-up' ? undefined : horizonSteps);
}

function checkDetection({ scores, alerts }: Detection, values: Float64Array): void {
  const isGap = (i: number) => !(Math.abs(values[i] ?? NaN) <= 1e36);
  const wrong = Array.from(scores.keys()).filter((i) =>
    isGap(i) ? !Number.isNaN(scores[i]) : !((scores[i] ?? -1) >= 0)
  );
  expect(wrong).toEqual([]);
  expect(scores).toHaveLength(values.length);
  const unsound = alerts.filter(
    (alert, k) =>
      !(alert.startMs <= alert.peakMs && alert.peakMs <= alert.endMs && alert.peakScore >= 1) ||
      !Number.isFinite(alert.peakScore + alert.peakValue + alert.expectedAtPeak) ||
      alert.startMs <= (alerts[k - 1]?.endMs ?? -Infinity) ||
      alert.reason === ''
  );
  expect(unsound).toEqual([]);
}

const options = { alertsPerWeek: 1, direction: 'both' } as const;

describe('whatever the series is', () => {
  test('its forecast is defined and its bands are in order', async () => {
    await fc.assert(
      fc.asyncProperty(wild, async (series) => {
        checkForecast(await forecastSeries(aTask(series)));
      }),
      { numRuns: 60, seed: 11 }
    );
  });

  test.each(['causal', 'offline'] as const)('its %s scores are defined, and its alerts are sound', (form) => {
    fc.assert(
      fc.property(wild, fc.constantFrom('above', 'below', 'both'), (samples, direction) => {
        const { series } = resample(samples, hourMs);
        checkDetection(detect(series, { ...options, direction, form }), series.values);
      }),
      { numRuns: 120, seed: 12 }
    );
  });

  test.each(['causal', 'offline'] as const)('its %s scores do not depend on its unit or its zero', (form) => {
    const shift = fc.constantFrom(-1000, 0, 8);
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(shapes)), fc.nat(1e6), shift, (shape, seed, by) => {
        const random = noise(seed);
        const values = Float64Array.from({ length: 400 }, (_, i) => shapes[shape]?.(i, random) ?? NaN);
        const series = { startMs, stepMs: hourMs, values };
        const plain = detect(series, { ...options, form });
        // Whole numbers tie often, and rounding of a shifted series breaks ties another way.
        const zero = shape === 'counts' ? 0 : by;
        const moved = detect({ ...series, values: values.map((value) => 4 * value + zero) }, { ...options, form });
        const apart = plain.scores.map((score, i) => Math.abs(score - (moved.scores[i] ?? NaN)));
        expect(Math.max(...apart)).toBeLessThan(0.01 * Math.max(1, ...plain.scores));
        expect(moved.alerts.map((alert) => alert.startMs)).toEqual(plain.alerts.map((alert) => alert.startMs));
      }),
      { numRuns: 30, seed: 13 }
    );
  });

  test('its forecast follows its unit and its zero', async () => {
    const modelled = fc.constantFrom('daily', 'negative', 'ramp', 'white', 'step', 'daylight saving');
    await fc.assert(
      fc.asyncProperty(modelled, fc.nat(1e6), fc.constantFrom(-64, 0, 256), async (shape, seed, by) => {
        const random = noise(seed);
        const values = Float64Array.from({ length: 400 }, (_, i) => shapes[shape]?.(i, random) ?? NaN);
        const timestampsMs = values.map((_, i) => startMs + i * hourMs);
        const [plain, moved] = await Promise.all([
          forecastSeries(aTask({ timestampsMs, values })),
          forecastSeries(aTask({ timestampsMs, values: values.map((value) => 8 * value + by) })),
        ]);
        const lines = ({ forecast }: ForecastOutcome) =>
          [forecast?.expected, forecast?.levels[2]?.lower, forecast?.levels[2]?.upper].flatMap((line) => [
            ...(line ?? []),
          ]);
        const range = Math.max(...values) - Math.min(...values);
        const movedLines = lines(moved);
        const apart = lines(plain).map((value, h) => Math.abs(8 * value + by - (movedLines[h] ?? NaN)) / (8 * range));
        expect(Math.max(...apart)).toBeLessThan(1e-3);
      }),
      { numRuns: 24, seed: 14 }
    );
  });
});

test('twenty thousand values are answered', async () => {
  const random = noise(3);
  const values = Float64Array.from({ length: 20_000 }, (_, i) => shapes['daily']?.(i, random) ?? NaN);
  const timestampsMs = values.map((_, i) => startMs + i * hourMs);
  checkForecast(await forecastSeries(aTask({ timestampsMs, values })));
  checkDetection(detect({ startMs, stepMs: hourMs, values }, { ...options, form: 'causal' }), values);
});
