import { type Labels, labelKey } from '../../timeseries/series.ts';
import type { LabelChoice } from './ast.ts';
import { PromqlError } from './promql-error.ts';

/** One series on the evaluation grid. A value counts only where `present` is 1: NaN is a value like any other. */
export interface Column {
  readonly labels: Labels;
  readonly values: Float64Array;
  readonly present: Uint8Array;
}

/** A column without any value. */
export function emptyColumn(labels: Labels, count: number): Column {
  return { labels, values: new Float64Array(count), present: new Uint8Array(count) };
}

/** Sets the value of one step. */
export function put(column: Column, step: number, value: number): void {
  column.values[step] = value;
  column.present[step] = 1;
}

/** True when the column has a value at some step. */
export function hasValue(column: Column): boolean {
  return column.present.includes(1);
}

/** The label set without the metric name: what a value is called once it was computed with. */
export function withoutName(labels: Labels): Labels {
  if (labels['__name__'] === undefined) {
    return labels;
  }
  const { __name__: _name, ...rest } = labels;
  return rest;
}

/** The labels that `on`, `ignoring`, `by` or `without` choose; an empty label is a missing one. */
export function chooseLabels(labels: Labels, choice: LabelChoice): Labels {
  const chosen: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    const listed = choice.labels.includes(name);
    if (choice.keep === 'listed' ? listed : !listed && name !== '__name__') {
      chosen[name] = value;
    }
  }
  return chosen;
}

/** The column's values under other labels. */
export function mapColumn(column: Column, labels: Labels, compute: (value: number, step: number) => number): Column {
  return { labels, values: column.values.map(compute), present: column.present };
}

/**
 * Joins columns that got the same labels, as happens when the metric name is dropped.
 * @throws PromqlError `execution` when two of them have a value at the same instant
 */
export function joinSameLabels(columns: readonly Column[]): Column[] {
  const byKey = new Map<string, Column>();
  for (const column of columns) {
    const key = labelKey(column.labels);
    const earlier = byKey.get(key);
    byKey.set(key, earlier === undefined ? column : joined(earlier, column));
  }
  return [...byKey.values()];
}

function joined(first: Column, second: Column): Column {
  const result: Column = { labels: first.labels, values: first.values.slice(), present: first.present.slice() };
  second.present.forEach((present, step) => {
    if (present === 0) {
      return;
    }
    if (result.present[step] === 1) {
      throw new PromqlError(
        'execution',
        `several series would be called ${labelText(first.labels)} without their metric name: select one metric, such as {__name__="yhat"}`
      );
    }
    put(result, step, second.values[step] ?? NaN);
  });
  return result;
}

/** A label set as PromQL writes it. */
export function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.join(', ')}}`;
}
