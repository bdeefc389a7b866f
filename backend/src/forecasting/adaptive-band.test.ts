import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { adaptStep, startAdaptive, widenBand, type AdaptiveState, type BandEdges } from './adaptive-band.ts';

const levels = [80, 95];
/** 80 and 95 % of a normal distribution of standard deviation 1 around 0. */
const normalEdges: BandEdges = { expected: 0, lower: [-1.2816, -1.96], upper: [1.2816, 1.96] };

/** Reproducible normal numbers. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Shares of values inside of the band that was served to each, by level. */
function coverageOver(steps: number, valueAt: (step: number) => number): number[] {
  let state = startAdaptive(levels);
  const inside = levels.map(() => 0);
  for (let step = 0; step < steps; step++) {
    const value = valueAt(step);
    const { lower, upper } = widenBand(state, normalEdges);
    levels.forEach((_, i) => (inside[i]! += value >= lower[i]! && value <= upper[i]! ? 1 : 0));
    state = adaptStep(state, { ...normalEdges, value });
  }
  return inside.map((count) => count / steps);
}

const after = (values: readonly number[]): AdaptiveState =>
  values.reduce((state, value) => adaptStep(state, { ...normalEdges, value }), startAdaptive(levels));

const anyEdges = fc
  .tuple(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 4, maxLength: 4 })
  )
  .map(([expected, [a = 0, b = 0, c = 0, d = 0]]): BandEdges => ({
    expected,
    lower: [expected - a, expected - a - b],
    upper: [expected + c, expected + c + d],
  }));
const anyValues = fc.array(fc.double({ min: -1e6, max: 1e6 }), { maxLength: 300 });

describe('an adaptive band', () => {
  const drifts: ReadonlyArray<readonly [kind: string, valueAt: (noise: () => number) => (step: number) => number]> = [
    ['does not drift', (noise) => () => noise()],
    ['doubles its spread slowly', (noise) => (step) => (1 + step / 10_000) * noise()],
    ['calms down to two thirds', (noise) => (step) => (1 - step / 30_000) * noise()],
    ['wanders off its expected line', (noise) => (step) => noise() + 0.6 * Math.sin(step / 1_000)],
    ['changes its spread from one day to the next', (noise) => (step) => (step % 4_000 < 2_000 ? 0.8 : 1.8) * noise()],
  ];

  test.each(drifts)('holds both levels to 2 points over 10,000 values of a series that %s', (_, valueAt) => {
    const [at80 = 0, at95 = 0] = coverageOver(10_000, valueAt(normals(7)));
    expect(Math.abs(at80 - 0.8)).toBeLessThan(0.02);
    expect(Math.abs(at95 - 0.95)).toBeLessThan(0.02);
  });

  test('never crosses the expected line, stays nested and within ½ to 3 times the trained distances', () => {
    fc.assert(
      fc.property(anyEdges, anyValues, (edges, values) => {
        const state = values.reduce((s, value) => adaptStep(s, { ...edges, value }), startAdaptive(levels));
        const { lower, upper } = widenBand(state, edges);
        const slack = 1e-9 * (1 + Math.abs(edges.expected));
        expect(lower[0]).toBeLessThanOrEqual(edges.expected);
        expect(upper[0]).toBeGreaterThanOrEqual(edges.expected);
        expect(lower[1]).toBeLessThanOrEqual(lower[0]!);
        expect(upper[1]).toBeGreaterThanOrEqual(upper[0]!);
        expect(upper[1]! - edges.expected).toBeLessThanOrEqual(3 * (upper1(edges) + slack));
        expect(upper[0]! - edges.expected).toBeGreaterThanOrEqual((edges.upper[0]! - edges.expected) / 2 - slack);
      })
    );
  });

  test('is the trained band right after a training', () => {
    expect(widenBand(startAdaptive([95, 80]), normalEdges)).toEqual(normalEdges);
  });

  test('widens the side that was left and lets the other one in', () => {
    const { lower, upper } = widenBand(after(new Array<number>(40).fill(9)), normalEdges);
    expect(upper[1]).toBeGreaterThan(1.96 * 2);
    expect(lower[1]).toBeLessThan(0);
    expect(lower[1]).toBeGreaterThan(-1.96);
  });

  test('a handful of values outside moves an edge by no more than a tenth', () => {
    expect(widenBand(after([9, 9, 9, 9]), normalEdges).upper[1]).toBeLessThan(1.1 * 1.96);
  });

  test('a gap in the value or in the band changes nothing', () => {
    const state = after([9, -9, 9]);
    expect(adaptStep(state, { ...normalEdges, value: NaN })).toEqual(state);
    expect(adaptStep(state, { expected: NaN, lower: [NaN, NaN], upper: [NaN, NaN], value: 1 })).toEqual(state);
    expect(widenBand(state, { expected: NaN, lower: [NaN, NaN], upper: [NaN, NaN] }).lower).toEqual([NaN, NaN]);
  });

  test('does not widen beyond what values can be', () => {
    const { lower } = widenBand(after(new Array<number>(99).fill(-9)), normalEdges, { min: -2 });
    expect(lower).toEqual([-2, -2]);
  });

  test('survives being stored as JSON in less than 200 bytes', () => {
    const state = after([9, -9, 0.5, NaN, 9]);
    const text = JSON.stringify(state);
    expect(text.length).toBeLessThan(200);
    expect(JSON.parse(text)).toEqual(state);
  });
});

const upper1 = ({ upper, expected }: BandEdges) => upper[1]! - expected;
