import { describe, expect, test } from '@jest/globals';
import type { ExcursionRule } from './excursions.ts';
import { replayPast } from './replay.ts';

const stepMs = 300_000;
const week = 2_016;
const rule: ExcursionRule = {
  band: { levelPercent: 95, direction: 'both', atLeast: undefined, range: undefined },
  hysteresis: { open: { count: 2, of: 3 }, close: { count: 3, of: 3 }, stepMs },
  retrainMs: 12 * 3_600_000,
};

/** A band of 10 ± 2 over values that are 10 but for some steps. */
function pastOf(steps: number, others: Readonly<Record<number, readonly number[]>>) {
  const values = new Float64Array(steps).fill(10);
  for (const [at, some] of Object.entries(others)) {
    values.set(some, Number(at));
  }
  const line = (value: number) => new Float32Array(steps).fill(value);
  const levels = [{ levelPercent: 95, lower: line(8), upper: line(12) }];
  const band = { startMs: 0, stepMs, expected: line(10), levels };
  return { history: { startMs: 0, stepMs, values }, band, evidence: undefined };
}

const excursions = (steps: number, every: number, value: number) =>
  pastOf(
    steps,
    Object.fromEntries(Array.from({ length: steps / every }, (_, i) => [i * every + 5, [value, value, value]]))
  );

describe('what would have been told', () => {
  test('a series that is far out of its band is one anomaly with its peak', () => {
    const [found, ...others] = replayPast(pastOf(2 * week, { 3000: [44, 98, 55] }), rule, 1);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ startMs: 3000 * stepMs, endMs: 3002 * stepMs, direction: 'above' });
    expect(found).toMatchObject({ peakValue: 98, peakMs: 3001 * stepMs, expectedAtPeak: 10 });
  });

  test('one that is not over yet ends at its last value outside', () => {
    const [found] = replayPast(pastOf(2 * week, { [2 * week - 2]: [-40, -40] }), rule, 1);
    expect(found).toMatchObject({
      startMs: (2 * week - 2) * stepMs,
      endMs: (2 * week - 1) * stepMs,
      direction: 'below',
    });
  });

  test('a single value is none, however far', () => {
    expect(replayPast(pastOf(week, { 1000: [9e9] }), rule, 1)).toEqual([]);
  });

  test('a fall does not count when only rises are watched', () => {
    const rises = { ...rule, band: { ...rule.band, direction: 'above' } as const };
    expect(replayPast(pastOf(2 * week, { 3000: [-90, -90, -90] }), rises, 1)).toEqual([]);
  });

  test('what a series does every day is its habit, and soon told no more', () => {
    const { length } = replayPast(excursions(4 * week, 288, 14), rule, 1);
    expect(length).toBeLessThanOrEqual(4);
  });

  test('more alerts a week tell more of it', () => {
    const told = (alertsPerWeek: number) => replayPast(excursions(4 * week, 288, 14), rule, alertsPerWeek).length;
    expect(told(14)).toBeGreaterThan(told(1));
    expect(told(14)).toBeGreaterThan(10);
  });

  test('nothing is judged by what came after it', () => {
    const { history, band } = excursions(4 * week, 400, 14);
    const whole = replayPast({ history, band, evidence: undefined }, rule, 2);
    const until = 2 * week;
    const half = { ...history, values: history.values.slice(0, until) };
    const early = replayPast({ history: half, band, evidence: undefined }, rule, 2);
    expect(early).toEqual(whole.filter(({ startMs }) => startMs < (until - 10) * stepMs));
  });

  test('of the same excursion, one that is unlike its past is told', () => {
    const past = pastOf(week, { 1500: [13, 13, 13] });
    const evidence = new Float64Array(week);
    evidence[1500] = 25;
    expect(replayPast(past, rule, 0.25)).toEqual([]);
    expect(replayPast({ ...past, evidence }, rule, 0.25)).toHaveLength(1);
  });
});
