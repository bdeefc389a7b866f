import { setInterval as every } from 'node:timers';
import type { ForecastOutcome } from '../forecasting/forecast-task.ts';
import { createTrainingPool } from '../forecasting/training-pool.ts';
import type { CommandIo } from './command.ts';
import type { ForecastOptions } from './forecast-options.ts';
import type { History } from './history.ts';

const tickMs = 1_000;
/** A log file gets a line less often than a person who watches. */
const ticksPerLogLine = 10;

/** Says on stderr that work goes on: in place on a terminal, a line every ten seconds in a log. */
export function showProgress({ stderr }: CommandIo, what: string): () => void {
  let ticks = 0;
  const timer = every(() => {
    ticks += 1;
    if (stderr.isTTY === true) {
      stderr.write(`\r${what} … ${ticks} s`);
    } else if (ticks % ticksPerLogLine === 0) {
      stderr.write(`${what} … ${ticks} s\n`);
    }
  }, tickMs);
  return () => {
    clearInterval(timer);
    if (stderr.isTTY === true && ticks > 0) {
      stderr.write('\r\u001b[K');
    }
  };
}

/** Forecasts one history in a training worker, so that the deadline and Ctrl-C end it at any moment. */
export async function train(history: History, options: ForecastOptions, io: CommandIo): Promise<ForecastOutcome> {
  const pool = createTrainingPool({ workers: 1, fitTimeoutMs: options.timeoutMs, maxQueue: 1 });
  const done = showProgress(io, 'training and back-testing');
  const { horizonMs, models, levels, direction, alertsPerWeek, range, seed } = options;
  try {
    return await pool.run(
      {
        timestampsMs: Float64Array.from(history.timestampsMs),
        values: Float64Array.from(history.values),
        stepMs: history.stepMs,
        query: history.query,
        horizonMs,
        models,
        levels,
        direction,
        alertsPerWeek,
        range,
        seed,
      },
      io.signal
    );
  } finally {
    done();
    await pool.stop();
  }
}
