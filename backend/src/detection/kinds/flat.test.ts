import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextFlat, startFlat, type FlatState } from './flat.ts';

const minute = 60_000;

function aHistory(values: ArrayLike<number>) {
  return { startMs: 0, stepMs: minute, values: Float64Array.from(values) };
}

const moving = Float64Array.from({ length: 500 }, (_, i) => 10 + Math.sin(i * 1.7) + Math.sin(i / 9));

function run(state: FlatState, values: readonly number[], fromStep = 500) {
  return values.map((value, i) => nextFlat(state, { timestampMs: (fromStep + i) * minute, value }).finding);
}

const repeated = (value: number, count: number) => new Array<number>(count).fill(value);

describe('a flat line', () => {
  test('of a series that always moves is told after a quarter of an hour, from its first value', () => {
    const findings = run(startFlat(aHistory(moving)), repeated(7, 20));
    expect(findings.findIndex((finding) => finding !== undefined)).toBe(14);
    expect(findings.at(-1)).toMatchObject({ phase: 'open', startMs: 500 * minute });
    expect(findings.at(-1)?.evidence[0]?.text).toBe('The value has been exactly 7 for 20m; the longest before was 1m.');
  });

  test('closes at the first value that differs', () => {
    const findings = run(startFlat(aHistory(moving)), [...repeated(7, 20), 7.1, 7.2]);
    expect(findings.at(-2)).toMatchObject({ phase: 'closed', startMs: 500 * minute, endMs: 519 * minute });
    expect(findings.at(-1)).toBeUndefined();
  });

  test('is not told of a series that has always been constant', () => {
    const findings = run(startFlat(aHistory(repeated(3, 500))), repeated(3, 2000));
    expect(findings.every((finding) => finding === undefined)).toBe(true);
  });

  test('is not told of an idle count within four times of its longest rest', () => {
    const idle = Array.from({ length: 500 }, (_, i) => Number(i % 50 === 0));
    const findings = run(startFlat(aHistory(idle)), repeated(0, 140));
    expect(findings.every((finding) => finding === undefined)).toBe(true);
    expect(run(startFlat(aHistory(idle)), repeated(0, 400)).at(-1)?.phase).toBe('open');
  });

  test('is not broken by float noise', () => {
    const noisy = repeated(0, 20).map((_, i) => 7 * (1 + i * Number.EPSILON));
    expect(run(startFlat(aHistory(moving)), noisy).at(-1)?.phase).toBe('open');
  });

  test('is not a slow drift', () => {
    const drift = repeated(0, 300).map((_, i) => 7 + i * 1e-4);
    expect(run(startFlat(aHistory(moving)), drift).every((finding) => finding === undefined)).toBe(true);
  });

  test('is neither ended nor made longer by gaps', () => {
    const withGaps = [...repeated(7, 10), ...repeated(NaN, 100), ...repeated(7, 5)];
    const findings = run(startFlat(aHistory(moving)), withGaps);
    expect(findings.slice(0, -1).every((finding) => finding === undefined)).toBe(true);
    expect(findings.at(-1)?.phase).toBe('open');
  });

  test('that began before the history ended goes on', () => {
    const stuck = [...moving.subarray(0, 480), ...repeated(7, 20)];
    expect(run(startFlat(aHistory(stuck)), [7])[0]).toMatchObject({ startMs: 480 * minute, phase: 'open' });
  });

  test('is not known with hardly any history', () => {
    expect(run(startFlat(aHistory([1, 2, 3])), repeated(3, 1000)).every((finding) => finding === undefined)).toBe(true);
  });

  test('is found alike at any scale', () => {
    const values = fc.array(fc.oneof(fc.constant(5), fc.integer({ min: 1, max: 9 })), { maxLength: 80 });
    fc.assert(
      fc.property(values, fc.constantFrom(1e-9, 0.25, 3, 1e12), (given, scale) => {
        const phases = (factor: number) =>
          run(
            startFlat(aHistory(moving.map((value) => value * factor))),
            given.map((value) => value * factor)
          ).map((finding) => finding?.phase);
        expect(phases(scale)).toEqual(phases(1));
      })
    );
  });

  test('has a defined answer for whatever comes, also after its state was stored', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 100 }), (values) => {
        const state = startFlat(aHistory(moving));
        const stored = JSON.parse(JSON.stringify(state)) as FlatState;
        const findings = run(state, values);
        expect(run(stored, values)).toEqual(findings);
        expect(findings.every((finding) => finding === undefined || Number.isFinite(finding.score))).toBe(true);
      })
    );
  });
});
