import { Worker } from 'node:worker_threads';
import { AppError, messageOf } from '../errors.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import type { DisposableReply, DisposableRequest } from './disposable-worker.ts';
import type { FitContext } from './forecaster.ts';

/** wasmstan keeps about 1 MB of every fit at 5 minutes over two weeks, TensorFlow.js some tensors; a start takes 1 s. */
const maxFits = 100;
/** The 18th call after traps never returns; a good fit takes seconds. */
const fitTimeoutMs = 30_000;

/** Fits of 200,000 values take 26 MB. Unbounded, the young generation of 150 DLinear fits takes 37 MB more and keeps them. */
const heapLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 };

interface Disposable {
  readonly worker: Worker;
  fits: number;
}

/** One for each family and thread, started by its first fit; it dies with the thread that uses it. */
const workers = new Map<DisposableRequest['family'], Disposable>();
let spentCpuSeconds = 0;

/** CPU seconds that disposable workers have used for this thread so far. */
export function disposableCpuSeconds(): number {
  return spentCpuSeconds;
}

/**
 * Fits a family that leaks or traps in a worker of its own, which is ended after 100 fits, at a trap and at a time-out.
 * One fit at a time: the caller awaits each.
 * @throws AppError `fit_failed`, `fit_timeout`
 */
export async function disposableFit(
  family: DisposableRequest['family'],
  history: RegularSeries,
  context: FitContext
): Promise<Float64Array> {
  const disposable = workers.get(family) ?? start(family);
  disposable.fits++;
  // A copy: the view may cover a part of a longer buffer only.
  const request: DisposableRequest = { family, history: { ...history, values: history.values.slice() }, context };
  const reply = await ask(disposable.worker, request);
  spentCpuSeconds += reply.cpuSeconds;
  if (reply.kind === 'done' && disposable.fits < maxFits) {
    return reply.line;
  }
  if (reply.kind !== 'failed' || disposable.fits >= maxFits) {
    workers.delete(family);
    await disposable.worker.terminate();
  }
  if (reply.kind === 'done') {
    return reply.line;
  }
  throw new AppError(reply.kind === 'timeout' ? 'fit_timeout' : 'fit_failed', reply.message);
}

function start(family: DisposableRequest['family']): Disposable {
  const worker = new Worker(new URL('./disposable-worker.ts', import.meta.url), { resourceLimits: heapLimits });
  worker.unref();
  const disposable = { worker, fits: 0 };
  workers.set(family, disposable);
  return disposable;
}

type Answer =
  DisposableReply | { readonly kind: 'timeout' | 'died'; readonly message: string; readonly cpuSeconds: number };

function ask(worker: Worker, request: DisposableRequest): Promise<Answer> {
  return new Promise((resolve) => {
    const settle = (answer: Answer) => {
      clearTimeout(timer);
      // Only our own: the worker keeps listeners of its own under the same names.
      worker.off('message', settle).off('error', failed).off('exit', ended);
      worker.unref();
      resolve(answer);
    };
    const died = (message: string) => settle({ kind: 'died', message, cpuSeconds: 0 });
    const failed = (error: unknown) => died(`its worker failed: ${messageOf(error)}`);
    const ended = (code: number) => died(`its worker ended with code ${code}`);
    const timer = setTimeout(
      () => settle({ kind: 'timeout', message: `the fit took longer than ${fitTimeoutMs / 1000} s`, cpuSeconds: 0 }),
      fitTimeoutMs
    );
    worker.ref();
    worker.on('message', settle).on('error', failed).on('exit', ended);
    worker.postMessage(request);
  });
}
