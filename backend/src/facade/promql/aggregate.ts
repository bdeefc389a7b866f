import { labelKey } from '../../timeseries/series.ts';
import type { Aggregate, Aggregation } from './ast.ts';
import { type Column, chooseLabels, emptyColumn, put } from './column.ts';
import type { Evaluation } from './evaluation.ts';
import { PromqlError } from './promql-error.ts';
import { compareNanFirst, quantile } from './quantile.ts';

/** One figure from the values of a group at one instant; there is at least one value. */
type GroupFigure = (values: Float64Array, parameter: number) => number;

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) {
    total += value;
  }
  return total;
}

function variance(values: Float64Array): number {
  const mean = sum(values) / values.length;
  return sum(values.map((value) => (value - mean) ** 2)) / values.length;
}

/** The value that `wins` against all others; a number wins against NaN. */
function extreme(values: Float64Array, wins: (a: number, b: number) => boolean): number {
  let best = NaN;
  for (const value of values) {
    best = Number.isNaN(best) || wins(value, best) ? value : best;
  }
  return best;
}

const figures: Readonly<Record<Exclude<Aggregation, 'topk' | 'bottomk'>, GroupFigure>> = {
  avg: (values) => sum(values) / values.length,
  count: (values) => values.length,
  group: () => 1,
  max: (values) => extreme(values, (a, b) => a > b),
  min: (values) => extreme(values, (a, b) => a < b),
  quantile: (values, phi) => quantile(phi, values),
  stddev: (values) => Math.sqrt(variance(values)),
  stdvar: variance,
  sum,
};

/** Members of one group. */
interface Group {
  readonly labels: Column['labels'];
  readonly members: Column[];
}

function groupsOf(columns: readonly Column[], node: Aggregate): Group[] {
  const groups = new Map<string, Group>();
  for (const column of columns) {
    const labels = chooseLabels(column.labels, node.grouping);
    const key = labelKey(labels);
    const group = groups.get(key) ?? { labels, members: [] };
    group.members.push(column);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * Aggregates at each instant over the groups that by/without make.
 * @param parameter the k of topk and bottomk, the φ of quantile; one a step
 */
export async function aggregate(
  node: Aggregate,
  columns: readonly Column[],
  parameter: Float64Array,
  evaluation: Evaluation
): Promise<Column[]> {
  const result: Column[] = [];
  for (const group of groupsOf(columns, node)) {
    const outputs =
      node.aggregation === 'topk' || node.aggregation === 'bottomk'
        ? await pickExtremes(group, node.aggregation, parameter, evaluation)
        : [await reduceGroup(group, figures[node.aggregation], parameter, evaluation)];
    result.push(...outputs);
  }
  return result;
}

async function reduceGroup(
  group: Group,
  figure: GroupFigure,
  parameter: Float64Array,
  { grid, pacer }: Evaluation
): Promise<Column> {
  const output = emptyColumn(group.labels, grid.count);
  const scratch = new Float64Array(group.members.length);
  for (let step = 0; step < grid.count; step++) {
    const count = gather(group.members, step, scratch);
    if (count > 0) {
      put(output, step, figure(scratch.subarray(0, count), parameter[step] ?? NaN));
    }
    if (pacer.due()) {
      await pacer.pause();
    }
  }
  return output;
}

function gather(members: readonly Column[], step: number, scratch: Float64Array): number {
  let count = 0;
  for (const { present, values } of members) {
    if (present[step] === 1) {
      scratch[count++] = values[step] ?? NaN;
    }
  }
  return count;
}

async function pickExtremes(
  group: Group,
  aggregation: 'topk' | 'bottomk',
  k: Float64Array,
  { grid, pacer }: Evaluation
): Promise<Column[]> {
  const outputs = group.members.map((member) => emptyColumn(member.labels, grid.count));
  for (let step = 0; step < grid.count; step++) {
    for (const index of extremesAt(group.members, aggregation, step, wholeNumber(k[step] ?? NaN))) {
      const output = outputs[index];
      if (output !== undefined) {
        put(output, step, group.members[index]?.values[step] ?? NaN);
      }
    }
    if (pacer.due()) {
      await pacer.pause();
    }
  }
  return grid.count === 1 ? inOrder(outputs, aggregation) : outputs;
}

function wholeNumber(k: number): number {
  if (Number.isNaN(k)) {
    throw new PromqlError('execution', 'topk() and bottomk() need a number of series, got NaN');
  }
  return Math.trunc(k);
}

/** Indexes of the k members with the largest (smallest) values; NaN comes last. */
function extremesAt(members: readonly Column[], aggregation: 'topk' | 'bottomk', step: number, k: number): number[] {
  const order = orderOf(aggregation);
  return members
    .map((member, index) => ({ index, value: member.values[step] ?? NaN, present: member.present[step] }))
    .filter(({ present }) => present === 1)
    .sort((a, b) => order(a.value, b.value))
    .slice(0, Math.max(0, k))
    .map(({ index }) => index);
}

function orderOf(aggregation: 'topk' | 'bottomk'): (a: number, b: number) => number {
  return aggregation === 'topk'
    ? (a, b) => compareNanFirst(b, a)
    : (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? compareNanFirst(b, a) : compareNanFirst(a, b));
}

function inOrder(outputs: readonly Column[], aggregation: 'topk' | 'bottomk'): Column[] {
  const order = orderOf(aggregation);
  return outputs
    .filter((column) => column.present[0] === 1)
    .sort((a, b) => order(a.values[0] ?? NaN, b.values[0] ?? NaN));
}
