import { Piscina } from 'piscina';
import type { Detection } from '../detection/detect.ts';
import { AppError, messageOf } from '../errors.ts';
import type { DetectionReply, DetectionTask } from './detection-worker.ts';

/** Heap of one worker: 200,000 values with everything derived from them need less. */
const workerMemoryMb = 1024;

export interface DetectionPool {
  /** @throws AppError `fit_timeout` when the deadline passed, `fit_failed` for any other fault; the signal's reason when aborted */
  run(task: DetectionTask, signal: AbortSignal): Promise<Detection>;
  stop(): Promise<void>;
}

/** Scores series in worker threads, so that a deadline and Ctrl-C end it at any moment. */
export function createDetectionPool(options: { readonly workers: number; readonly timeoutMs: number }): DetectionPool {
  const piscina = new Piscina<DetectionTask, DetectionReply>({
    filename: new URL('./detection-worker.ts', import.meta.url).href,
    name: 'score',
    minThreads: 0,
    maxThreads: options.workers,
    resourceLimits: { maxOldGenerationSizeMb: workerMemoryMb },
  });
  const run = async (task: DetectionTask, signal: AbortSignal): Promise<Detection> => {
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(options.timeoutMs);
    let reply: DetectionReply;
    try {
      reply = await piscina.run(task, { signal: AbortSignal.any([signal, deadline]) });
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) {
        const text = `The series was not scored within ${options.timeoutMs / 1000} s. Use a longer step, fewer rows or a longer --timeout.`;
        throw new AppError('fit_timeout', text, { cause: error });
      }
      throw new AppError('fit_failed', `The worker ended: ${messageOf(error)}`, { cause: error });
    }
    if (reply.kind === 'failed') {
      throw new AppError('fit_failed', reply.message);
    }
    return reply.detection;
  };
  return { run, stop: () => piscina.destroy() };
}
