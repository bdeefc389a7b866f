import type { ForecastOutcome } from '../../forecasting/forecast-task.ts';
import type { JobResult } from '../job-record.ts';

/** Adds up what the series of one training come to. */
export class TrainingTally {
  readonly #models = new Map<string, number>();
  readonly #coverage = new Map<number, { sum: number; count: number }>();
  #warming = 0;
  #maseSum = 0;
  #maseCount = 0;

  add(outcome: ForecastOutcome): void {
    this.#warming += outcome.state === 'warming-up' ? 1 : 0;
    const { model, backtest } = outcome;
    if (model !== undefined) {
      this.#models.set(model, (this.#models.get(model) ?? 0) + 1);
    }
    const mase = backtest?.rows.find((row) => row.model === backtest.selected)?.mase ?? undefined;
    if (mase !== undefined) {
      this.#maseSum += mase;
      this.#maseCount++;
    }
    for (const { levelPercent, measuredRatio } of backtest?.coverage ?? []) {
      const level = this.#coverage.get(levelPercent) ?? { sum: 0, count: 0 };
      if (measuredRatio !== null) {
        this.#coverage.set(levelPercent, { sum: level.sum + measuredRatio, count: level.count + 1 });
      }
    }
  }

  result(seriesCount: number): JobResult {
    const [commonest] = [...this.#models].sort(([, a], [, b]) => b - a);
    return {
      seriesCount,
      warmingCount: this.#warming,
      model: commonest?.[0] ?? null,
      mase: this.#maseCount === 0 ? null : this.#maseSum / this.#maseCount,
      coverage: [...this.#coverage]
        .sort(([a], [b]) => a - b)
        .map(([levelPercent, { sum, count }]) => ({ levelPercent, measuredRatio: sum / count })),
    };
  }
}
