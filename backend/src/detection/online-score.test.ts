import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { alertEvidence } from './alert-evidence.ts';
import { deviationWeights } from './deviations.ts';
import { rewound, scoreNext, startOnline } from './online-score.ts';
import { decodeOnline, encodeOnline, type OnlineState } from './online-state.ts';
import { rankError } from './rank-table.ts';

const minute = 60_000;

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
): readonly number[] {
  return Array.from(values.subarray(from), (value, k) => scoreNext(state, startMs + (from + k) * stepMs, value));
}

function after(history: Float64Array, values: readonly number[]): readonly number[] {
  const whole = aSeries([...history, ...values]);
  return scoreAll(startOnline(aSeries(history)).state, whole, history.length);
}

/** The evidence that a history exceeded in one of so many of its values. */
function rarest(history: Float64Array, oneIn: number): number {
  const sorted = startOnline(aSeries(history)).evidence.slice().sort();
  return sorted.at(-Math.max(1, Math.floor(history.length / oneIn))) ?? NaN;
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
        const online = scoreAll(startOnline(aSeries(whole.values.subarray(0, known))).state, whole, known);
        online.forEach((score, k) => {
          expect(Math.abs(score - (evidence[known + k] ?? NaN))).toBeLessThanOrEqual(bound);
        });
      }),
      { numRuns: 15 }
    );
  });

  test('holds for the season too, for one cycle', () => {
    const whole = aSeries(cycling(known + 48, 48).map((value, i) => value + (i === known + 20 ? 30 : 0)));
    const { evidence } = alertEvidence(whole.values);
    const online = scoreAll(startOnline(aSeries(whole.values.subarray(0, known))).state, whole, known);
    online.forEach((score, k) => {
      expect(Math.abs(score - (evidence[known + k] ?? NaN))).toBeLessThanOrEqual(bound);
    });
  });
});

describe('a live score', () => {
  const history = cycling(300, 48);
  const usual = rarest(history, 50);

  test('is beyond what the history had at a jump, at its first value', () => {
    const scores = after(history, [...cycling(350, 48).subarray(300, 330), 140]);
    expect(Math.max(...scores.slice(0, 30))).toBeLessThan(2 * usual);
    expect(scores[30]).toBeGreaterThan(2 * usual);
  });

  test('is soon small again at a new level, to which a series is used', () => {
    const settled = cycling(500, 48).subarray(300);
    const scores = after(
      history,
      Array.from(settled, (value) => value + 40)
    );
    expect(scores[0]).toBeGreaterThan(2 * usual);
    expect(scores.slice(70).filter((score) => score > usual).length).toBeLessThan(10);
  });

  test('is large when a constant changes for the first time', () => {
    const [first, second, third] = after(new Float64Array(500).fill(3), [3, 3, 4]);
    expect([first, second]).toEqual([0, 0]);
    expect(third).toBeGreaterThan(20);
  });

  test('goes beyond the rarest of a history about as often as the history did', () => {
    const next = noise(3);
    const values = Float64Array.from({ length: 6_000 }, () => next() + next() + next() + next());
    const edge = rarest(values.subarray(0, 3_000), 100);
    const beyond = after(values.slice(0, 3_000), [...values.subarray(3_000)]).filter((score) => score >= edge).length;
    expect(beyond / 30).toBeGreaterThan(0.5);
    expect(beyond / 30).toBeLessThan(2);
  });

  test('of times that are over is near to what it was', () => {
    const whole = aSeries(cycling(900, 48).map((value, i) => value + (i === 800 ? 40 : 0)));
    const { state } = startOnline(whole);
    const again = scoreAll(rewound(state, whole.startMs + 600 * whole.stepMs, whole.values[600] ?? NaN), whole, 600);
    const largest = Math.max(...again);
    expect(again.indexOf(largest)).toBe(200);
    expect(state.stream.past[0]).toBe(900);
  });

  test('of a time before the history has the season of its time of day', () => {
    const whole = aSeries(cycling(480, 48));
    const { state } = startOnline(aSeries(whole.values.subarray(240)));
    const early = rewound(state, 1_000 * minute - 240 * 5 * minute, 100);
    const scores = scoreAll(early, { ...whole, startMs: 1_000 * minute - 240 * 5 * minute }, 0);
    expect(scores.slice(61, 240).filter((score) => score > 2 * usual)).toEqual([]);
  });
});

describe('gaps', () => {
  const history = cycling(300, 48);
  const at = (step: number) => 1_000 * minute + step * 5 * minute;

  test('are evidence of nothing', () => {
    expect(after(history, [NaN, Infinity, 2e36])).toEqual([0, 0, 0]);
  });

  test('that are skipped count as those that are handed over', () => {
    const given = startOnline(aSeries(history)).state;
    const skipped = startOnline(aSeries(history)).state;
    [300, 301, 302].forEach((step) => scoreNext(given, at(step), NaN));
    expect(scoreNext(skipped, at(303), 105)).toEqual(scoreNext(given, at(303), 105));
  });

  test('of years take no longer than those of a day', () => {
    const state = startOnline(aSeries(history)).state;
    expect(scoreNext(state, at(500_000_000), 100)).toBeGreaterThanOrEqual(0);
  });

  test('a value that is not after the last one is refused', () => {
    const state = startOnline(aSeries(history)).state;
    expect(() => scoreNext(state, at(299), 1)).toThrow('is not after the last one');
    expect(() => scoreNext(state, NaN, 1)).toThrow('is not after the last one');
  });
});

describe('bad input', () => {
  test('a history without a value is named', () => {
    expect(() => startOnline(aSeries([NaN, NaN]))).toThrow('no value to learn from');
  });

  test('a history of any shape gives finite scores', () => {
    const wild = fc.array(
      fc.oneof(fc.double({ min: -1e15, max: 1e15, noNaN: true }), fc.constant(NaN), fc.double({ min: 0, max: 1e-12 })),
      { minLength: 1, maxLength: 80 }
    );
    fc.assert(
      fc.property(wild, wild, (past, values) => {
        const scores = after(Float64Array.from([0, ...past]), values);
        expect(scores.every((score) => Number.isFinite(score) && score >= 0)).toBe(true);
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
    const state = startOnline(aSeries(cycling(3 * period, period))).state;
    expect(state.grid[3]).toBe(period);
    expect(sizeOf(state)).toBeLessThanOrEqual(10_000);
    expect(encodeOnline(state).byteLength).toBeLessThanOrEqual(10_000);
  });

  test('comes back from its bytes and scores as before', () => {
    const state = startOnline(aSeries(cycling(300, 48))).state;
    scoreNext(state, 1_000 * minute + 300 * 5 * minute, 101);
    const back = decodeOnline(encodeOnline(state));
    const next = aSeries([...cycling(301, 48), 90, 130, NaN, 100]);
    expect(scoreAll(back, next, 301)).toEqual(scoreAll(state, next, 301));
  });

  test('bytes that are none or cut short are an error with a next step', () => {
    const bytes = encodeOnline(startOnline(aSeries(cycling(200, 48))).state);
    expect(() => decodeOnline(bytes.subarray(0, 500))).toThrow('cut short at 500 bytes. Train the series again.');
    expect(() => decodeOnline(Uint8Array.of(1, 2, 3))).toThrow('of another version or damaged');
    expect(() => decodeOnline(bytes.map((byte, i) => (i === 5 ? 0xff : byte)))).toThrow(
      'of another version or damaged'
    );
  });
});
