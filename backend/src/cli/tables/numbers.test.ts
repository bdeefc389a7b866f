import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimalStyle, isMissing, parseCellNumber } from './numbers.ts';

describe('numbers of any locale', () => {
  // The second implementation is Intl, which writes them.
  test.each([
    ['en-US', '.'],
    ['de-DE', ','],
    ['fr-FR', ','],
    ['de-CH', '.'],
    ['en-IN', '.'],
    ['pt-BR', ','],
  ] as const)('what %s writes is read back', (locale, decimal) => {
    const format = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (cents) => {
        const cell = format.format(cents / 100);
        expect(parseCellNumber(cell, decimal)?.value).toBeCloseTo(cents / 100, 6);
        expect(decimalStyle([cell], false)).toEqual({ decimal, evidence: 'seen' });
      })
    );
  });

  test('what JavaScript writes is read back exactly, exponents and infinities included', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(parseCellNumber(String(value), '.')?.value).toBe(value === 0 ? 0 : value);
      })
    );
  });

  test('no text makes the reader throw', () => {
    fc.assert(
      fc.property(fc.string(), (cell) => parseCellNumber(cell, '.') !== null && parseCellNumber(cell, ',') !== null)
    );
  });
});

test.each([
  ['12.3 %', 12.3, '%'],
  ['1.2 MiB', 1.2 * 1_048_576, 'bytes'],
  ['350 ms', 0.35, 's'],
  ['1.5 K', 1_500, ''],
  ['2.3 Mil', 2_300_000, ''],
  ['4 kB/s', 4_000, 'bytes/s'],
  ['7 req/s', 7, '/s'],
  ['2 mins', 120, 's'],
  ['−5 °C', -5, '°C'],
])('%s is %d %s', (cell, value, base) => {
  const number = parseCellNumber(cell, '.');
  expect(number?.value).toBeCloseTo(value, 9);
  expect(number?.unit?.base).toBe(base);
});

test.each(['', '-', 'null', 'NaN', 'N/A', 'No data', 'None'])('"%s" is a missing value', (cell) => {
  expect(isMissing(cell)).toBe(true);
});

test.each(['abc', '1.2.3', '1,23,4', '5 parsecs', '1 2', '--5', '12:30'])('"%s" is no number', (cell) => {
  expect(parseCellNumber(cell, '.')).toBeUndefined();
});

describe('the decimal mark is judged over the whole file', () => {
  test('a thousand and a fraction look alike: alone they decide nothing', () => {
    expect(decimalStyle(['1,234', '5,678'], false).evidence).toBe('ambiguous');
    expect(decimalStyle(['1.234', '5.678'], false).evidence).toBe('ambiguous');
  });

  test('one clear number decides for all', () => {
    expect(decimalStyle(['1,234', '5,67'], false)).toEqual({ decimal: ',', evidence: 'seen' });
    expect(decimalStyle(['1,234', '1,234,567'], false)).toEqual({ decimal: '.', evidence: 'seen' });
    expect(decimalStyle(['0,234'], false)).toEqual({ decimal: ',', evidence: 'seen' });
  });

  test('in a file separated by commas a point is the decimal mark, a comma in quotes stays a question', () => {
    expect(decimalStyle(['1.234'], true)).toEqual({ decimal: '.', evidence: 'seen' });
    expect(decimalStyle(['1,234'], true).evidence).toBe('ambiguous');
  });
});
