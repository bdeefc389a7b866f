import { quantile } from './quantile.ts';
import type { WindowFigure } from './select.ts';

function fold(window: Float64Array, count: number, compute: (result: number, value: number) => number): number {
  let result = window[0] ?? NaN;
  for (let i = 1; i < count; i++) {
    result = compute(result, window[i] ?? NaN);
  }
  return result;
}

const sum: WindowFigure = (window, count) => fold(window, count, (a, b) => a + b);

/** Population variance in two passes. */
const variance: WindowFigure = (window, count, step) => {
  const mean = sum(window, count, step) / count;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    squares += ((window[i] ?? NaN) - mean) ** 2;
  }
  return squares / count;
};

/** The figures of the `…_over_time` functions; gaps were left out before. */
export const overTimeFigures: Readonly<Record<string, WindowFigure>> = {
  avg_over_time: (window, count, step) => sum(window, count, step) / count,
  count_over_time: (_window, count) => count,
  last_over_time: (window, count) => window[count - 1] ?? NaN,
  max_over_time: (window, count) => fold(window, count, Math.max),
  min_over_time: (window, count) => fold(window, count, Math.min),
  stddev_over_time: (window, count, step) => Math.sqrt(variance(window, count, step)),
  stdvar_over_time: variance,
  sum_over_time: sum,
};

/** `quantile_over_time`; the φ may differ from step to step. */
export function quantileFigure(phi: Float64Array): WindowFigure {
  return (window, count, step) => quantile(phi[step] ?? NaN, window.slice(0, count));
}
