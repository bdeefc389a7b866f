import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextOutlier, startOutlier, type OutlierState, type PeerResult } from './outlier.ts';
import { groupByLabels } from './peer-groups.ts';

const minute = 60_000;
const noise = (i: number) => ((Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 31 - 1) * 1.7;
const cycle = (step: number) => 100 + 20 * Math.sin(step / 30);

/** Runs `steps` steps of `peers` series, of which number 0 is moved by `offset(step)`. */
function run(
  peers: number,
  offset: (step: number) => number,
  { steps = 60, unit = 1, shift = 0, state = startOutlier() } = {}
): PeerResult[][] {
  return Array.from({ length: steps }, (_, step) => {
    const values = new Map(
      Array.from({ length: peers }, (_, k) => {
        const value = cycle(step) + noise(step * peers + k) + (k === 0 ? offset(step) : 0);
        return [`pod-${k}`, value * unit + shift] as const;
      })
    );
    return [...nextOutlier(state, { timestampMs: step * minute, values }).results];
  });
}

const odd = (results: readonly PeerResult[]) => results.filter((one) => one.finding !== undefined).map(({ id }) => id);

describe('an outlier among peers', () => {
  test('is the series that leaves the others, with its distance in their unit', () => {
    const last = run(10, (step) => (step < 50 ? 0 : 40)).at(-1) ?? [];
    const outlier = last.find(({ id }) => id === 'pod-0');
    expect(odd(last)).toEqual(['pod-0']);
    expect(outlier?.distance).toBeGreaterThan(30);
    expect(outlier?.distance).toBeLessThan(42);
    expect(outlier?.finding).toMatchObject({ phase: 'open', startMs: 50 * minute, direction: 'above' });
    expect(outlier?.finding?.evidence[0]?.text).toMatch(/ is 3\d(\.\d+)? above the band of its 9 peers, 109/);
  });

  test('is not found where all move together', () => {
    expect(run(10, () => 0, { steps: 400 }).flatMap(odd)).toEqual([]);
  });

  test('needs three peers', () => {
    expect(run(2, () => 500).flat()).toEqual([]);
    expect(odd(run(3, (step) => (step < 50 ? 0 : 60)).at(-1) ?? [])).toEqual(['pod-0']);
  });

  test('is told where all the others are one constant', () => {
    const state = startOutlier();
    const results = Array.from({ length: 20 }, (_, step) => {
      const values = new Map([0, 1, 2, 3].map((k) => [String(k), k === 3 && step > 15 ? 6 : 5]));
      return nextOutlier(state, { timestampMs: step * minute, values }).results;
    });
    expect(odd([...(results.at(-1) ?? [])])).toEqual(['3']);
  });

  test('is nobody where all are the same but for the noise of floats', () => {
    const state = startOutlier();
    const results = Array.from({ length: 40 }, (_, step) => {
      const values = new Map([0, 1, 2, 3].map((k) => [String(k), 0.1 * (1 + k * step * Number.EPSILON)]));
      return nextOutlier(state, { timestampMs: step * minute, values }).results;
    });
    expect(results.flat()).toEqual([]);
  });

  test('is judged without the peers that have no value now, and those that are gone are forgotten', () => {
    const state = startOutlier();
    run(10, () => 0, { state });
    for (let step = 60; step < 100; step++) {
      const values = new Map([1, 2, 3, 4].map((k) => [`pod-${k}`, cycle(step) + noise(step * 10 + k)]));
      nextOutlier(state, { timestampMs: step * minute, values: new Map([...values, ['pod-9', NaN]]) });
    }
    expect(Object.keys(state.recent)).toEqual(['pod-1', 'pod-2', 'pod-3', 'pod-4']);
  });

  test('is the same at any scale and level of the unit', () => {
    const found = (unit: number, shift: number) => run(6, (step) => (step < 40 ? 0 : 30), { unit, shift }).map(odd);
    fc.assert(
      fc.property(fc.constantFrom(2 ** -30, 0.25, 2 ** 40), fc.integer({ min: -64, max: 64 }), (unit, shift) => {
        expect(found(unit, shift * unit)).toEqual(found(1, 0));
      }),
      { numRuns: 5 }
    );
  });

  test('has finite answers whatever comes, also after the state was stored', () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, 1e308, -1e308, 5));
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, value, value), { minLength: 10, maxLength: 30 }), (rows) => {
        const state = startOutlier();
        const next = (of: OutlierState) =>
          rows.map((row, step) => {
            const values = new Map(row.map((one, k) => [String(k), one]));
            return nextOutlier(of, { timestampMs: step * minute, values }).results;
          });
        const stored = JSON.parse(JSON.stringify(state)) as OutlierState;
        const results = next(state);
        expect(next(stored)).toEqual(results);
        expect(results.flat().every((one) => Number.isFinite(one.score) && !Number.isNaN(one.distance))).toBe(true);
      }),
      { numRuns: 20 }
    );
  });
});

describe('groups of peers', () => {
  const pods = [
    { service: 'api', pod: 'a' },
    { service: 'api', pod: 'b' },
    { service: 'web', pod: 'c' },
    { service: 'api', pod: 'd' },
    { pod: 'e' },
  ];

  test('share the values of the given labels, and have enough members', () => {
    expect([...groupByLabels(pods, ['service'], 3)]).toEqual([['service="api"', [0, 1, 3]]]);
  });

  test('are one when no label is given', () => {
    expect([...groupByLabels(pods, [], 3)]).toEqual([['', [0, 1, 2, 3, 4]]]);
  });
});
