import { AppError } from '../errors.ts';
import type { TrainingPool } from '../forecasting/forecast-task.ts';
import type { Metrics } from './metrics.ts';
import { inSpan } from './tracing.ts';

/** The same pool, with each training timed, counted when it fails, and traced. */
export function observePool(pool: TrainingPool, metrics: Metrics['training']): TrainingPool {
  return {
    async run(task, signal) {
      const end = metrics.durationSeconds.startTimer();
      try {
        return await inSpan('training', { 'aiops.points': task.values.length }, () => pool.run(task, signal));
      } catch (error) {
        if (!signal.aborted) {
          metrics.failures.inc({ code: error instanceof AppError ? error.code : 'internal' });
        }
        throw error;
      } finally {
        end();
      }
    },
    load: () => pool.load(),
    stop: () => pool.stop(),
  };
}
