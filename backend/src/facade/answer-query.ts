import type { OwnSeriesStore } from './own-series.ts';
import type { Pacer } from '../pacer.ts';
import { gridParams, instantParamMs, limitParam, requiredText } from './params.ts';
import { valueTypeOf } from './promql/ast.ts';
import { hasValue } from './promql/column.ts';
import { evaluate } from './promql/evaluate.ts';
import type { Evaluation, Grid, Value } from './promql/evaluation.ts';
import { PromqlError } from './promql/promql-error.ts';
import { readExpression } from './promql/read-expression.ts';
import { type RawSeries, selectRaw } from './promql/select.ts';
import { inLabelOrder, instantJson, rangeJson, rawJson, type Remarks } from './result-json.ts';

/** The JSON of an answer, in pieces that are made while they are sent. */
export interface FacadeAnswer {
  readonly pieces: Iterable<string>;
}

interface QueryDeps {
  readonly store: OwnSeriesStore;
  readonly pacer: Pacer;
  readonly maxSamples: number;
}

function startEvaluation(deps: QueryDeps, grid: Grid): Evaluation {
  return { ...deps, grid, infos: new Set(), warnings: new Set(), samplesTaken: 0 };
}

function remarksOf(evaluation: Evaluation): Remarks {
  return { infos: [...evaluation.infos], warnings: [...evaluation.warnings] };
}

/**
 * Answers `query`: an expression at one instant, now when `time` is left out.
 * @throws PromqlError `bad_data` for wrong parameters or expressions, `execution` when it can't be evaluated
 */
export async function queryInstant(deps: QueryDeps, params: URLSearchParams, nowMs: number): Promise<FacadeAnswer> {
  const atMs = instantParamMs(params, 'time') ?? nowMs;
  const limit = limitParam(params);
  const expression = readExpression(requiredText(params, 'query'));
  const evaluation = startEvaluation(deps, { startMs: atMs, stepMs: 1000, count: 1 });
  if (expression.kind === 'selector' && expression.rangeMs !== undefined) {
    const series: readonly RawSeries[] = cut(await selectRaw(expression, evaluation), limit, evaluation);
    return { pieces: rawJson(series, remarksOf(evaluation)) };
  }
  const value = cutValue(await evaluate(expression, evaluation), limit, evaluation);
  return { pieces: instantJson(value, atMs, remarksOf(evaluation)) };
}

/**
 * Answers `query_range`: an expression at `start`, `start + step`, … up to `end`; series sorted by labels.
 * @throws PromqlError `bad_data` for wrong parameters or expressions, `execution` when it can't be evaluated
 */
export async function queryRange(deps: QueryDeps, params: URLSearchParams): Promise<FacadeAnswer> {
  const grid = gridParams(params);
  const limit = limitParam(params);
  const expression = readExpression(requiredText(params, 'query'));
  const type = valueTypeOf(expression);
  if (type === 'range vector' || type === 'string') {
    throw new PromqlError(
      'bad_data',
      `a range query takes a scalar or an instant vector, this expression is a ${type}`
    );
  }
  const evaluation = startEvaluation(deps, grid);
  const value = await evaluate(expression, evaluation);
  const sorted: Value =
    value.kind === 'vector' ? { kind: 'vector', columns: inLabelOrder(value.columns, ({ labels }) => labels) } : value;
  return { pieces: rangeJson(cutValue(sorted, limit, evaluation), grid, remarksOf(evaluation)) };
}

function cutValue(value: Value, limit: number, evaluation: Evaluation): Value {
  return value.kind === 'vector'
    ? { kind: 'vector', columns: cut(value.columns.filter(hasValue), limit, evaluation) }
    : value;
}

function cut<T>(items: readonly T[], limit: number, evaluation: Evaluation): readonly T[] {
  if (items.length <= limit) {
    return items;
  }
  evaluation.warnings.add('results truncated due to limit');
  return items.slice(0, limit);
}
