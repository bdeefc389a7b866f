import { describe, expect, test } from '@jest/globals';
import { linearEtaMs, newestPart } from './predict-linear.ts';
import { makeFlat, makeRamp, rampKinds } from './ramps.ts';

describe('made ramps', () => {
  test('are the same for one seed and differ for another', () => {
    expect(makeRamp('steady', 3)).toEqual(makeRamp('steady', 3));
    expect(makeRamp('steady', 3).crossedAtMs).not.toBe(makeRamp('steady', 4).crossedAtMs);
  });

  test('end before their crossing and never reach the limit in what is seen', () => {
    const ramps = rampKinds.flatMap((kind) => [1, 2, 3, 4, 5].map((seed) => makeRamp(kind, seed)));
    const early = ramps.filter(({ seen, crossedAtMs }) => seen.values.length * seen.stepMs < crossedAtMs);
    const below = ramps.filter(({ seen, limit }) => seen.values.every((value) => value < limit));
    expect([early.length, below.length]).toEqual([ramps.length, ramps.length]);
  });

  test('that are flat stay below the limit', () => {
    const { seen, limit } = makeFlat('flat, cleaned each few days', 2);
    expect(Math.max(...seen.values)).toBeLessThan(limit);
  });
});

describe('the straight line', () => {
  test('agrees with NumPy 2.4.6 (polyfit of degree 1) where there is noise and a gap', () => {
    const values = Float64Array.of(1, 2.5, NaN, 3.5, 5.5, 5);
    // slope 0.0140503875968992 a second, 1.3081395348837215 at 0
    expect((linearEtaMs({ startMs: 0, stepMs: 60_000, values }, 10) ?? NaN) / 1000).toBeCloseTo(618.6206896551723, 6);
  });

  test('has no date where it does not rise', () => {
    expect(linearEtaMs({ startMs: 0, stepMs: 60_000, values: Float64Array.of(3, 2, 1) }, 10)).toBeUndefined();
  });

  test('can be drawn through the newest part only', () => {
    const part = newestPart({ startMs: 0, stepMs: 10, values: Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7) }, 0.25);
    expect(part).toEqual({ startMs: 60, stepMs: 10, values: Float64Array.of(6, 7) });
  });
});
