import { describe, expect, test } from '@jest/globals';
import { recurrenceOf } from './recurrence.ts';
import { findSeasons } from './seasonality.ts';

const stepMs = 300_000;
const day = 288;

// Looked up once: within Jest a global costs more than the arithmetic.
const { imul, sqrt, log, cos, PI } = Math;

/** Reproducible standard normal numbers (mulberry32 and Box–Muller). */
function normals(seed: number, length: number): Float64Array {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return new Float64Array(length).map(() => sqrt(-2 * log(1 - uniform())) * cos(2 * PI * uniform()));
}

const maxDays = 14;
/** Two numbers a step for each of 20 seeds, made once for all kinds of series. */
const noise = Array.from({ length: 20 }, (_, i) => normals(i + 1, 2 * maxDays * day));

type Shape = (index: number, previous: number, random: () => number) => number;

function series(shape: Shape, seed: number, days = maxDays): Float64Array {
  const numbers = noise[seed - 1]!;
  let next = 0;
  const random = () => numbers[next++]!;
  let previous = 0;
  return new Float64Array(days * day).map((_, i) => (previous = shape(i, previous, random)));
}

/** Series of a kind, of 20, in which a cycle is found. */
function found(shape: Shape): number {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
  return seeds.filter((seed) => recurrenceOf(series(shape, seed), day) > 0).length;
}

describe('spikes that come back', () => {
  test('five minutes a day are a daily cycle, at the first look a straight line', () => {
    const nightly: Shape = (i, _previous, random) => (i % day === 100 ? 14 : 0) + random();
    expect(found(nightly)).toBe(20);
    expect(findSeasons({ startMs: 0, stepMs, values: series(nightly, 1) })).toEqual([day]);
  });

  test('one incident of any height, and two a day apart, are none', () => {
    const incident = (at: readonly number[]) => found((i, _p, random) => (at.includes(i) ? 1e6 : 0) + random());
    expect(incident([1500])).toBe(0);
    expect(incident([1500, 1500 + day])).toBeLessThanOrEqual(1);
  });

  // None in 100 series together: a false-positive rate below 3 % with 95 % confidence.
  test.each([0, 0.5, 0.8, 0.95, 1])('noise with memory %p has none in 20 series', (memory) => {
    expect(found((_i, previous, random) => memory * previous + random())).toBe(0);
  });

  test('a weekly wave, a weekly spike and spikes at any time of the day are not daily', () => {
    expect(found((i, _p, random) => 5 * Math.sin((2 * Math.PI * i) / (7 * day)) + random())).toBe(0);
    expect(found((i, _p, random) => (i % (7 * day) < 2 ? 40 : 0) + random())).toBe(0);
    expect(found((_i, _p, random) => (Math.abs(random()) > 2.9 ? 30 : 0) + random())).toBeLessThanOrEqual(1);
  });

  test('a constant and fewer than four cycles have none', () => {
    expect(recurrenceOf(new Float64Array(10 * day), day)).toBe(0);
    expect(
      recurrenceOf(
        series((i) => (i % day === 5 ? 9 : 0), 1, 3),
        day
      )
    ).toBe(0);
  });
});
