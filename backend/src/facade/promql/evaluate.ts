import { aggregate } from './aggregate.ts';
import type { Call, Expression, Selector } from './ast.ts';
import { applyBinary } from './binary.ts';
import { applyCall } from './call.ts';
import { type Column, joinSameLabels, mapColumn, withoutName } from './column.ts';
import type { Evaluation, Value } from './evaluation.ts';
import { overTimeFigures, quantileFigure } from './over-time.ts';
import { PromqlError } from './promql-error.ts';
import { selectInstants, selectWindows } from './select.ts';

/**
 * Evaluates an expression at all instants of the grid at once: each node makes one column a series.
 * @throws PromqlError `execution` when series can't be paired or told apart, or when it takes too many samples
 */
export async function evaluate(expression: Expression, evaluation: Evaluation): Promise<Value> {
  const { count } = evaluation.grid;
  switch (expression.kind) {
    case 'number':
      return { kind: 'scalar', values: new Float64Array(count).fill(expression.value) };
    case 'string':
      return { kind: 'string', text: expression.value };
    case 'selector':
      return { kind: 'vector', columns: await selectInstants(expression, evaluation) };
    case 'negate':
      return negate(await evaluate(expression.operand, evaluation));
    case 'binary': {
      const left = await evaluate(expression.left, evaluation);
      return applyBinary(expression, left, await evaluate(expression.right, evaluation), evaluation);
    }
    case 'aggregate': {
      const parameter =
        expression.parameter === undefined
          ? new Float64Array(count)
          : await evaluateScalar(expression.parameter, evaluation);
      const columns = await evaluateVector(expression.operand, evaluation);
      return { kind: 'vector', columns: await aggregate(expression, columns, parameter, evaluation) };
    }
    case 'call':
      return evaluateCall(expression, evaluation);
  }
}

function negate(value: Value): Value {
  if (value.kind === 'scalar') {
    return { kind: 'scalar', values: value.values.map((v) => -v) };
  }
  const columns = value.kind === 'vector' ? value.columns : [];
  return {
    kind: 'vector',
    columns: joinSameLabels(columns.map((column) => mapColumn(column, withoutName(column.labels), (v) => -v))),
  };
}

async function evaluateScalar(expression: Expression, evaluation: Evaluation): Promise<Float64Array> {
  const value = await evaluate(expression, evaluation);
  if (value.kind !== 'scalar') {
    throw new PromqlError('bad_data', `a scalar is expected here, this is a ${value.kind}`);
  }
  return value.values;
}

async function evaluateVector(expression: Expression, evaluation: Evaluation): Promise<readonly Column[]> {
  const value = await evaluate(expression, evaluation);
  if (value.kind !== 'vector') {
    throw new PromqlError('bad_data', `an instant vector is expected here, this is a ${value.kind}`);
  }
  return value.columns;
}

async function evaluateCall(call: Call, evaluation: Evaluation): Promise<Value> {
  const range = call.args.find((arg) => arg.kind === 'selector' && arg.rangeMs !== undefined);
  if (range?.kind === 'selector') {
    return { kind: 'vector', columns: await evaluateOverTime(call, range, evaluation) };
  }
  const args: Value[] = [];
  for (const arg of call.args) {
    args.push(await evaluate(arg, evaluation));
  }
  return applyCall(call, args, evaluation);
}

async function evaluateOverTime(call: Call, range: Selector, evaluation: Evaluation): Promise<Column[]> {
  const [first] = call.args;
  const figure =
    call.name === 'quantile_over_time' && first !== undefined
      ? quantileFigure(await evaluateScalar(first, evaluation))
      : overTimeFigures[call.name];
  if (figure === undefined) {
    throw new PromqlError('bad_data', `${call.name}() does not take a range vector`);
  }
  const isSample = call.name === 'last_over_time';
  const columns = await selectWindows(range, evaluation, figure, (labels) => (isSample ? labels : withoutName(labels)));
  return joinSameLabels(columns);
}
