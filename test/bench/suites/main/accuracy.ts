import type { ForecastOutcome, TrainingPool } from '../../../../backend/src/forecasting/forecast-task.ts';
import type { ModelName } from '../../../../backend/src/contract/job.ts';
import { taskOf, type ForecastUnit } from '../../forecasts/units.ts';
import { mase, seasonalScale } from '../../measures.ts';
import { check, judge, single, type Check, type Row, type Target } from '../../report.ts';
import { bootstrapMean, mean, quantile } from '../../statistics.ts';
import type { Measurement } from '../../suite.ts';
import { azureDay, azureStepMs } from './azure.ts';

const methods: ReadonlyArray<'auto' | ModelName> = ['auto', 'seasonal-naive', 'slot-median', 'ets', 'mstl', 'prophet'];
const rivals: ReadonlyArray<'auto' | ModelName> = ['seasonal-naive', 'ets', 'mstl', 'prophet'];
const levels = [80, 95];

/** The last day of a VM, from what lies before it. */
function unitOf(values: Float64Array, index: number): ForecastUnit {
  return {
    id: `main/${index}`,
    series: String(index),
    history: values.subarray(0, -azureDay),
    actual: values.subarray(-azureDay),
    startMs: 0,
    stepMs: azureStepMs,
  };
}

/** The last day of each VM, forecast by `auto` and by each rival alone. */
export async function accuracy(
  series: readonly Float64Array[],
  pool: TrainingPool,
  seed: number,
  progress: (text: string) => void
): Promise<Measurement> {
  const rows: Row[] = [];
  const means = new Map<string, number>();
  const inside = new Map(levels.map((level) => [level, { hit: 0, all: 0 }]));
  for (const method of methods) {
    progress(`accuracy: ${method} on ${series.length} series`);
    const outcomes = await Promise.all(
      series.map((values, i) =>
        pool.run(taskOf(unitOf(values, i), method === 'auto' ? 'auto' : [method], seed), AbortSignal.timeout(3_600_000))
      )
    );
    const errors = outcomes.map((outcome, i) => errorOf(series[i] ?? new Float64Array(), outcome));
    means.set(method, mean(errors));
    const interval = bootstrapMean(errors, seed);
    rows.push(
      { name: method, measure: 'mean MASE', value: mean(errors), low: interval.low, high: interval.high },
      { name: method, measure: 'median MASE', value: quantile(errors, 0.5) },
      { name: method, measure: 'CPU seconds a series', value: mean(outcomes.map((o) => o.cpuSeconds)) }
    );
    if (method === 'auto') {
      outcomes.forEach((outcome, i) => count(inside, series[i] ?? new Float64Array(), outcome));
    }
  }
  for (const [level, { hit, all }] of inside) {
    rows.push({ name: 'auto', measure: `coverage at ${level} %`, value: hit / all });
  }
  return { rows, targets: targets(means, inside) };
}

function errorOf(values: Float64Array, outcome: ForecastOutcome): number {
  const history = values.subarray(0, -azureDay);
  return mase(values.subarray(-azureDay), outcome.forecast?.expected ?? [], seasonalScale(history, azureDay));
}

function count(
  inside: Map<number, { hit: number; all: number }>,
  values: Float64Array,
  outcome: ForecastOutcome
): void {
  for (const level of outcome.forecast?.levels ?? []) {
    const tally = inside.get(level.levelPercent);
    if (tally === undefined) {
      continue;
    }
    values.subarray(-azureDay).forEach((value, i) => {
      tally.all++;
      tally.hit += value >= (level.lower[i] ?? NaN) && value <= (level.upper[i] ?? NaN) ? 1 : 0;
    });
  }
}

/** Naive and seasonal naive of the last day, computed here and not by the product: the protocol is right when they agree. */
export function azureChecks(series: readonly Float64Array[]): Check[] {
  const of = (expected: (values: Float64Array) => Float64Array) =>
    series.map((values) => {
      const history = values.subarray(0, -azureDay);
      return mase(values.subarray(-azureDay), expected(history), seasonalScale(history, azureDay));
    });
  const naive = of((history) => new Float64Array(azureDay).fill(history.at(-1) ?? NaN));
  const seasonal = of((history) => history.subarray(-azureDay));
  return [
    check('naive, mean MASE', 1.164, mean(naive), 3),
    check('naive, median MASE', 0.599, quantile(naive, 0.5), 3),
    check('seasonal naive, mean MASE', 0.964, mean(seasonal), 3),
    check('seasonal naive, median MASE', 0.961, quantile(seasonal, 0.5), 3),
  ];
}

function targets(means: Map<string, number>, inside: Map<number, { hit: number; all: number }>): Target[] {
  const best = Math.min(...rivals.map((name) => means.get(name) ?? Infinity));
  return [
    judge(
      single('auto, mean MASE against the best single rival', 'ratio', 'lower', 1),
      (means.get('auto') ?? NaN) / best
    ),
    ...[...inside].map(([level, { hit, all }]) =>
      judge(single(`coverage error at ${level} %`, 'points', 'lower', 3), Math.abs((100 * hit) / all - level))
    ),
  ];
}
