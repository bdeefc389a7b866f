import { expect, test } from '@jest/globals';
import type { Anomaly } from '../contract/forecast.ts';
import { costOf } from './cost.ts';
import type { BandArrays, ForecastOutcome } from './forecast-task.ts';

const hourMs = 3_600_000;
const line = (length: number) => new Float32Array(length);
const band = (length: number, levels: number): BandArrays => ({
  startMs: 0,
  stepMs: hourMs,
  expected: line(length),
  levels: Array.from({ length: levels }, (_, i) => ({
    levelPercent: 80 + i,
    lower: line(length),
    upper: line(length),
  })),
});
const anomaly: Anomaly = {
  ...{ startMs: 0, endMs: 1, direction: 'above', peakScore: 2, peakValue: 3, peakMs: 0, expectedAtPeak: 1 },
};

function outcome(changes: Partial<ForecastOutcome> = {}): ForecastOutcome {
  return {
    ...{ state: 'modelled', notes: [], history: { startMs: 0, stepMs: hourMs, values: new Float64Array() } },
    ...{ heldOut: band(336, 2), forecast: band(24, 2), anomalies: [anomaly, anomaly, anomaly], nowScore: undefined },
    ...{ backtest: undefined, model: 'blend', cpuSeconds: 2 },
    ...changes,
  };
}

test('a job costs what its series and trainings come to', () => {
  expect(costOf(outcome(), { seriesCount: 10, retrainMs: 6 * hourMs, writtenPerSeries: 7 })).toMatchObject({
    ...{ seriesCount: 10, trainingsPerDay: 4, fitsPerDay: 40, cpuSecondsPerDay: 80, writtenSeries: 70 },
    // five lines of 24 values in single precision, ten times
    storedBytes: 5 * 24 * 4 * 10,
  });
});

test('alerts a week are those of the back-test: three in two weeks, for each series', () => {
  const cost = costOf(outcome(), { seriesCount: 10 });
  expect([cost.alertsPerSeriesWeek, cost.alertsPerWeek]).toEqual([1.5, 15]);
});

test('a panel is one series that is trained twice a day and not written', () => {
  expect(costOf(outcome(), {})).toMatchObject({ seriesCount: 1, fitsPerDay: 2, writtenSeries: 0 });
});

test('without a forecast or a back-test nothing is stored and no alert is expected', () => {
  const warming = outcome({ heldOut: undefined, forecast: undefined, anomalies: [] });
  expect(costOf(warming, {})).toMatchObject({ storedBytes: 0, alertsPerSeriesWeek: 0, alertsPerWeek: 0 });
});
