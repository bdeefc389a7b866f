import type { ModelName } from '../../../backend/src/contract/job.ts';
import type { ForecastTask } from '../../../backend/src/forecasting/forecast-task.ts';
import { createTrainingPool } from '../../../backend/src/forecasting/training-pool.ts';
import type { BenchContext } from '../suite.ts';
import { packForecast, unpackForecast, type PackedForecast, type UnitForecast } from './packed.ts';

/** One forecast that is asked for: everything before a point in time is known, what comes after is judged. */
export interface ForecastUnit {
  /** Tells the unit apart in all suites: those that judge the same unit share its forecast. */
  readonly id: string;
  /** What error bars are taken over. */
  readonly series: string;
  /** All that is known; the forecast may see less of it. */
  readonly history: Float64Array;
  readonly actual: Float64Array;
  /** Instant of the first value of the history; the epoch when the set has no instants. */
  readonly startMs: number;
  readonly stepMs: number;
}

/**
 * A job reads no more history than its training window: the points that four weeks at 5 minutes have, whatever the step.
 * Measures are still scaled by the whole history.
 */
const longestHistory = 8_064;
/** The deciles are the edges of these and the expected line; 95 % is for MSIS. */
const levels = [20, 40, 60, 80, 95];
const workers = 2;
const fitTimeoutMs = 600_000;

/** What makes a forecast: with another text of one of these all forecasts are made again. */
const sources = [
  'backend/src/forecasting',
  'backend/src/timeseries',
  'backend/package.json',
  'test/bench/forecasts/units.ts',
];

/** The task that a job would make of the unit. */
export function taskOf(unit: ForecastUnit, models: 'auto' | readonly ModelName[], seed: number): ForecastTask {
  const { history, startMs, stepMs } = unit;
  const first = Math.max(0, history.length - longestHistory);
  // A copy, so that no more than this goes to the worker.
  const values = history.slice(first);
  return {
    timestampsMs: Float64Array.from(values, (_, i) => startMs + (first + i) * stepMs),
    values,
    stepMs,
    horizonMs: unit.actual.length * stepMs,
    models,
    levels,
    direction: 'both',
    alertsPerWeek: 1,
    range: undefined,
    query: undefined,
    seed,
  };
}

/**
 * The forecasts of the units in their order, by the workers that jobs are trained in; those that are stored already are
 * taken from there.
 * @throws Error that names the unit when a fit fails or the product gives no forecast
 */
export async function forecastUnits(
  context: BenchContext,
  units: readonly ForecastUnit[],
  models: 'auto' | readonly ModelName[]
): Promise<UnitForecast[]> {
  const name = models === 'auto' ? 'auto' : models.join('+');
  const cache = context.openCache(`forecasts-${name}`, sources);
  const pool = createTrainingPool({ workers, fitTimeoutMs, maxQueue: units.length });
  const progress = context.track(`forecasts by ${name}`, units.length);
  const forecasts = new Array<UnitForecast | undefined>(units.length);
  const waiting = units.map((unit, index) => ({ unit, index }));
  // A few more lanes than workers, so that none waits for the next task to be made.
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { unit, index } = next;
      const packed = await cache.unit<PackedForecast>(unit.id, async () => {
        const task = taskOf(unit, models, context.seed);
        return packForecast(unit.id, await pool.run(task, AbortSignal.timeout(2 * fitTimeoutMs)));
      });
      forecasts[index] = unpackForecast(packed);
      progress.tick();
    }
  };
  try {
    await Promise.all(Array.from({ length: workers + 2 }, lane));
  } finally {
    await pool.stop();
  }
  return forecasts.filter((forecast) => forecast !== undefined);
}
