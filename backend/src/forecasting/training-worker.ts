import { move, transferableSymbol, valueSymbol } from 'piscina';
import { AppError, messageOf, type ErrorCode } from '../errors.ts';
import { forecastSeries } from './forecast-series.ts';
import type { BandArrays, ForecastOutcome, ForecastTask } from './forecast-task.ts';

/** An error's class does not survive the way between threads; its code and text do. */
export type TrainingReply =
  | { readonly kind: 'done'; readonly outcome: ForecastOutcome }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** One series in a worker thread: what piscina calls; it receives a `TrainingReply`. */
export async function train(task: ForecastTask): Promise<TrainingReply | ReturnType<typeof move>> {
  try {
    return handedOver(await forecastSeries(task));
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'fit_failed';
    return { kind: 'failed', code, message: messageOf(error) };
  }
}

/** The arrays change hands instead of being copied: of four weeks at 5 minutes they are 200 kB a series. */
function handedOver(outcome: ForecastOutcome): ReturnType<typeof move> {
  const reply: TrainingReply = { kind: 'done', outcome };
  const arrays = [outcome.history.values, ...linesOf(outcome.heldOut), ...linesOf(outcome.forecast)];
  const learnt = outcome.learnt === undefined ? [] : [outcome.learnt.evidence, outcome.learnt.online];
  const buffers = [...new Set([...arrays, ...learnt].map(({ buffer }) => buffer))];
  return move({ [transferableSymbol]: buffers, [valueSymbol]: reply });
}

function linesOf(band: BandArrays | undefined): Float32Array[] {
  return band === undefined ? [] : [band.expected, ...band.levels.flatMap(({ lower, upper }) => [lower, upper])];
}
