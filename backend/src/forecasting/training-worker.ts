import { AppError, messageOf, type ErrorCode } from '../errors.ts';
import { forecastSeries } from './forecast-series.ts';
import type { ForecastOutcome, ForecastTask } from './forecast-task.ts';

/** An error's class does not survive the way between threads; its code and text do. */
export type TrainingReply =
  | { readonly kind: 'done'; readonly outcome: ForecastOutcome }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** One series in a worker thread: what piscina calls. */
export async function train(task: ForecastTask): Promise<TrainingReply> {
  try {
    return { kind: 'done', outcome: await forecastSeries(task) };
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'fit_failed';
    return { kind: 'failed', code, message: messageOf(error) };
  }
}
