import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RegularSeries } from '../timeseries/series.ts';
import { type CapacityOptions, estimateCapacity, probabilityBefore } from './estimate-capacity.ts';

const hour = 3_600_000;
const day = 24 * hour;
const options: CapacityOptions = { limit: 100, side: 'above', horizonMs: 30 * day, seed: 1 };

/** Numbers in -1..1 that look random: the same on every machine. */
const noise = (i: number) => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 31 - 1;

function aSeries(hours: number, value: (i: number) => number): RegularSeries {
  return { startMs: 0, stepMs: hour, values: Float64Array.from({ length: hours }, (_, i) => value(i)) };
}

/** From 20 by 4 a day, with noise: at 60 after ten days, at 100 after twenty. */
const rising = aSeries(240, (i) => 20 + i / 6 + noise(i));

describe('the date at which a series crosses its limit', () => {
  test('is that of its growth, with a range around it', () => {
    const estimate = estimateCapacity(rising, options);
    expect(estimate).toMatchObject({ state: 'rising', lastResetMs: null });
    expect(Math.abs((estimate.etaMs ?? 0) - 20 * day)).toBeLessThan(0.4 * day);
    expect(estimate.etaLowMs).toBeLessThan(estimate.etaMs ?? 0);
    expect(estimate.etaHighMs).toBeGreaterThan(estimate.etaMs ?? 0);
    expect(estimate.growthPerDay).toBeCloseTo(4, 1);
    expect(estimate.reason).toMatch(
      /^At 4(\.0\d+)?|3\.9\d+ a day it reaches 100 on 1970-01-\d\d \d\d:\d\d UTC \(80 % range: /
    );
  });

  test('is told alike for a limit below', () => {
    const falling = { ...rising, values: rising.values.map((value) => 100 - value) };
    const estimate = estimateCapacity(falling, { ...options, limit: 0, side: 'below' });
    expect(estimate).toMatchObject({ state: 'rising', etaMs: estimateCapacity(rising, options).etaMs });
    expect(estimate.growthPerDay).toBeCloseTo(-4, 1);
  });

  test('is now for what is across already', () => {
    const estimate = estimateCapacity(rising, { ...options, limit: 50 });
    expect(estimate).toMatchObject({ state: 'crossed', etaMs: 239 * hour, etaLowMs: 239 * hour });
    expect(probabilityBefore(estimate, 240 * hour)).toBe(1);
  });

  test('is not claimed for what only fluctuates, and improbable then', () => {
    const estimate = estimateCapacity(
      aSeries(500, (i) => 60 + 3 * noise(i)),
      options
    );
    expect(estimate).toMatchObject({ state: 'flat', etaMs: null, etaLowMs: null, etaHighMs: null });
    expect(probabilityBefore(estimate, 40 * day)).toBeLessThan(0.2);
    expect(estimate.reason).toBe('It does not surely grow towards the limit, so no date is claimed.');
  });

  test('is not claimed for a constant, whatever its value', () => {
    expect(
      estimateCapacity(
        aSeries(300, () => 42),
        options
      )
    ).toMatchObject({ state: 'flat', etaMs: null });
    expect(
      estimateCapacity(
        aSeries(300, () => 0),
        options
      )
    ).toMatchObject({ state: 'flat', etaMs: null });
  });

  test('is not claimed for what moves away', () => {
    const estimate = estimateCapacity(
      aSeries(240, (i) => 90 - i / 6 + noise(i)),
      options
    );
    expect(estimate).toMatchObject({ state: 'falling', etaMs: null });
    expect(probabilityBefore(estimate, 40 * day)).toBeLessThan(0.02);
  });

  test('is not claimed beyond the horizon', () => {
    const estimate = estimateCapacity(rising, { ...options, horizonMs: 2 * day });
    expect(estimate).toMatchObject({ state: 'rising', etaMs: null });
    expect(estimate.reason).toMatch(/it does not reach 100 within 2d\.$/);
  });

  test('counts from the last clean-up', () => {
    const cleaned = aSeries(240, (i) => 20 + (i < 150 ? i / 3 : (i - 150) / 3) + noise(i));
    const estimate = estimateCapacity(cleaned, options);
    expect(estimate.lastResetMs).toBe(150 * hour);
    expect(Math.abs((estimate.etaMs ?? 0) / hour - 390)).toBeLessThan(12);
  });

  test('is not claimed for what is cleaned up regularly below the limit', () => {
    const sawtooth = aSeries(480, (i) => 40 + 30 * ((i % 30) / 30) + noise(i));
    const estimate = estimateCapacity(sawtooth, options);
    expect(estimate.etaMs).toBeNull();
    expect(probabilityBefore(estimate, 50 * day)).toBeLessThan(0.1);
    expect(estimate.reason).toMatch(/^It is cleaned up about every 1d6h, and what is left then does not surely grow/);
  });

  test('is that at which the tops reach the limit when clean-ups leave more each time', () => {
    // floors gain 1 each 30 hours; the tops, 30 above, reach 100 after 30 of them
    const leaking = aSeries(450, (i) => 40 + Math.floor(i / 30) + 30 * ((i % 30) / 30) + 0.3 * noise(i));
    const estimate = estimateCapacity(leaking, { ...options, horizonMs: 60 * day });
    expect(estimate.state).toBe('rising');
    expect(Math.abs((estimate.etaMs ?? 0) / hour - 930)).toBeLessThan(90);
  });

  test('sees the daily shape: the limit is crossed at a peak of the day', () => {
    const daily = aSeries(20 * 24, (i) => 20 + i / 8 + 10 * Math.sin((2 * Math.PI * i) / 24) + noise(i));
    const estimate = estimateCapacity(daily, options);
    const peakHour = ((estimate.etaMs ?? 0) / hour) % 24;
    expect(Math.abs(peakHour - 6)).toBeLessThan(3);
  });

  test('is not known of a series that is too short, empty or silent for long', () => {
    expect(
      estimateCapacity(
        aSeries(5, () => 1),
        options
      )
    ).toMatchObject({ state: 'unknown', etaMs: null });
    expect(
      estimateCapacity(
        aSeries(0, () => 1),
        options
      )
    ).toMatchObject({ state: 'unknown', now: null });
    expect(
      estimateCapacity(
        aSeries(100, () => NaN),
        options
      )
    ).toMatchObject({ state: 'unknown', now: null });
    const silent = estimateCapacity(
      aSeries(300, (i) => (i < 200 ? i : NaN)),
      { ...options, limit: 1000 }
    );
    expect(silent).toMatchObject({ state: 'unknown', reason: 'There has been no value for too long to say anything.' });
  });

  test('is not moved by gaps and spikes', () => {
    const holed = aSeries(240, (i) => (i % 7 < 2 ? NaN : i === 100 ? 95 : (rising.values[i] ?? NaN)));
    expect(Math.abs((estimateCapacity(holed, options).etaMs ?? 0) - 20 * day)).toBeLessThan(day);
  });

  test('is the same each time for one seed', () => {
    expect(estimateCapacity(rising, options)).toEqual(estimateCapacity(rising, options));
  });

  test('is the same in any unit', () => {
    const eta = estimateCapacity(rising, options).etaMs;
    fc.assert(
      fc.property(fc.constantFrom(2 ** -40, 0.5, 2 ** 60), fc.constantFrom(0, 2 ** 10), (scale, shift) => {
        const values = rising.values.map((value) => value * scale + shift * scale);
        const limit = (100 + shift) * scale;
        const got = estimateCapacity({ ...rising, values }, { ...options, limit }).etaMs;
        expect(Math.abs((got ?? 0) - (eta ?? 0))).toBeLessThan(6 * hour);
      }),
      { numRuns: 6 }
    );
  });

  test('has an ordered range, ordered probabilities and a sentence whatever comes', () => {
    const value = fc.oneof(fc.double(), fc.double({ min: -100, max: 100 }), fc.constantFrom(NaN, 0, 1e308, -1e308));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 60 }),
        fc.constantFrom('above' as const, 'below' as const),
        (values, side) => {
          const estimate = estimateCapacity(
            aSeries(values.length, (i) => values[i] ?? NaN),
            { ...options, side }
          );
          const { etaMs, etaLowMs, etaHighMs } = estimate;
          expect(estimate.reason.length).toBeGreaterThan(10);
          expect((etaLowMs ?? -Infinity) <= (etaMs ?? Infinity)).toBe(true);
          expect((etaMs ?? -Infinity) <= (etaHighMs ?? Infinity)).toBe(true);
          expect([...estimate.crossingsMs].every((at, i, all) => i === 0 || (all[i - 1] ?? 0) <= at)).toBe(true);
        }
      ),
      { numRuns: 25 }
    );
  });
});
