import type { Band, Preview } from '../contract/forecast.ts';
import type { BandArrays, ForecastOutcome } from './forecast-task.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
const defaultRetrainMs = dayMs / 2;
const bytesPerValue = 4;

function nullable(values: Float32Array | Float64Array): Array<number | null> {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

/** A band as the HTTP API has it: NaN becomes null. */
export function toBand({ startMs, stepMs, expected, levels }: BandArrays): Band {
  return {
    startMs,
    stepMs,
    expected: nullable(expected),
    levels: levels.map(({ levelPercent, lower, upper }) => ({
      levelPercent,
      lower: nullable(lower),
      upper: nullable(upper),
    })),
  };
}

export interface PreviewFacts {
  /** Wall-clock seconds that the caller waited. */
  readonly seconds: number;
  /** Series of the job; 1 for a single panel's series. */
  readonly seriesCount?: number;
  readonly retrainMs?: number;
}

/** An outcome as the preview answer, with what keeping it as a job would cost. */
export function toPreview(outcome: ForecastOutcome, facts: PreviewFacts): Preview {
  const { history, heldOut, forecast } = outcome;
  const seriesCount = facts.seriesCount ?? 1;
  const trainingsPerDay = dayMs / (facts.retrainMs ?? defaultRetrainMs);
  const lines = forecast === undefined ? 0 : 1 + 2 * forecast.levels.length;
  const heldOutWeeks = heldOut === undefined ? 0 : (heldOut.expected.length * heldOut.stepMs) / weekMs;
  return {
    history: { startMs: history.startMs, stepMs: history.stepMs, values: nullable(history.values) },
    state: outcome.state,
    notes: [...outcome.notes],
    heldOut: heldOut === undefined ? null : toBand(heldOut),
    forecast: forecast === undefined ? null : toBand(forecast),
    anomalies: [...outcome.anomalies],
    nowScore: outcome.nowScore ?? null,
    backtest: outcome.backtest ?? null,
    cost: {
      seriesCount,
      trainingsPerDay,
      cpuSecondsPerDay: outcome.cpuSeconds * trainingsPerDay * seriesCount,
      storedBytes: lines * (forecast?.expected.length ?? 0) * bytesPerValue * seriesCount,
      alertsPerSeriesWeek: heldOutWeeks > 0 ? outcome.anomalies.length / heldOutWeeks : 0,
    },
    seconds: facts.seconds,
  };
}
