import { labelKey } from '../../timeseries/series.ts';
import { arithmeticOf, comparisonOf } from './arithmetic.ts';
import type { Binary } from './ast.ts';
import { type Column, chooseLabels, emptyColumn, joinSameLabels, labelText, put, withoutName } from './column.ts';
import type { Evaluation, Value } from './evaluation.ts';
import { PromqlError } from './promql-error.ts';

/** The outcome for one pair of values; undefined when a comparison filters it out. `kept` is the vector's value. */
type Combine = (left: number, right: number, kept: number) => number | undefined;

function combineOf(node: Binary): Combine {
  const compute = arithmeticOf(node.operator);
  if (compute !== undefined) {
    return (left, right) => compute(left, right);
  }
  const test = comparisonOf(node.operator) ?? (() => false);
  return node.bool
    ? (left, right) => Number(test(left, right))
    : (left, right, kept) => (test(left, right) ? kept : undefined);
}

/** A comparison that filters hands on the sample itself, with its name; everything else makes a new value. */
function keepsName(node: Binary): boolean {
  return comparisonOf(node.operator) !== undefined && !node.bool;
}

/** Applies a binary operator to two values of an evaluation. */
export async function applyBinary(node: Binary, left: Value, right: Value, evaluation: Evaluation): Promise<Value> {
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    const combine = combineOf(node);
    const values = left.values.map((value, step) => combine(value, right.values[step] ?? NaN, value) ?? NaN);
    return { kind: 'scalar', values };
  }
  if (left.kind === 'vector' && right.kind === 'vector') {
    return { kind: 'vector', columns: await vectorWithVector(node, left.columns, right.columns, evaluation) };
  }
  if (left.kind === 'vector' && right.kind === 'scalar') {
    return withScalar(
      node,
      left.columns,
      (combine) => (value, step) => combine(value, right.values[step] ?? NaN, value)
    );
  }
  if (left.kind === 'scalar' && right.kind === 'vector') {
    return withScalar(
      node,
      right.columns,
      (combine) => (value, step) => combine(left.values[step] ?? NaN, value, value)
    );
  }
  throw new PromqlError('bad_data', `the operator ${node.operator} does not take a string`);
}

type PerStep = (value: number, step: number) => number | undefined;

function withScalar(node: Binary, columns: readonly Column[], perStep: (combine: Combine) => PerStep): Value {
  const compute = perStep(combineOf(node));
  const results = columns.map((column) => {
    const output = emptyColumn(keepsName(node) ? column.labels : withoutName(column.labels), column.values.length);
    column.present.forEach((present, step) => {
      const value = present === 1 ? compute(column.values[step] ?? NaN, step) : undefined;
      if (value !== undefined) {
        put(output, step, value);
      }
    });
    return output;
  });
  return { kind: 'vector', columns: joinSameLabels(results) };
}

/** Columns of one side by the labels that pair them. */
function bySignature(columns: readonly Column[], node: Binary): Map<string, Column[]> {
  const sides = new Map<string, Column[]>();
  for (const column of columns) {
    const key = labelKey(chooseLabels(column.labels, node.matching));
    const same = sides.get(key);
    if (same === undefined) {
      sides.set(key, [column]);
    } else {
      same.push(column);
    }
  }
  return sides;
}

async function vectorWithVector(
  node: Binary,
  left: readonly Column[],
  right: readonly Column[],
  evaluation: Evaluation
): Promise<Column[]> {
  if (node.operator === 'and' || node.operator === 'or' || node.operator === 'unless') {
    return combineSets(node, left, right);
  }
  const partners = bySignature(right, node);
  const results: Column[] = [];
  for (const [key, lefts] of bySignature(left, node)) {
    results.push(...pair(node, lefts, partners.get(key) ?? []));
    if (evaluation.pacer.due()) {
      await evaluation.pacer.pause();
    }
  }
  return joinSameLabels(results);
}

function pair(node: Binary, lefts: readonly Column[], rights: readonly Column[]): Column[] {
  const combine = combineOf(node);
  const outputs = lefts.map((column) => emptyColumn(resultLabels(node, column), column.values.length));
  for (let step = 0; rights.length > 0 && step < (lefts[0]?.values.length ?? 0); step++) {
    const right = soleAt(node, rights, step);
    const left = right === undefined ? undefined : soleAt(node, lefts, step);
    const output = left === undefined ? undefined : outputs[left.index];
    if (left === undefined || right === undefined || output === undefined) {
      continue;
    }
    const value = combine(left.value, right.value, left.value);
    if (value !== undefined) {
      put(output, step, value);
    }
  }
  return outputs;
}

/** The one column that has a value at the step. @throws PromqlError `execution` when there are several. */
function soleAt(node: Binary, columns: readonly Column[], step: number): { index: number; value: number } | undefined {
  const index = columns.findIndex((column) => column.present[step] === 1);
  if (index < 0) {
    return undefined;
  }
  const second = columns.find((column, i) => i > index && column.present[step] === 1);
  if (second !== undefined) {
    const names = [columns[index]?.labels ?? {}, second.labels].map(labelText).join(' and ');
    const shared = labelText(chooseLabels(second.labels, node.matching));
    throw new PromqlError(
      'execution',
      `${node.operator} pairs one series with one: ${names} are both on one side of the pair ${shared}. Name the labels that tell them apart with on(…), or aggregate first`
    );
  }
  return { index, value: columns[index]?.values[step] ?? NaN };
}

function resultLabels(node: Binary, column: Column): Column['labels'] {
  const labels = keepsName(node) ? column.labels : withoutName(column.labels);
  if (node.matching.keep === 'listed') {
    return chooseLabels(labels, node.matching);
  }
  const ignored = new Set(node.matching.labels);
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !ignored.has(name)));
}

/** and, or, unless: at each instant, by the presence of a partner on the other side. */
function combineSets(node: Binary, left: readonly Column[], right: readonly Column[]): Column[] {
  if (node.operator === 'or') {
    return joinSameLabels([...left, ...masked(node, right, left, (partner) => !partner)]);
  }
  return masked(node, left, right, (partner) => partner === (node.operator === 'and'));
}

/** `columns`, with values only where `keep` accepts whether a partner in `others` is present. */
function masked(
  node: Binary,
  columns: readonly Column[],
  others: readonly Column[],
  keep: (partner: boolean) => boolean
): Column[] {
  const partners = bySignature(others, node);
  return columns.map((column) => {
    const rivals = partners.get(labelKey(chooseLabels(column.labels, node.matching))) ?? [];
    const present = column.present.map((own, step) =>
      own === 1 && keep(rivals.some((rival) => rival.present[step] === 1)) ? 1 : 0
    );
    return { ...column, present };
  });
}
