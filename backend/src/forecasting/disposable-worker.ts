import { parentPort } from 'node:worker_threads';
import { AppError, messageOf } from '../errors.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import type { FitContext } from './forecaster.ts';

export interface DisposableRequest {
  readonly family: 'prophet' | 'dlinear';
  readonly history: RegularSeries;
  readonly context: FitContext;
}

export type DisposableReply =
  | { readonly kind: 'done'; readonly line: Float64Array; readonly cpuSeconds: number }
  /** `spoiled`: the module trapped, this thread must be ended. */
  | { readonly kind: 'failed' | 'spoiled'; readonly message: string; readonly cpuSeconds: number };

async function lineOf({ family, history, context }: DisposableRequest): Promise<Float64Array> {
  if (family === 'prophet') {
    const { prophetLine } = await import('./models/prophet-wasm.ts');
    return prophetLine(history, context);
  }
  const { dlinearLine } = await import('./models/tensorflow.ts');
  return dlinearLine(history, context);
}

async function answer(request: DisposableRequest): Promise<DisposableReply> {
  const started = process.threadCpuUsage();
  const cpuSeconds = () => {
    const { user, system } = process.threadCpuUsage(started);
    return (user + system) / 1e6;
  };
  try {
    return { kind: 'done', line: await lineOf(request), cpuSeconds: cpuSeconds() };
  } catch (error) {
    const kind = error instanceof AppError ? 'failed' : 'spoiled';
    return { kind, message: messageOf(error), cpuSeconds: cpuSeconds() };
  }
}

// A request comes only after the reply to the one before.
parentPort?.on('message', (request: DisposableRequest) => {
  void answer(request).then((reply) => parentPort?.postMessage(reply));
});
