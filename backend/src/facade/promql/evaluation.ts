import type { OwnSeriesStore } from '../own-series.ts';
import type { Pacer } from '../../pacer.ts';
import type { Column } from './column.ts';
import { PromqlError } from './promql-error.ts';

/** The instants at which an expression is evaluated; an instant query has one. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** The value of an expression at every instant of the grid. */
export type Value =
  | { readonly kind: 'scalar'; readonly values: Float64Array }
  | { readonly kind: 'vector'; readonly columns: readonly Column[] }
  | { readonly kind: 'string'; readonly text: string };

/** What the evaluation of one query shares. */
export interface Evaluation {
  readonly grid: Grid;
  readonly store: OwnSeriesStore;
  readonly pacer: Pacer;
  readonly maxSamples: number;
  /** Texts for the person who asked; filled while selectors are read. */
  readonly infos: Set<string>;
  readonly warnings: Set<string>;
  /** Samples taken up so far. */
  samplesTaken: number;
}

/** Epoch milliseconds of a step of the grid. */
export function instantMs(grid: Grid, step: number): number {
  return grid.startMs + step * grid.stepMs;
}

/** @throws PromqlError `execution` when the query would hold more samples than allowed */
export function takeSamples(evaluation: Evaluation, samples: number): void {
  evaluation.samplesTaken += samples;
  if (evaluation.samplesTaken > evaluation.maxSamples) {
    throw tooManySamples(evaluation.maxSamples);
  }
}

/** The answer to a query that is too large. */
export function tooManySamples(maxSamples: number): PromqlError {
  return new PromqlError(
    'execution',
    `the query needs more than ${maxSamples.toLocaleString('en')} samples: take a longer step, a shorter range, or select fewer series`
  );
}
