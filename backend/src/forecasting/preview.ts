import type { Band, Preview } from '../contract/forecast.ts';
import { costOf, type CostFacts } from './cost.ts';
import type { BandArrays, ForecastOutcome } from './forecast-task.ts';

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

export interface PreviewFacts extends CostFacts {
  /** Wall-clock seconds that the caller waited. */
  readonly seconds: number;
}

/** An outcome as the preview answer, with what keeping it as a job would cost. */
export function toPreview(outcome: ForecastOutcome, facts: PreviewFacts): Preview {
  const { history, heldOut, forecast } = outcome;
  return {
    history: { startMs: history.startMs, stepMs: history.stepMs, values: nullable(history.values) },
    state: outcome.state,
    notes: [...outcome.notes],
    heldOut: heldOut === undefined ? null : toBand(heldOut),
    forecast: forecast === undefined ? null : toBand(forecast),
    anomalies: [...outcome.anomalies],
    nowScore: outcome.nowScore ?? null,
    backtest: outcome.backtest ?? null,
    cost: costOf(outcome, facts),
    seconds: facts.seconds,
  };
}
