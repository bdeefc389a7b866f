import { describe, expect, test } from '@jest/globals';
import { countInside, intervalScore, mase, owa, quantileLoss, seasonalScale, smape } from './measures.ts';
import { addSums, coverage95Of, maseOf, msisOf, quantilesOf, sqlOf, sumsOf, wqlOf } from './forecasts/sums.ts';
import { naive2, seasonalNaive } from './naive-forecasts.ts';

const of = (...values: number[]) => Float64Array.from(values);

// Golden values by numpy 2.4.6 from the formulas of M4 and GIFT-Eval, or by hand where they are short.
describe('point errors', () => {
  test('MASE divides by the mean change over one season of the history', () => {
    expect(seasonalScale(of(1, 5, 2, 8, 4), 2)).toBeCloseTo((1 + 3 + 2) / 3, 12);
    expect(mase(of(10, 12), of(11, 9), 2)).toBe(1);
  });

  test('sMAPE of M4 is in percent of the mean of both sizes', () => {
    expect(smape(of(100, 50), of(110, 40))).toBeCloseTo((200 * 10) / 210 / 2 + (200 * 10) / 90 / 2, 12);
  });

  test('OWA of seasonal naive is the published one: .627 of Naive2 on M4 Hourly', () => {
    expect(owa({ smape: 13.912, mase: 1.193 }, { smape: 18.383, mase: 2.395 })).toBeCloseTo(0.627454, 5);
  });
});

describe('interval errors', () => {
  test('the interval score adds 40 for each unit that a 95 % interval is missed by', () => {
    expect(intervalScore(of(5, 12, -1), of(0, 0, 0), of(10, 10, 10), 0.05)).toBe(30 + 80 + 40);
  });

  test('the quantile loss weighs what lies above by q and what lies below by 1 − q', () => {
    expect(quantileLoss(of(10, 4), of(6, 6), 0.9)).toBeCloseTo(2 * (0.9 * 4 + 0.1 * 2), 12);
  });

  test('values on the edge of a band are inside, and a part of the horizon can be asked for', () => {
    expect(countInside(of(1, 2, 3), of(1, 0, 0), of(1, 1, 3))).toBe(2);
    expect(countInside(of(1, 2, 3), of(1, 0, 0), of(1, 1, 3), { from: 1, to: 2 })).toBe(0);
  });
});

describe('sums over forecasts', () => {
  const forecast = { expected: of(6, 6), quantile: (q: number) => of(6 + 10 * (q - 0.5), 6 + 10 * (q - 0.5)) };
  const sums = sumsOf(of(10, 4), forecast, 2);

  test('give the measures of numpy', () => {
    expect(maseOf(sums)).toBeCloseTo(1.5, 12);
    expect(wqlOf(sums)).toBeCloseTo(0.2857142857142857, 12);
    expect(sqlOf(sums)).toBeCloseTo(1, 12);
    expect(msisOf(sums)).toBeCloseTo(4.75, 12);
    expect(coverage95Of(sums)).toBe(1);
  });

  test('of parts give the measures of the whole: an empty part changes nothing', () => {
    const both = addSums([sums, addSums([]), sumsOf(of(1), { expected: of(3), quantile: () => of(3) }, 1)]);

    expect(maseOf(both)).toBeCloseTo((2 * 1.5 + 2) / 3, 12);
    expect(both.absoluteActual).toBe(15);
  });
});

test('deciles are the edges of the bands, the median is the expected line', () => {
  const band = (half: number) => ({ lower: Float32Array.of(-half), upper: Float32Array.of(half) });
  const bands = new Map([80, 60, 40, 20, 95].map((level) => [level, band(level)]));
  const { quantile } = quantilesOf({ expected: Float32Array.of(0), bands, model: 'blend', cpuSeconds: 0 });

  expect([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9, 0.975].map((q) => quantile(q)[0])).toEqual([
    -80, -60, -40, -20, 0, 20, 80, 95,
  ]);
  expect(() => quantile(0.01)).toThrow('no band of 98 %');
});

describe('the forecasts that check rows are made of', () => {
  test('seasonal naive repeats the last season and its spread grows with each season ahead', () => {
    const { expected, quantile } = seasonalNaive(of(1, 2, 3, 6), 2, 3);

    expect([...expected]).toEqual([3, 6, 3]);
    const deviation = Math.sqrt((4 + 16) / 2);
    expect(quantile(0.9)[0]).toBeCloseTo(3 + 1.2815515655446004 * deviation, 12);
    expect(quantile(0.1)[2]).toBeCloseTo(3 - 1.2815515655446004 * deviation * Math.SQRT2, 12);
  });

  test('Naive2 repeats the last value of a series without a season', () => {
    expect([...naive2(of(3, 1, 2), 1, 2)]).toEqual([2, 2]);
    expect([...naive2(of(5, 1, 4, 2), 24, 2)]).toEqual([2, 2]);
  });

  test('Naive2 keeps a multiplicative season exactly', () => {
    const factors = [0.5, 1, 1.5, 1];
    const history = Float64Array.from({ length: 40 }, (_, t) => 100 * factors[t % 4]!);

    const forecast = naive2(history, 4, 5);

    forecast.forEach((value, h) => expect(value).toBeCloseTo(100 * factors[h % 4]!, 9));
  });
});
