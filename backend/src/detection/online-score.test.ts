import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { alertEvidence } from './alert-evidence.ts';
import { deviationWeights } from './deviations.ts';
import { scoreNext, startOnline, type OnlineScore } from './online-score.ts';
import { decodeOnline, encodeOnline, type OnlineState } from './online-state.ts';
import { rankError } from './rank-table.ts';

const minute = 60_000;
const both = { alertsPerWeek: 1, direction: 'both' } as const;

/** Reproducible noise in -0.5..0.5. */
function noise(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648 - 0.5;
}

/** A cycle of `period` steps with noise. */
function cycling(length: number, period: number, seed = 7): Float64Array {
  const next = noise(seed);
  return Float64Array.from({ length }, (_, i) => 100 + 10 * Math.sin((2 * Math.PI * i) / period) + 2 * next());
}

function aSeries(values: ArrayLike<number>, stepMs = 5 * minute) {
  return { startMs: 1_000 * minute, stepMs, values: Float64Array.from(values) };
}

/** Hands over values from `from` on, as a live job does. */
function scoreAll(
  state: OnlineState,
  { startMs, stepMs, values }: ReturnType<typeof aSeries>,
  from: number
): Array<OnlineScore | undefined> {
  return Array.from(values.subarray(from), (value, k) => scoreNext(state, startMs + (from + k) * stepMs, value));
}

function after(history: Float64Array, values: readonly number[], options: Parameters<typeof startOnline>[1] = both) {
  const whole = aSeries([...history, ...values]);
  return scoreAll(startOnline(aSeries(history), options), whole, history.length);
}

/** Lengths at which the batch form sorts its past anew and looks for a season. */
const instants = [16];
while (instants.length < 41) {
  instants.push(Math.ceil((instants.at(-1) ?? 0) * 1.12));
}
const refreshed = instants.filter((_, k) => k % 2 === 0);

describe('agreement with the batch form', () => {
  const bound = rankError * deviationWeights.reduce((sum, weight) => sum + weight, 0);
  const known = refreshed.find((length) => length > 300) ?? NaN;
  const steps = 20;

  test('is to within what ranks read from a table may be off, until the batch form learns anew', () => {
    const kinds = [
      (next: () => number) => next() * 10,
      (next: () => number) => Math.round(next() * 4),
      (next: () => number) => Math.round(next() * 10) / 10,
      (next: () => number) => 1 / (next() + 0.5001),
      (next: () => number) => 1e12 + (next() > 0.4 ? 1e6 * next() : 0),
    ];
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...kinds), (seed, kind) => {
        const next = noise(seed % 1e6);
        const whole = aSeries(Float64Array.from({ length: known + steps }, () => kind(next)));
        const { evidence } = alertEvidence(whole.values);
        const online = scoreAll(startOnline(aSeries(whole.values.subarray(0, known)), both), whole, known);
        online.forEach((score, k) => {
          expect(Math.abs((score?.evidence ?? NaN) - (evidence[known + k] ?? NaN))).toBeLessThanOrEqual(bound);
        });
      }),
      { numRuns: 15 }
    );
  });

  test('holds for the season too, for one cycle', () => {
    const whole = aSeries(cycling(known + 48, 48).map((value, i) => value + (i === known + 20 ? 30 : 0)));
    const { evidence, expected } = alertEvidence(whole.values);
    const online = scoreAll(startOnline(aSeries(whole.values.subarray(0, known)), both), whole, known);
    online.forEach((score, k) => {
      expect(Math.abs((score?.evidence ?? NaN) - (evidence[known + k] ?? NaN))).toBeLessThanOrEqual(bound);
      expect(score?.expected).toBeCloseTo(expected[known + k] ?? NaN, 4);
    });
  });
});

describe('a live score', () => {
  test('opens at a jump, at its first value and once', () => {
    const scores = after(cycling(300, 48), [...cycling(350, 48).subarray(300, 330), 140, 141, 140, 142, 140]);
    expect(scores.slice(0, 30).some((score) => score?.opens)).toBe(false);
    expect(scores[30]).toMatchObject({ opens: true, direction: 'above' });
    expect(scores[30]?.score).toBeGreaterThan(1);
    expect(scores.slice(31).filter((score) => score?.opens)).toHaveLength(0);
  });

  test('says nothing of a side that is not watched', () => {
    const [up] = after(cycling(300, 48), [160], { alertsPerWeek: 1, direction: 'below' });
    const [down] = after(cycling(300, 48), [40], { alertsPerWeek: 1, direction: 'below' });
    expect(up).toMatchObject({ evidence: 0, score: 0, opens: false, direction: 'above' });
    expect(down).toMatchObject({ opens: true, direction: 'below' });
  });

  test('opens once at a new level, to which a series is soon used', () => {
    const settled = cycling(500, 48)
      .subarray(300)
      .map((value) => value + 40);
    const scores = after(cycling(300, 48), [...settled]);
    expect(scores[0]?.opens).toBe(true);
    expect(scores.slice(5).some((score) => score?.opens)).toBe(false);
    expect(scores.slice(70).filter((score) => (score?.score ?? NaN) >= 1).length).toBeLessThan(5);
  });

  test('opens when a constant changes for the first time', () => {
    expect(after(new Float64Array(500).fill(3), [3, 3, 4]).map((score) => score?.opens)).toEqual([false, false, true]);
  });

  test('opens about as often a week as was asked for on what the history went on to do', () => {
    const next = noise(3);
    const quarter = 15 * minute;
    const weekSteps = (7 * 1_440 * minute) / quarter;
    const values = Float64Array.from({ length: 8 * weekSteps }, () => next() + next() + next() + next());
    const history = aSeries(values.subarray(0, 4 * weekSteps), quarter);
    const state = startOnline(history, { alertsPerWeek: 3, direction: 'both' });
    const opened = scoreAll(state, aSeries(values, quarter), 4 * weekSteps).filter((score) => score?.opens).length;
    expect(opened / 4).toBeGreaterThan(1.5);
    expect(opened / 4).toBeLessThan(6);
  });
});

describe('gaps', () => {
  const history = cycling(300, 48);
  const at = (step: number) => 1_000 * minute + step * 5 * minute;

  test('have no score', () => {
    expect(after(history, [NaN, Infinity, 2e36])).toEqual([undefined, undefined, undefined]);
  });

  test('that are skipped count as those that are handed over', () => {
    const given = startOnline(aSeries(history), both);
    const skipped = startOnline(aSeries(history), both);
    [300, 301, 302].forEach((step) => scoreNext(given, at(step), NaN));
    expect(scoreNext(skipped, at(303), 105)).toEqual(scoreNext(given, at(303), 105));
  });

  test('of years take no longer than those of a day', () => {
    const state = startOnline(aSeries(history), both);
    expect(scoreNext(state, at(500_000_000), 100)?.score).toBeGreaterThanOrEqual(0);
  });

  test('a value that is not after the last one is refused', () => {
    const state = startOnline(aSeries(history), both);
    expect(() => scoreNext(state, at(299), 1)).toThrow('is not after the last one');
    expect(() => scoreNext(state, NaN, 1)).toThrow('is not after the last one');
  });
});

describe('bad input', () => {
  test('a history without a value and a rate of 0 are named', () => {
    expect(() => startOnline(aSeries([NaN, NaN]), both)).toThrow('no value to learn from');
    expect(() => startOnline(aSeries([1, 2]), { ...both, alertsPerWeek: 0 })).toThrow('alertsPerWeek must be above 0');
  });

  test('a history of any shape gives finite scores', () => {
    const wild = fc.array(
      fc.oneof(fc.double({ min: -1e15, max: 1e15, noNaN: true }), fc.constant(NaN), fc.double({ min: 0, max: 1e-12 })),
      { minLength: 1, maxLength: 80 }
    );
    fc.assert(
      fc.property(wild, wild, (past, values) => {
        const scores = after(Float64Array.from([0, ...past]), values);
        scores.forEach((score, k) => {
          expect(score === undefined).toBe(!Number.isFinite(values[k]));
          expect(Number.isFinite(score?.score ?? 0) && Number.isFinite(score?.expected ?? 0)).toBe(true);
        });
      }),
      { numRuns: 50 }
    );
  });
});

describe('the state', () => {
  const sizeOf = (part: unknown): number =>
    ArrayBuffer.isView(part)
      ? part.byteLength
      : Object.values(part as object).reduce((sum: number, each: unknown) => sum + sizeOf(each), 0);

  test.each([
    { what: 'a day of minutes', period: 1_440 },
    { what: 'a week at 5 minutes', period: 2_016 },
    { what: 'a day at 5 minutes', period: 288 },
  ])('with a season of $what is within 10 kB, stored within 60 kB', ({ period }) => {
    const state = startOnline(aSeries(cycling(3 * period, period)), both);
    expect(state.grid[4]).toBe(period);
    expect(sizeOf(state)).toBeLessThanOrEqual(10_000);
    expect(encodeOnline(state).byteLength).toBeLessThanOrEqual(10_000);
  });

  test('comes back from its bytes and scores as before', () => {
    const state = startOnline(aSeries(cycling(300, 48)), both);
    scoreNext(state, 1_000 * minute + 300 * 5 * minute, 101);
    const back = decodeOnline(encodeOnline(state));
    const next = aSeries([...cycling(301, 48), 90, 130, NaN, 100]);
    expect(scoreAll(back, next, 301)).toEqual(scoreAll(state, next, 301));
  });

  test('bytes that are none or cut short are an error with a next step', () => {
    const bytes = encodeOnline(startOnline(aSeries(cycling(200, 48)), both));
    expect(() => decodeOnline(bytes.subarray(0, 500))).toThrow('cut short at 500 bytes. Train the series again.');
    expect(() => decodeOnline(Uint8Array.of(1, 2, 3))).toThrow('of another version or damaged');
    expect(() => decodeOnline(bytes.map((byte, i) => (i === 5 ? 0xff : byte)))).toThrow(
      'of another version or damaged'
    );
  });
});
