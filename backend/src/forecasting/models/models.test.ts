import { describe, expect, test } from '@jest/globals';
import { ModelName } from '../../contract/job.ts';
import { burg } from './ar.ts';
import { exponentialSmoothing } from './exponential-smoothing.ts';
import { forecasterOf } from './forecasters.ts';
import { recentProfile, slotProfile } from './seasonal-profile.ts';
import { thetaLine } from './theta.ts';

// Golden values: statsmodels 0.14 (SimpleExpSmoothing, burg, ETSModel) and numpy on this series.
const golden = Float64Array.of(
  ...[12.0, 15.1, 13.7, 16.2, 18.4, 17.1, 19.9, 18.2, 21.0, 22.5],
  ...[20.1, 23.3, 24.8, 23.0, 26.1, 25.2, 27.7, 29.0, 27.1, 30.2]
);

/** Ten days of five-minute-like data with 24 slots a day: a level, a cycle and reproducible noise. */
function daily(slots: number, days: number): Float64Array {
  let state = 1;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648 - 0.5;
  return Float64Array.from(
    { length: slots * days },
    (_, i) => 50 + 10 * Math.sin((2 * Math.PI * i) / slots) + random()
  );
}

const grid = { startMs: 1_700_000_000_000, stepMs: 3_600_000 };

describe('second implementations agree', () => {
  test('theta with statsmodels’ smoothing and numpy’s slope', () => {
    const line = thetaLine(golden, 0.4, 3);
    [29.414978478578128, 29.844978478578128, 30.274978478578127].forEach((value, h) => {
      expect(line[h]).toBeCloseTo(value, 9);
    });
  });

  test('Burg’s coefficients with statsmodels', () => {
    // The criterion stops at order 2 of the 3 that are allowed: statsmodels' burg(y - 20.5, order=2, demean=False).
    const coefficients = burg(
      golden.map((value) => value - 20.5),
      3
    );
    expect(coefficients).toHaveLength(2);
    expect(coefficients[0]).toBeCloseTo(0.500043212709673, 12);
    expect(coefficients[1]).toBeCloseTo(0.4397038187921076, 12);
  });

  test('exponential smoothing with statsmodels’ additive trend, within a third of a unit', () => {
    [30.56, 31.42, 32.28].forEach((value, h) => {
      expect(Math.abs((exponentialSmoothing(golden, 3)[h] ?? NaN) - value)).toBeLessThan(0.35);
    });
  });
});

test('a slot profile never looks at its own step', () => {
  expect([...slotProfile(Float64Array.of(1, 10, 3, 20, 8, 30), 2)]).toEqual([NaN, NaN, 1, 10, 2, 15, 3, 20]);
});

test('a profile of recent cycles halves the say of each earlier one and never looks at its own step', () => {
  expect([...recentProfile(Float64Array.of(1, 10, 3, 20, 8, 30), 2)]).toEqual([NaN, NaN, 1, 10, 2, 15, 5, 22.5]);
});

test('analogues go on as the past stretches did, at the level of now', async () => {
  const shape = [0, 1, 4, 9, 4, 1, 0, 0];
  const values = Float64Array.from({ length: 8 * 16 }, (_, i) => (shape[i % 8] ?? 0) + (i < 100 ? 0 : 50));
  const line = await forecasterOf('analogue').forecast({ ...grid, values }, { seasons: [8], horizonSteps: 8, seed: 1 });
  expect([...line]).toEqual(shape.map((value) => value + 50));
});

const inProcess = ModelName.options.filter((name) => name !== 'prophet' && name !== 'dlinear');

describe.each(inProcess)('%s', (name) => {
  const context = { seasons: [24, 168], horizonSteps: 36, seed: 1 };

  test('gives as many finite values as were asked for, near the series', async () => {
    const values = daily(24, 28);
    const line = await forecasterOf(name).forecast({ ...grid, values }, context);
    expect(line).toHaveLength(36);
    expect(Math.min(...line)).toBeGreaterThan(30);
    expect(Math.max(...line)).toBeLessThan(70);
  });

  test('is the same for the same input and does not change it', async () => {
    const values = daily(24, 28);
    const [one, two] = [
      await forecasterOf(name).forecast({ ...grid, values }, context),
      await forecasterOf(name).forecast({ ...grid, values }, context),
    ];
    expect(one).toEqual(two);
    expect(values).toEqual(daily(24, 28));
  });
});

// Each starts a thread with a WebAssembly module of its own: about two seconds.
describe.each(['prophet', 'dlinear'] as const)('%s, in its disposable worker', (name) => {
  test('follows the cycle better than the last value', async () => {
    const values = daily(24, 15);
    const known = { ...grid, values: values.slice(0, -24) };
    const line = await forecasterOf(name).forecast(known, { seasons: [24], horizonSteps: 24, seed: 1 });
    const errors = values.subarray(-24).map((value, h) => Math.abs(value - (line[h] ?? NaN)));
    expect(errors.reduce((sum, error) => sum + error, 0) / 24).toBeLessThan(3);
  });
});

test('Prophet refuses a constant before its module traps on it', async () => {
  const constant = { ...grid, values: new Float64Array(100) };
  await expect(
    Promise.resolve().then(() => forecasterOf('prophet').forecast(constant, { seasons: [], horizonSteps: 5, seed: 1 }))
  ).rejects.toMatchObject({ code: 'fit_failed' });
});
