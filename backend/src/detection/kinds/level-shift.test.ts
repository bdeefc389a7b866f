import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextLevelShift, startLevelShift, type LevelShiftState, type ResidualHistory } from './level-shift.ts';

const minute = 60_000;
const step = 5 * minute;

/** Numbers in -1..1 that look random: the same on every machine. */
const noise = (i: number) => ((Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 31 - 1) * 0.9;

/** Values at `level(i)` with noise that stays within a band of 100 ± 1. */
function run(state: LevelShiftState, level: (i: number) => number, steps: number, from = 0) {
  return Array.from({ length: steps }, (_, i) => {
    const value = 100 + level(i) + noise(from + i);
    const sample = { timestampMs: (from + i) * step, value, expected: 100, lower: 99, upper: 101 };
    return nextLevelShift(state, sample).finding;
  }).filter((finding) => finding !== undefined);
}

describe('a change of level', () => {
  test('is told once, with its start and size, however long it lasts', () => {
    const findings = run(startLevelShift(step), (i) => (i < 100 ? 0 : 3), 1000);
    expect(findings).toHaveLength(1);
    const facts = findings[0]?.evidence[0]?.facts;
    expect(findings[0]).toMatchObject({ phase: 'open', direction: 'above' });
    expect(Math.abs(Number(findings[0]?.startMs) / step - 100)).toBeLessThanOrEqual(2);
    expect(facts?.['shift']).toBeCloseTo(3, 0);
    expect(facts?.['edges']).toBeCloseTo(3, 0);
    expect(facts?.['samples']).toBeLessThanOrEqual(20);
  });

  test('downwards is told as such', () => {
    const [finding] = run(startLevelShift(step), (i) => (i < 100 ? 0 : -3), 200);
    expect(finding).toMatchObject({ direction: 'below' });
    expect(finding?.evidence[0]?.text).toMatch(/^The level fell by [23]\.\d+ at 1970-01-01T08:\d\d:00\.000Z/);
  });

  test('that goes back is closed, from its own start', () => {
    const findings = run(startLevelShift(step), (i) => (i >= 100 && i < 300 ? 3 : 0), 600);
    expect(findings.map(({ phase }) => phase)).toEqual(['open', 'closed']);
    expect(findings[1]?.startMs).toBe(findings[0]?.startMs);
    expect(Math.abs(Number(findings[1]?.endMs) / step - 300)).toBeLessThanOrEqual(2);
  });

  test('to a third level is a second change', () => {
    const findings = run(startLevelShift(step), (i) => (i < 100 ? 0 : i < 300 ? 3 : 7), 600);
    expect(findings.map(({ phase }) => phase)).toEqual(['open', 'open']);
    expect(findings[1]?.evidence[0]?.facts?.['shift']).toBeCloseTo(4, 0);
  });

  test('is none where only noise is', () => {
    expect(run(startLevelShift(step), () => 0, 20_000)).toEqual([]);
  });

  test('is not a spike, however high or often', () => {
    expect(run(startLevelShift(step), (i) => (i % 50 === 20 ? 500 : 0), 5000)).toEqual([]);
    expect(run(startLevelShift(step), (i) => (i % 100 < 3 ? 50 : 0), 5000)).toEqual([]);
  });

  test('is not a ramp', () => {
    expect(run(startLevelShift(step), (i) => i * 0.02, 2000)).toEqual([]);
    expect(run(startLevelShift(step), (i) => i * 0.2, 2000)).toEqual([]);
  });

  test('is not a peak of some hours that the model missed', () => {
    const peak = (i: number) => 4 * Math.max(0, Math.sin((2 * Math.PI * i) / 288) - 0.6);
    expect(run(startLevelShift(step), peak, 288 * 14)).toEqual([]);
  });

  test('is not what the level does in history anyway', () => {
    const daily = (i: number) => (i % 288 < 24 ? 2 : 0);
    const residuals = Float64Array.from({ length: 288 * 28 }, (_, i) => daily(i) + noise(i));
    const history: ResidualHistory = { residuals, halfWidths: residuals.map(() => 1) };
    expect(run(startLevelShift(step, history), daily, 288 * 7)).toEqual([]);
    expect(run(startLevelShift(step, history), () => 6, 288)).toHaveLength(1);
  });

  test('is not told again after a training', () => {
    const state = startLevelShift(step);
    expect(run(state, (i) => (i < 100 ? 0 : 3), 300)).toHaveLength(1);
    const trained = startLevelShift(step, undefined, state);
    expect(run(trained, () => 3, 300, 300)).toEqual([]);
    expect(run(trained, () => 0, 300, 600).map(({ phase }) => phase)).toEqual(['closed']);
  });

  test('is not made of missing data', () => {
    const state = startLevelShift(step);
    const findings = run(state, (i) => (i % 40 < 35 ? NaN : 3), 4000);
    expect(findings).toEqual([]);
  });

  test('of a band without width is found where the value is another constant', () => {
    const state = startLevelShift(step);
    const findings = Array.from({ length: 60 }, (_, i) => {
      const sample = { timestampMs: i * step, value: i < 20 ? 5 : 6, expected: 5, lower: 5, upper: 5 };
      return nextLevelShift(state, sample).finding;
    }).filter((finding) => finding !== undefined);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ startMs: 20 * step });
  });

  test('is found alike after any shift and scale of the unit', () => {
    const found = (scale: number, offset: number) => {
      const state = startLevelShift(step);
      return Array.from({ length: 300 }, (_, i) => {
        const at = (value: number) => value * scale + offset;
        const value = at(64 + (i < 100 ? 0 : 4) + noise(i));
        const sample = { timestampMs: i * step, value, expected: at(64), lower: at(63), upper: at(65) };
        return nextLevelShift(state, sample).finding?.startMs;
      });
    };
    fc.assert(
      fc.property(fc.constantFrom(2 ** -20, 0.5, 8, 2 ** 20), fc.integer({ min: -8, max: 8 }), (scale, offset) => {
        expect(found(scale, offset * scale)).toEqual(found(1, 0));
      })
    );
  });

  test('keeps a bounded state and defined answers whatever comes', () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, 1e308, -1e308, 0));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), (values) => {
        const state = startLevelShift(step);
        const stored = JSON.parse(JSON.stringify(state)) as LevelShiftState;
        const next = (of: LevelShiftState) =>
          values.map((one, i) => {
            const sample = { timestampMs: i * step, value: one, expected: 0, lower: -1, upper: 1 };
            return nextLevelShift(of, sample).finding;
          });
        const findings = next(state);
        expect(next(stored)).toEqual(findings);
        expect(findings.every((finding) => finding === undefined || Number.isFinite(finding.score))).toBe(true);
        expect(JSON.stringify(state).length).toBeLessThan(8_000);
      })
    );
  });
});
