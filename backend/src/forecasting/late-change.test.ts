import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BandArrays } from './forecast-task.ts';
import { findLateChange, holdBothLevels } from './late-change.ts';

/** Reproducible noise in [−0.5, 0.5). */
function noise(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648 - 0.5;
}

/** 1,000 values around 50 that move up by `height` before the end. */
function shifted(height: number, lastedSteps: number, seed = 3): Float64Array {
  const random = noise(seed);
  return Float64Array.from({ length: 1000 }, (_, i) => 50 + 4 * random() + (i >= 1000 - lastedSteps ? height : 0));
}

const flat = (level: number, length = 4): Float32Array => new Float32Array(length).fill(level);
const band: BandArrays = {
  startMs: 0,
  stepMs: 1,
  expected: flat(51),
  levels: [
    { levelPercent: 40, lower: flat(50.5), upper: flat(51.5) },
    { levelPercent: 80, lower: flat(50), upper: flat(52) },
    { levelPercent: 95, lower: flat(49), upper: flat(53) },
  ],
};

describe('a late change of level', () => {
  test('is found with both levels when nothing before was like it', () => {
    const change = findLateChange(shifted(9, 30), []);
    expect(change?.lastedSteps).toBeGreaterThanOrEqual(12);
    expect(change?.levelNow).toBeCloseTo(9, 0);
    expect(change?.levelBefore).toBeCloseTo(0, 0);
  });

  test('is found around a season', () => {
    const values = shifted(9, 30).map((value, i) => value + 10 * Math.sin((2 * Math.PI * i) / 24));
    const change = findLateChange(values, [24]);
    expect((change?.levelNow ?? NaN) - (change?.levelBefore ?? NaN)).toBeGreaterThan(6);
  });

  test('is none when the series did the same before', () => {
    const values = shifted(9, 30).map((value, i) => value + (i > 400 && i < 500 ? 9 : 0));
    expect(findLateChange(values, [])).toBeUndefined();
  });

  test('is none in noise, in a single spike, in a constant and in a trend', () => {
    expect(findLateChange(shifted(0, 30), [])).toBeUndefined();
    expect(findLateChange(shifted(90, 3), [])).toBeUndefined();
    expect(findLateChange(new Float64Array(1000).fill(7), [])).toBeUndefined();
    expect(
      findLateChange(
        Float64Array.from({ length: 1000 }, (_, i) => i),
        []
      )
    ).toBeUndefined();
  });

  test('is never looked for in a history too short to compare with', () => {
    expect(findLateChange(shifted(9, 30).subarray(900), [])).toBeUndefined();
  });

  test('opens a band so far that both levels fit into it with their distances', () => {
    const both = holdBothLevels(
      band,
      { lastedSteps: 20, levelNow: 60, levelBefore: 45, seasonAhead: () => 0 },
      undefined
    );
    expect(both.levels[1]?.lower[0]).toBe(44);
    expect(both.levels[1]?.upper[0]).toBe(61);
    expect(both.levels[2]?.upper[0]).toBe(62);
    expect(both.levels[0]?.upper[0]).toBe(51.5 + 9 / 4);
  });

  test('keeps a band nested, around its line, never narrower and inside what can be', () => {
    const level = fc.double({ min: -200, max: 200, noNaN: true });
    fc.assert(
      fc.property(level, level, (levelNow, levelBefore) => {
        const range = { min: 0, max: 100 };
        const change = { lastedSteps: 20, levelNow, levelBefore, seasonAhead: (ahead: number) => ahead };
        const [inner, middle, outer] = holdBothLevels(band, change, range).levels.map(({ lower, upper }) => ({
          lower: Math.min(...lower),
          upper: Math.max(...upper),
        }));
        const edges = [
          0,
          outer?.lower,
          middle?.lower,
          inner?.lower,
          51,
          inner?.upper,
          middle?.upper,
          outer?.upper,
          100,
        ];
        expect(edges).toEqual([...edges].sort((a = NaN, b = NaN) => a - b));
        expect(outer?.lower).toBeLessThanOrEqual(49);
        expect(outer?.upper).toBeGreaterThanOrEqual(53);
      })
    );
  });
});
