import { describe, expect, test } from '@jest/globals';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import { scoreSeries, scoreValue } from './score.ts';

const minute = 60_000;

/** A band of 10 ± 1 at 80 % and 10 ± 2 at 95 %. */
function aBand(steps: number, startMs = 0): BandArrays {
  const line = (value: number) => new Float32Array(steps).fill(value);
  return {
    startMs,
    stepMs: minute,
    expected: line(10),
    levels: [
      { levelPercent: 80, lower: line(9), upper: line(11) },
      { levelPercent: 95, lower: line(8), upper: line(12) },
    ],
  };
}

function aSeries(values: readonly number[], startMs = 0) {
  return { startMs, stepMs: minute, values: Float64Array.from(values) };
}

describe('score', () => {
  test('is 0 at the expected value and 1 at the edge of the widest level on either side', () => {
    expect([...scoreSeries(aSeries([10, 12, 8, 11, 14]), aBand(5), 'both')]).toEqual([0, 1, 1, 0.5, 2]);
  });

  test('is not known for a gap and outside of the band', () => {
    expect([...scoreSeries(aSeries([NaN, 10, 10]), aBand(2), 'both')]).toEqual([NaN, 0, NaN]);
  });

  test('finds the band by time, not by index', () => {
    expect([...scoreSeries(aSeries([10, 12, 10], -minute), aBand(5), 'both')]).toEqual([NaN, 1, 0]);
  });

  test('is 0 on the side that is not watched', () => {
    expect([...scoreSeries(aSeries([6, 14]), aBand(2), 'above')]).toEqual([0, 2]);
    expect([...scoreSeries(aSeries([6, 14]), aBand(2), 'below')]).toEqual([2, 0]);
  });

  test('stays finite where the band ends at its range', () => {
    expect(scoreValue(-1, { expected: 0, lower: 0, upper: 1 }, 'both')).toBe(1000);
  });
});
