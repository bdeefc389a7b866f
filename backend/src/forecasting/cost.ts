import type { Cost } from '../contract/forecast.ts';
import type { ForecastOutcome } from './forecast-task.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
const bytesPerValue = 4;
/** Scoring keeps the next 120 steps of a band, three numbers each, now and at two horizons: 4 kB. */
const windowBytes = 120 * 3 * 3 * bytesPerValue;
/** Labels, past peaks and detectors of one series, how unusual its values are and those that wait: an estimate of their order. */
const stateBytes = 12_288;

/** What a job would be beside its forecast. */
export interface CostFacts {
  /** Series of the job; 1 for a single panel's series. */
  readonly seriesCount?: number;
  /** The default of jobs when left out. */
  readonly retrainMs?: number;
  /** Series that are remote-written for each series of the job. */
  readonly writtenPerSeries?: number;
}

/** What keeping a forecast as a job would cost, judged by one of its series: the others are taken to be like it. */
export function costOf(outcome: ForecastOutcome, facts: CostFacts): Cost {
  const { heldOut, forecast } = outcome;
  const { seriesCount = 1, retrainMs = dayMs / 2, writtenPerSeries = 0 } = facts;
  const trainingsPerDay = dayMs / retrainMs;
  const lines = forecast === undefined ? 0 : 1 + 2 * forecast.levels.length;
  const bandBytes = lines * (forecast?.expected.length ?? 0) * bytesPerValue;
  const heldOutWeeks = heldOut === undefined ? 0 : (heldOut.expected.length * heldOut.stepMs) / weekMs;
  const alertsPerSeriesWeek = heldOutWeeks > 0 ? outcome.anomalies.length / heldOutWeeks : 0;
  return {
    seriesCount,
    trainingsPerDay,
    fitsPerDay: trainingsPerDay * seriesCount,
    cpuSecondsPerDay: outcome.cpuSeconds * trainingsPerDay * seriesCount,
    storedBytes: bandBytes * seriesCount,
    memoryBytes: (windowBytes + stateBytes) * seriesCount,
    writtenSeries: writtenPerSeries * seriesCount,
    alertsPerSeriesWeek,
    alertsPerWeek: alertsPerSeriesWeek * seriesCount,
  };
}
