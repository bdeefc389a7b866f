import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
// For its side effect: it registers the gradients, which the core alone leaves out.
import '@tensorflow/tfjs-layers';
import type { RegularSeries } from '../../timeseries/series.ts';
import type { FitContext } from '../forecaster.ts';
import { meansFromEnd, refined } from './coarse.ts';

/** Steps of the window the net sees and of the line it writes; longer ones are averaged to at most this many. */
const maxWindow = 288;
const epochs = 8;
const batchSize = 64;
const learningRate = 0.002;
/** Enough to see every hour of the day many times, few enough for about a second. */
const maxTrainingWindows = 1200;
/** Width of the moving average that splits trend and remainder, as in the paper. */
const trendWidth = 25;

let backend: Promise<void> | undefined;

/** The fastest backend there is: native when somebody installed it, else WebAssembly, else plain JavaScript. */
async function selectBackend(): Promise<void> {
  if (!(await nativeBackend()) && !(await wasmBackend())) {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
  }
  await tf.ready();
}

async function nativeBackend(): Promise<boolean> {
  const nodeUtil = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  // The last release of the native backend calls a function that Node 23 removed.
  nodeUtil['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  const name = '@tensorflow/tfjs-node';
  return import(name).then(
    () => tf.setBackend('tensorflow'),
    () => false
  );
}

async function wasmBackend(): Promise<boolean> {
  try {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${path.dirname(main)}/`);
    return await tf.setBackend('wasm');
  } catch {
    return false;
  }
}

interface Windows {
  /** Means of `width` steps, less nothing: in the unit of the series. */
  readonly values: Float64Array;
  readonly width: number;
  readonly inputSteps: number;
  readonly outputSteps: number;
  readonly scale: number;
}

/**
 * Fits a DLinear on the history in this thread: absolute loss (squares follow bursts), seeded batches, every tensor
 * disposed.
 * @returns `horizonSteps` values
 */
export async function dlinearLine(history: RegularSeries, context: FitContext): Promise<Float64Array> {
  backend ??= selectBackend();
  await backend;
  const windows = windowsOf(history.values, context);
  tf.engine().startScope();
  try {
    const line = await trainAndPredict(windows, context.seed);
    return refined(line, windows.width, context.horizonSteps);
  } finally {
    tf.engine().endScope();
    tf.disposeVariables();
  }
}

function windowsOf(values: Float64Array, { seasons, horizonSteps }: FitContext): Windows {
  const cycle = seasons[0] ?? Math.min(maxWindow, Math.floor(values.length / 8));
  const width = Math.ceil(Math.max(cycle, horizonSteps) / maxWindow);
  const means = meansFromEnd(values, width);
  const inputSteps = Math.max(4, Math.round(cycle / width));
  const outputSteps = Math.min(Math.ceil(horizonSteps / width), means.length - inputSteps - 1);
  const centre = means.reduce((sum, value) => sum + value, 0) / means.length;
  const scale = means.reduce((sum, value) => sum + Math.abs(value - centre), 0) / means.length || 1;
  return { values: means, width, inputSteps, outputSteps, scale };
}

/** The window that ends before `end`: trend and remainder, less its mean, in units of the scale. */
function fillInput(
  { values, inputSteps, scale }: Windows,
  end: number,
  rows: { trend: Float32Array; rest: Float32Array }
): number {
  const window = values.subarray(end - inputSteps, end);
  const centre = window.reduce((sum, value) => sum + value, 0) / inputSteps;
  const half = (trendWidth - 1) / 2;
  const at = (i: number) => window[Math.max(0, Math.min(inputSteps - 1, i))]!;
  let sum = 0;
  for (let i = -half; i < half; i++) {
    sum += at(i);
  }
  for (let i = 0; i < inputSteps; i++) {
    sum += at(i + half);
    rows.trend[i] = (sum / trendWidth - centre) / scale;
    rows.rest[i] = (window[i]! - sum / trendWidth) / scale;
    sum -= at(i - half);
  }
  return centre;
}

interface Examples {
  readonly trend: Float32Array;
  readonly rest: Float32Array;
  readonly targets: Float32Array;
  readonly count: number;
}

/** Windows evenly over the history, in a seeded random order. */
function examplesOf(windows: Windows, seed: number): Examples {
  const { values, inputSteps, outputSteps, scale } = windows;
  const possible = values.length - inputSteps - outputSteps + 1;
  const stride = Math.max(1, Math.ceil(possible / maxTrainingWindows));
  const ends = shuffled(
    Array.from({ length: Math.ceil(possible / stride) }, (_, i) => values.length - outputSteps - i * stride),
    seed
  );
  const trend = new Float32Array(ends.length * inputSteps);
  const rest = new Float32Array(ends.length * inputSteps);
  const targets = new Float32Array(ends.length * outputSteps);
  ends.forEach((end, k) => {
    const from = k * inputSteps;
    const rows = { trend: trend.subarray(from, from + inputSteps), rest: rest.subarray(from, from + inputSteps) };
    const centre = fillInput(windows, end, rows);
    for (let h = 0; h < outputSteps; h++) {
      targets[k * outputSteps + h] = (values[end + h]! - centre) / scale;
    }
  });
  return { trend, rest, targets, count: ends.length };
}

async function trainAndPredict(windows: Windows, seed: number): Promise<Float64Array> {
  const { inputSteps, outputSteps, scale, values } = windows;
  const examples = examplesOf(windows, seed);
  const trendWeights = tf.variable(tf.fill([inputSteps, outputSteps], 1 / inputSteps));
  const restWeights = tf.variable(tf.fill([inputSteps, outputSteps], 1 / inputSteps));
  const apply = (trend: tf.Tensor2D, rest: tf.Tensor2D) =>
    tf.add(tf.matMul(trend, trendWeights), tf.matMul(rest, restWeights));
  const optimizer = tf.train.adam(learningRate);
  for (let step = 0; step < epochs * Math.ceil(examples.count / batchSize); step++) {
    tf.tidy(() => {
      const batch = batchOf(examples, step, windows);
      optimizer.minimize(() => tf.mean(tf.abs(tf.sub(apply(batch.trend, batch.rest), batch.targets))));
    });
  }
  optimizer.dispose();
  const rows = { trend: new Float32Array(inputSteps), rest: new Float32Array(inputSteps) };
  const centre = fillInput(windows, values.length, rows);
  const line = await apply(tf.tensor2d(rows.trend, [1, inputSteps]), tf.tensor2d(rows.rest, [1, inputSteps])).data();
  return Float64Array.from(line, (value) => value * scale + centre);
}

function batchOf(examples: Examples, step: number, { inputSteps, outputSteps }: Windows) {
  const batches = Math.ceil(examples.count / batchSize);
  const from = (step % batches) * batchSize;
  const to = Math.min(examples.count, from + batchSize);
  const rows = (values: Float32Array, width: number) =>
    tf.tensor2d(values.subarray(from * width, to * width), [to - from, width]);
  return {
    trend: rows(examples.trend, inputSteps),
    rest: rows(examples.rest, inputSteps),
    targets: rows(examples.targets, outputSteps),
  };
}

/** Fisher–Yates with a small seeded generator (mulberry32). */
function shuffled(items: number[], seed: number): number[] {
  let state = seed | 0;
  for (let i = items.length - 1; i > 0; i--) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const j = ((mixed ^ (mixed >>> 14)) >>> 0) % (i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
