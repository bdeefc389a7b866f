import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RegularSeries } from '../timeseries/series.ts';
import type { BandArrays } from './forecast-task.ts';
import { siblingBand, type Sibling } from './sibling-prior.ts';

const stepMs = 1_800_000;
const day = 48;
const historySteps = 4 * day;
const heldOutSteps = 2 * day;
const needs = { levels: [80, 95], range: undefined };

/** Reproducible normal numbers. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

interface Pod {
  readonly expected: Float64Array;
  readonly actual: Float64Array;
}

/** A pod over four days and the next: its level times the day's shape of the job, a drift of its own, noise of an hour or two. */
function aPod(normal: () => number, levelSpread: number): Pod {
  const level = 100 * Math.exp(levelSpread * normal());
  let slow = 0;
  const expected = Float64Array.from(
    { length: historySteps + day },
    (_, i) => level * (1 + 0.4 * Math.sin((2 * Math.PI * i) / day))
  );
  const actual = expected.map((value) => {
    slow = 0.7 * slow + 0.06 * normal();
    return value * Math.max(0, 1 + slow);
  });
  return { expected, actual };
}

function bandOn(values: Float64Array, from: number, to: number): BandArrays {
  return { startMs: from * stepMs, stepMs, expected: Float32Array.from(values.subarray(from, to)), levels: [] };
}

function asSibling({ expected, actual }: Pod): Sibling {
  return {
    history: { startMs: 0, stepMs, values: actual.slice(0, historySteps) },
    heldOut: bandOn(expected, historySteps - heldOutSteps, historySteps),
    forecast: bandOn(expected, historySteps, historySteps + day),
  };
}

function asNewcomer({ actual }: Pod, steps: number): RegularSeries {
  const from = historySteps - steps;
  return { startMs: from * stepMs, stepMs, values: actual.slice(from, historySteps) };
}

/** Shares of the next day inside of the band of a pod three hours old, by level, over many jobs. */
function coverageOf(jobs: number, siblings: number, levelSpread: number): number[] {
  const inside = needs.levels.map(() => 0);
  for (let job = 0; job < jobs; job++) {
    const normal = normals(100 + job);
    const [pod, ...others] = Array.from({ length: siblings + 1 }, () => aPod(normal, levelSpread));
    const future = pod?.actual.subarray(historySteps) ?? new Float64Array(0);
    const band = pod && siblingBand(asNewcomer(pod, 6), others.map(asSibling), needs);
    band?.levels.forEach(({ lower, upper }, i) => {
      inside[i]! += future.filter((value, h) => value >= (lower[h] ?? NaN) && value <= (upper[h] ?? NaN)).length;
    });
  }
  return inside.map((count) => count / (jobs * day));
}

describe('a band from siblings', () => {
  test.each([
    [1, 0.3],
    [2, 0.3],
    [5, 0.3],
    [5, 1],
  ])('holds what it says the next day, with %i siblings whose levels spread by %f', (siblings, levelSpread) => {
    const [at80 = 0, at95 = 0] = coverageOf(50, siblings, levelSpread);
    expect(at80).toBeGreaterThan(0.77);
    expect(at80).toBeLessThan(0.93);
    expect(at95).toBeGreaterThan(0.93);
  });

  test('follows the shape of the siblings at the level of the new one', () => {
    const normal = normals(5);
    const [pod, ...others] = Array.from({ length: 5 }, () => aPod(normal, 1));
    const band = pod && siblingBand(asNewcomer(pod, 6), others.map(asSibling), needs);
    const errors = band?.expected.map((value, h) => Math.abs(value / (pod?.expected[historySteps + h] ?? NaN) - 1));
    expect(band?.startMs).toBe(historySteps * stepMs);
    expect(errors).toHaveLength(day);
    expect(Math.max(...(errors ?? []))).toBeLessThan(0.25);
  });

  test('keeps to the level of the new one where siblings have no shape in common', () => {
    const normal = normals(5);
    const turned = ({ expected, actual }: Pod, k: number): Pod => ({
      expected: expected.map((value, i) => value * (1 + 0.8 * Math.sin((2 * Math.PI * (i + 9 * k)) / day))),
      actual: actual.map((value, i) => value * (1 + 0.8 * Math.sin((2 * Math.PI * (i + 9 * k)) / day))),
    });
    const [pod, ...others] = Array.from({ length: 6 }, (_, k) => turned(aPod(normal, 0.3), k));
    const band = pod && siblingBand(asNewcomer(pod, 6), others.map(asSibling), needs);
    expect(new Set(band?.expected).size).toBe(1);
  });

  test('takes differences of level where values are negative', () => {
    const normal = normals(5);
    const lowered = (pod: Pod): Pod => ({
      expected: pod.expected.map((value) => value - 150),
      actual: pod.actual.map((value) => value - 150),
    });
    const [pod, ...others] = Array.from({ length: 5 }, () => lowered(aPod(normal, 0.05)));
    const band = pod && siblingBand(asNewcomer(pod, 6), others.map(asSibling), needs);
    const errors = band?.expected.map((value, h) => Math.abs(value - (pod?.expected[historySteps + h] ?? NaN)));
    expect(Math.max(...(errors ?? []))).toBeLessThan(30);
  });

  test('is wider from one sibling than from five that are alike', () => {
    const normal = normals(9);
    const pods = Array.from({ length: 6 }, () => aPod(normal, 0));
    const newcomer = asNewcomer(pods[5] ?? aPod(normal, 0), 6);
    const width = (count: number) => {
      const [narrow] = siblingBand(newcomer, pods.slice(0, count).map(asSibling), needs)?.levels.slice(1) ?? [];
      return (narrow?.upper[9] ?? NaN) - (narrow?.lower[9] ?? NaN);
    };
    expect(width(1)).toBeGreaterThan(width(5));
  });

  test('is none without siblings, with two values, or when no sibling covers the values', () => {
    const pod = aPod(normals(1), 0.3);
    expect(siblingBand(asNewcomer(pod, 6), [], needs)).toBeUndefined();
    expect(siblingBand(asNewcomer(pod, 2), [asSibling(pod)], needs)).toBeUndefined();
    const elsewhere = { ...asNewcomer(pod, 6), startMs: 9e12 };
    expect(siblingBand(elsewhere, [asSibling(pod)], needs)).toBeUndefined();
    const otherGrid = { ...asNewcomer(pod, 6), stepMs: 60_000 };
    expect(siblingBand(otherGrid, [asSibling(pod)], needs)).toBeUndefined();
  });

  test('is ordered around its line whatever the values, and inside what can be', () => {
    const pods = Array.from({ length: 3 }, (_, k) => asSibling(aPod(normals(k + 1), 0.5)));
    const anyValues = fc.array(fc.double({ min: -1e9, max: 1e9 }), { minLength: 3, maxLength: 20 });
    fc.assert(
      fc.property(anyValues, (values) => {
        const startMs = (historySteps - values.length) * stepMs;
        const newcomer = { startMs, stepMs, values: Float64Array.from(values) };
        const band = siblingBand(newcomer, pods, { levels: [80, 95], range: { min: 0 } });
        band?.expected.forEach((value, h) => {
          const edges = [band.levels[1]?.lower[h], band.levels[0]?.lower[h], value, band.levels[0]?.upper[h]];
          expect([0, ...edges]).toEqual([0, ...edges].sort((a = NaN, b = NaN) => a - b));
        });
      }),
      { numRuns: 15 }
    );
  });
});
