import { describe, expect, test } from '@jest/globals';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import { findAnomalies } from './anomalies.ts';
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

describe('anomalies', () => {
  test('a single value outside raises none, however far', () => {
    expect(findAnomalies(aSeries([10, 10, 900, 10, 10]), aBand(5), 'both', 1)).toEqual([]);
  });

  test('a series that stays out of its band is one anomaly with its peak', () => {
    const found = findAnomalies(aSeries([10, 10, 14, 18, 15, 10, 10, 10, 10]), aBand(9), 'both', 1);
    expect(found).toEqual([
      {
        startMs: 2 * minute,
        endMs: 4 * minute,
        direction: 'above',
        peakScore: 4,
        peakValue: 18,
        peakMs: 3 * minute,
        expectedAtPeak: 10,
      },
    ]);
  });

  test('one that is not over yet ends at the last value outside', () => {
    const [found] = findAnomalies(aSeries([10, 10, 4, 4]), aBand(4), 'both', 1);
    expect(found).toMatchObject({ startMs: 2 * minute, endMs: 3 * minute, direction: 'below' });
  });

  test('two values barely outside are noise', () => {
    expect(findAnomalies(aSeries([10, 12.2, 12.2, 10, 10]), aBand(5), 'both', 1)).toEqual([]);
  });

  test('a fall does not count when only rises are watched', () => {
    expect(findAnomalies(aSeries([10, 1, 1, 1, 10]), aBand(5), 'above', 1)).toEqual([]);
  });

  test('of excursions that keep coming back only the strongest of the week is told', () => {
    const values = Array.from({ length: 200 }, (_, i) => (i % 20 < 3 ? 13 + i / 1000 : 10));
    const found = findAnomalies(aSeries(values), aBand(200), 'both', 1);
    expect(found).toHaveLength(1);
    expect(found[0]?.startMs).toBe(180 * minute);
  });

  test('a higher sensitivity tells as many of them a week as it says', () => {
    const values = Array.from({ length: 200 }, (_, i) => (i % 20 < 3 ? 13 + i / 1000 : 10));
    expect(findAnomalies(aSeries(values), aBand(200), 'both', 4)).toHaveLength(4);
    expect(findAnomalies(aSeries(values), aBand(200), 'both', 0.25)).toEqual([]);
  });

  test('excursions beyond doubt are all told', () => {
    const values = Array.from({ length: 200 }, (_, i) => (i % 50 < 4 ? 30 : 10));
    expect(findAnomalies(aSeries(values), aBand(200), 'both', 1)).toHaveLength(4);
  });
});
