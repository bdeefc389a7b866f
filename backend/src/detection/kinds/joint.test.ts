import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type JointState, mostJointMetrics, nextJoint, startJoint } from './joint.ts';

/** Normal numbers that are the same on every machine. */
function normals(seed: number) {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Load and latency that move together, and a third metric of its own. */
function aHistory(steps = 2000, scale = 1) {
  const normal = normals(7);
  const rows = Array.from({ length: steps }, () => {
    const load = normal();
    return [load, 0.9 * load + 0.3 * normal(), normal()].map((value) => value * scale);
  });
  return ['load', 'latency', 'errors'].map((name, k) => ({
    id: `id-${name}`,
    name,
    residuals: Float64Array.from(rows, (row) => row[k] ?? NaN),
  }));
}

function started(): JointState {
  const state = startJoint(aHistory());
  if (state === undefined) {
    throw new Error('expected a state');
  }
  return state;
}

const at = (step: number, load: number, latency: number, errors: number) => ({
  timestampMs: step * 60_000,
  residuals: new Map([
    ['id-load', load],
    ['id-latency', latency],
    ['id-errors', errors],
  ]),
});

describe('several metrics as one', () => {
  test('are abnormal when two that move together part, though each alone is usual', () => {
    const { score, finding, blame } = nextJoint(started(), at(1, 2, -2, 0));
    expect(score).toBeGreaterThan(1.5);
    expect(finding).toMatchObject({ phase: 'open', startMs: 60_000 });
    expect(
      blame
        .slice(0, 2)
        .map(({ id }) => id)
        .sort()
    ).toEqual(['id-latency', 'id-load']);
    expect(blame.at(-1)?.share).toBeLessThan(0.02);
  });

  test('are normal when both move as they always do', () => {
    expect(nextJoint(started(), at(1, 2.5, 2.3, 0))).toMatchObject({ finding: undefined });
  });

  test('blame the one metric that is off', () => {
    const { blame, finding } = nextJoint(started(), at(1, 0, 0, 9));
    expect(blame[0]).toMatchObject({ id: 'id-errors' });
    expect(blame[0]?.share).toBeGreaterThan(0.95);
    expect(finding?.evidence[0]?.text).toMatch(/^Together 3 metrics are [\d.]+ times as far .*: errors 100 %\.$/);
  });

  test('keep their start while it lasts', () => {
    const state = started();
    const findings = [1, 2, 3].map((step) => nextJoint(state, at(step, 3, -3, 0)).finding);
    expect(findings.map((finding) => finding?.startMs)).toEqual([60_000, 60_000, 60_000]);
    nextJoint(state, at(4, 0, 0, 0));
    expect(nextJoint(state, at(5, 3, -3, 0)).finding?.startMs).toBe(300_000);
  });

  test('raise hardly anything on values like those of the history', () => {
    const state = started();
    const normal = normals(99);
    const findings = Array.from({ length: 20_000 }, (_, i) => {
      const load = normal();
      return nextJoint(state, at(i, load, 0.9 * load + 0.3 * normal(), normal())).finding;
    }).filter((finding) => finding !== undefined);
    expect(findings.length).toBeLessThan(10);
  });

  test('are judged by those that have a value', () => {
    const state = started();
    expect(nextJoint(state, at(1, 3, -3, NaN)).score).toBeGreaterThan(1);
    expect(nextJoint(state, at(2, 3, NaN, 0)).score).toBeLessThan(1);
    expect(nextJoint(state, at(3, 3, NaN, NaN))).toEqual({ score: undefined, blame: [], finding: undefined });
  });

  test('leave out a metric that never moves, and are not known when fewer than two are left', () => {
    const [load, latency] = aHistory();
    const constant = { id: 'id-c', name: 'constant', residuals: new Float64Array(2000) };
    if (load === undefined || latency === undefined) {
      throw new Error('expected a history');
    }
    expect(startJoint([load, latency, constant])?.metrics.map(({ id }) => id)).toEqual(['id-load', 'id-latency']);
    expect(startJoint([load, constant])).toBeUndefined();
  });

  test('are refused when they are too many', () => {
    const many = Array.from({ length: mostJointMetrics + 1 }, (_, i) => ({
      id: String(i),
      name: String(i),
      residuals: new Float64Array(0),
    }));
    expect(() => startJoint(many)).toThrow(/201 series as one are too many, 200 can be judged together/);
  });

  test('score alike in any unit', () => {
    const metric = fc.double({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(metric, metric, metric, (load, latency, errors) => {
        const scaled = startJoint(aHistory(2000, 1024));
        const expected = nextJoint(started(), at(1, load, latency, errors)).score ?? NaN;
        const got = scaled && nextJoint(scaled, at(1, load * 1024, latency * 1024, errors * 1024)).score;
        expect(got).toBeCloseTo(expected, 6);
      }),
      { numRuns: 20 }
    );
  });

  test('give finite scores and shares that add up to 1 whatever comes, also after the state was stored', () => {
    const metric = fc.oneof(fc.double(), fc.constantFrom(1e308, -1e308, NaN, Infinity, 5));
    const base = started();
    fc.assert(
      fc.property(metric, metric, metric, (load, latency, errors) => {
        const stored = JSON.parse(JSON.stringify(base)) as JointState;
        const result = nextJoint(stored, at(1, load, latency, errors));
        expect(result.score === undefined || Number.isFinite(result.score)).toBe(true);
        const whole = result.blame.reduce((sum, { share }) => sum + share, 0);
        expect(whole).toBeCloseTo(result.blame.length > 0 ? 1 : 0, 9);
      })
    );
  });
});
