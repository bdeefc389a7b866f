import { Piscina } from 'piscina';
import { AppError, messageOf } from '../errors.ts';
import type { ForecastOutcome, ForecastTask, TrainingPool } from './forecast-task.ts';
import type { TrainingReply } from './training-worker.ts';

export interface TrainingPoolOptions {
  /** Worker threads: one core each. */
  readonly workers: number;
  /** A fit that takes longer is ended together with its worker. */
  readonly fitTimeoutMs: number;
  /** Tasks that may wait for a worker. */
  readonly maxQueue: number;
  /** JavaScript heap of one worker; typed arrays and WASM lie outside of it. 512 MB when left out. */
  readonly workerMemoryBytes?: number;
  /** The module the workers run; another one in tests of crashes. */
  readonly workerFile?: URL;
}

/** Heap of one worker: 200,000 values with everything derived from them need about 100 MB. */
const defaultWorkerMemoryBytes = 512 * 2 ** 20;
/** V8 lets the young generation of a thread that makes much garbage grow by 50 MB and never shrinks it. */
const youngHeapMb = 8;

/**
 * A pool of training workers; they start with the first task. A worker that needs more than `workerMemoryBytes` is ended:
 * the fit it was at is rejected with `fit_failed`, the process and all other fits go on, the next task starts a new one.
 */
export function createTrainingPool(options: TrainingPoolOptions): TrainingPool {
  return new PiscinaTrainingPool(options);
}

interface Waiting {
  start(): void;
}

/**
 * piscina's own queue is not used: the deadline of a fit must start when the fit starts, not while it waits behind a
 * thousand others, and piscina does not tell when that is.
 */
class PiscinaTrainingPool implements TrainingPool {
  readonly #options: TrainingPoolOptions;
  readonly #piscina: Piscina<ForecastTask, TrainingReply>;
  readonly #queue: Waiting[] = [];
  readonly #stopping = new AbortController();
  #running = 0;

  constructor(options: TrainingPoolOptions) {
    this.#options = options;
    const { workerMemoryBytes = defaultWorkerMemoryBytes } = options;
    this.#piscina = new Piscina<ForecastTask, TrainingReply>({
      filename: (options.workerFile ?? new URL('./training-worker.ts', import.meta.url)).href,
      name: 'train',
      minThreads: 0,
      maxThreads: options.workers,
      idleTimeout: 30_000,
      resourceLimits: {
        maxOldGenerationSizeMb: Math.floor(workerMemoryBytes / 2 ** 20),
        maxYoungGenerationSizeMb: youngHeapMb,
      },
    });
  }

  async run(task: ForecastTask, signal: AbortSignal): Promise<ForecastOutcome> {
    signal.throwIfAborted();
    this.#throwIfStopped();
    await this.#slot(signal);
    try {
      this.#throwIfStopped();
      signal.throwIfAborted();
      return outcomeOf(await this.#fit(task, signal));
    } finally {
      this.#running--;
      this.#queue.shift()?.start();
    }
  }

  load(): { readonly running: number; readonly queued: number; readonly workers: number } {
    return { running: this.#running, queued: this.#queue.length, workers: this.#options.workers };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#queue.splice(0).forEach((waiting) => waiting.start());
    await this.#piscina.destroy();
  }

  /** Waits for a free worker, first come first served. */
  async #slot(signal: AbortSignal): Promise<void> {
    if (this.#running < this.#options.workers) {
      this.#running++;
      return;
    }
    if (this.#queue.length >= this.#options.maxQueue) {
      throw new AppError('busy', `${this.#queue.length} forecasts are waiting already. Try again in a minute.`);
    }
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        start: () => {
          signal.removeEventListener('abort', abandon);
          this.#running++;
          resolve();
        },
      };
      const abandon = () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abandon, { once: true });
      this.#queue.push(waiting);
    });
  }

  async #fit(task: ForecastTask, signal: AbortSignal): Promise<TrainingReply> {
    const deadline = AbortSignal.timeout(this.#options.fitTimeoutMs);
    try {
      return await this.#piscina.run(task, { signal: AbortSignal.any([signal, deadline]) });
    } catch (error) {
      signal.throwIfAborted();
      this.#throwIfStopped();
      if (deadline.aborted) {
        const text = `The fit took longer than ${this.#options.fitTimeoutMs / 1000} s and was ended. Use a longer step, a shorter history or faster models.`;
        throw new AppError('fit_timeout', text, { cause: error });
      }
      throw new AppError('fit_failed', `The training worker ended: ${messageOf(error)}`, { cause: error });
    }
  }

  #throwIfStopped(): void {
    if (this.#stopping.signal.aborted) {
      throw new AppError('busy', 'The server is stopping. Try again in a moment.');
    }
  }
}

function outcomeOf(reply: TrainingReply): ForecastOutcome {
  if (reply.kind === 'failed') {
    throw new AppError(reply.code, reply.message);
  }
  return reply.outcome;
}
