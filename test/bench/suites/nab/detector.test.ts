import { describe, expect, test } from '@jest/globals';
import { alertStarts, scoreStream } from './detector.ts';

test('an alert begins where no row fired shortly before', () => {
  expect(alertStarts([])).toEqual([]);
  expect(alertStarts([10, 11, 16, 22, 40])).toEqual([10, 22, 40]);
});

describe('scores of a stream', () => {
  const minuteMs = 60_000;
  const values = Float64Array.from({ length: 900 }, (_, i) => Math.sin(i / 9) + ((i * 7919) % 13) / 50);
  const scored = (given: Float64Array) =>
    scoreStream({ series: { startMs: 0, stepMs: 5 * minuteMs, values: given }, probation: 135 });

  test('come from the rows before only, and so does the threshold they are held against', () => {
    const changed = values.map((value, i) => (i < 700 ? value : 100 - value));

    expect(scored(changed).evidence.slice(0, 700)).toEqual(scored(values).evidence.slice(0, 700));
    expect(scored(changed).firing.filter((row) => row < 700)).toEqual(scored(values).firing.filter((row) => row < 700));
  });

  test('fire at a value far beyond all before it', () => {
    expect(scored(values).firing).not.toContain(800);
    expect(scored(values.map((value, i) => (i === 800 ? 90 : value))).firing).toContain(800);
  });

  test('fire less easily when the probation has seen such a value', () => {
    expect(scored(values.map((value, i) => (i === 800 || i === 50 ? 90 : value))).firing).not.toContain(800);
  });
});
