import { describe, expect, test } from '@jest/globals';
import { bestThreshold, changesOf, normalised, probationRows, rawScoreAt, scaledSigmoid } from './scorer.ts';

const standard = { found: 1, missed: 1, falseAlarm: 0.11 };
const lowFalseNegatives = { found: 1, missed: 2, falseAlarm: 0.11 };
/** s(-1) and others below were worked out by hand from 2 / (1 + e^(5y)) - 1. */
const most = 0.986614298151;
const half = 0.848283639958;

/** Twenty rows, two on probation, a window of rows 8 to 11. */
const stream = { rows: 20, probation: 2, windows: [{ from: 8, to: 11 }] };

function scoring(entries: Readonly<Record<number, number>>): Float64Array {
  return Float64Array.from({ length: stream.rows }, (_, row) => entries[row] ?? 0);
}

function rawAt(threshold: number, entries: Readonly<Record<number, number>>, profile = standard): number {
  return rawScoreAt(threshold, changesOf(stream, scoring(entries)), 1, profile);
}

describe('the probation', () => {
  test('is 15 % of a file rounded down, 750 rows at most', () => {
    expect(probationRows(1127)).toBe(169);
    expect(probationRows(5000)).toBe(750);
    expect(probationRows(22_695)).toBe(750);
  });

  test('is not scored', () => {
    expect(rawAt(1, { 0: 1, 1: 1 })).toBe(-1);
  });
});

describe('the scaled sigmoid', () => {
  test('goes from 1 through 0 at the end of the window to -1', () => {
    expect(scaledSigmoid(-1)).toBeCloseTo(most, 10);
    expect(scaledSigmoid(0)).toBe(0);
    expect(scaledSigmoid(0.5)).toBeCloseTo(-half, 10);
    expect(scaledSigmoid(3)).toBeGreaterThan(-1);
    expect(scaledSigmoid(3.01)).toBe(-1);
  });
});

describe('a window', () => {
  test('that is missed costs what the profile says', () => {
    expect(rawAt(1, {})).toBe(-1);
    expect(rawAt(1, {}, lowFalseNegatives)).toBe(-2);
  });

  test('earns everything at its first row and less at later ones', () => {
    expect(rawAt(1, { 8: 1 })).toBeCloseTo(1, 10);
    // Row 10 of 8 to 11: y = -(11 - 10 + 1) / 4.
    expect(rawAt(1, { 10: 1 })).toBeCloseTo(half / most, 10);
  });

  test('counts once, with its earliest firing row', () => {
    expect(rawAt(1, { 9: 1, 10: 1, 11: 1 })).toBeCloseTo(rawAt(1, { 9: 1 }), 10);
  });

  test('is found at a lower threshold by an earlier row of a lower score', () => {
    const entries = { 8: 0.5, 10: 0.9 };

    expect(rawAt(0.9, entries)).toBeCloseTo(half / most, 10);
    expect(rawAt(0.5, entries)).toBeCloseTo(1, 10);
  });
});

describe('a false alarm', () => {
  test('before any window costs its full weight', () => {
    expect(rawAt(1, { 5: 1 })).toBeCloseTo(-1.11, 10);
  });

  test('costs the less the closer it is behind a window', () => {
    // Three rows behind a window of four: y = 3 / (4 - 1), s(1) = -s(-1).
    expect(rawAt(1, { 14: 1 })).toBeCloseTo(-1 - 0.11 * most, 10);
    expect(rawAt(1, { 12: 1 })).toBeGreaterThan(rawAt(1, { 13: 1 }));
  });

  test('more than three widths behind a window costs its full weight', () => {
    const far = { rows: 40, probation: 0, windows: stream.windows };
    const raw = rawScoreAt(
      1,
      changesOf(
        far,
        Float64Array.from({ length: 40 }, (_, row) => (row === 21 ? 1 : 0))
      ),
      1,
      standard
    );

    expect(raw).toBe(-1.11);
  });
});

describe('the best threshold', () => {
  test('is the one with the highest score', () => {
    const changes = changesOf(stream, scoring({ 3: 0.7, 9: 0.8, 5: 0.9 }));

    // 0.8 fires rows 5 and 9, and row 3 would only cost.
    expect(bestThreshold(changes, 1, standard)).toMatchObject({ threshold: 0.8 });
    expect(bestThreshold(changes, 1, standard).raw).toBeCloseTo(scaledSigmoid(-0.75) / most - 0.11, 10);
  });

  test('lets rows of equal scores fire together', () => {
    const changes = changesOf(stream, scoring({ 3: 0.8, 4: 0.8, 9: 0.8 }));

    expect(bestThreshold(changes, 1, standard).raw).toBeCloseTo(rawAt(0.8, { 3: 0.8, 4: 0.8, 9: 0.8 }), 10);
  });

  test('is out of reach when firing costs more than it earns', () => {
    const everywhere = scoring(Object.fromEntries(Array.from({ length: stream.rows }, (_, row) => [row, 1])));
    const costly = { ...standard, falseAlarm: 10 };

    expect(bestThreshold(changesOf(stream, everywhere), 1, costly)).toEqual({ threshold: Infinity, raw: -1 });
  });

  test('never fires a row without a score', () => {
    const changes = changesOf(stream, scoring({ 5: NaN, 9: NaN, 10: 1 }));

    expect(bestThreshold(changes, 1, standard).raw).toBeCloseTo(half / most, 10);
  });
});

test('the normalised score is 0 for no detection, 100 for the perfect one, below 0 for a worse one than none', () => {
  expect(normalised(-116, 116, standard)).toBe(0);
  expect(normalised(116, 116, standard)).toBe(100);
  expect(normalised(-232, 116, lowFalseNegatives)).toBe(0);
  expect(normalised(116, 116, lowFalseNegatives)).toBe(100);
  expect(normalised(-200, 116, standard)).toBeLessThan(0);
});
