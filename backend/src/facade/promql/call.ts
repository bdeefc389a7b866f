import type { Call, Expression } from './ast.ts';
import { type Column, emptyColumn, hasValue, joinSameLabels, mapColumn, put, withoutName } from './column.ts';
import { type Evaluation, type Value, instantMs } from './evaluation.ts';
import { PromqlError } from './promql-error.ts';
import { compareNanFirst } from './quantile.ts';

const plainFunctions: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  sgn: Math.sign,
  sqrt: Math.sqrt,
};

/** Applies a function to values that are already evaluated; types were checked when the expression was read. */
export function applyCall(call: Call, args: readonly Value[], evaluation: Evaluation): Value {
  const plain = plainFunctions[call.name];
  if (plain !== undefined) {
    return mapped(columnsOf(args[0]), plain);
  }
  switch (call.name) {
    case 'time':
      return { kind: 'scalar', values: timeValues(evaluation) };
    case 'vector':
      return { kind: 'vector', columns: [constantColumn(scalarOf(args[0]))] };
    case 'scalar':
      return { kind: 'scalar', values: soleValues(columnsOf(args[0]), evaluation.grid.count) };
    case 'absent':
      return { kind: 'vector', columns: [absentColumn(call.args[0], columnsOf(args[0]), evaluation)] };
    case 'round':
      return round(columnsOf(args[0]), args[1]);
    case 'clamp':
      return clamp(columnsOf(args[0]), scalarOf(args[1]), scalarOf(args[2]));
    case 'clamp_min':
      return clamp(columnsOf(args[0]), scalarOf(args[1]), undefined);
    case 'clamp_max':
      return clamp(columnsOf(args[0]), undefined, scalarOf(args[1]));
    case 'sort':
    case 'sort_desc':
      return sorted(columnsOf(args[0]), call.name === 'sort_desc', evaluation);
    default:
      throw new PromqlError('bad_data', `${call.name}() is not available on forecast series`);
  }
}

function columnsOf(value: Value | undefined): readonly Column[] {
  return value?.kind === 'vector' ? value.columns : [];
}

function scalarOf(value: Value | undefined): Float64Array {
  return value?.kind === 'scalar' ? value.values : new Float64Array(0);
}

function mapped(columns: readonly Column[], compute: (value: number, step: number) => number): Value {
  const results = columns.map((column) => mapColumn(column, withoutName(column.labels), compute));
  return { kind: 'vector', columns: joinSameLabels(results) };
}

function timeValues({ grid }: Evaluation): Float64Array {
  return Float64Array.from({ length: grid.count }, (_, step) => instantMs(grid, step) / 1000);
}

function constantColumn(values: Float64Array): Column {
  return { labels: {}, values, present: new Uint8Array(values.length).fill(1) };
}

/** The value where there is exactly one, else NaN. */
function soleValues(columns: readonly Column[], count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, step) => {
    const present = columns.filter((column) => column.present[step] === 1);
    return present.length === 1 ? (present[0]?.values[step] ?? NaN) : NaN;
  });
}

function absentColumn(arg: Expression | undefined, columns: readonly Column[], { grid }: Evaluation): Column {
  const output = emptyColumn(absentLabels(arg), grid.count);
  for (let step = 0; step < grid.count; step++) {
    if (!columns.some((column) => column.present[step] === 1)) {
      put(output, step, 1);
    }
  }
  return output;
}

/** The labels that a missing series would have for certain: those with exactly one `=` matcher. */
function absentLabels(arg: Expression | undefined): Column['labels'] {
  if (arg?.kind !== 'selector') {
    return {};
  }
  const labels: Record<string, string> = {};
  for (const matcher of arg.matchers) {
    const sole = arg.matchers.filter(({ name }) => name === matcher.name).length === 1;
    if (matcher.operator === '=' && matcher.name !== '__name__' && sole) {
      labels[matcher.name] = matcher.value;
    }
  }
  return labels;
}

/** Rounds to the nearest multiple, ties up. */
function round(columns: readonly Column[], multiple: Value | undefined): Value {
  const nearest = multiple?.kind === 'scalar' ? multiple.values : undefined;
  return mapped(columns, (value, step) => {
    // Dividing by the inverse keeps 0.1 and the like exact.
    const inverse = 1 / (nearest?.[step] ?? 1);
    return Math.floor(value * inverse + 0.5) / inverse;
  });
}

function clamp(columns: readonly Column[], min: Float64Array | undefined, max: Float64Array | undefined): Value {
  const clamped = mapped(columns, (value, step) => {
    const floored = min === undefined ? value : Math.max(min[step] ?? NaN, value);
    return max === undefined ? floored : Math.min(max[step] ?? NaN, floored);
  });
  const results = columnsOf(clamped).map((column) => ({
    ...column,
    present: column.present.map((own, step) => ((min?.[step] ?? -Infinity) > (max?.[step] ?? Infinity) ? 0 : own)),
  }));
  return { kind: 'vector', columns: results };
}

/** Order matters to an instant query only. */
function sorted(columns: readonly Column[], descending: boolean, { grid }: Evaluation): Value {
  if (grid.count > 1) {
    return { kind: 'vector', columns };
  }
  const valueOf = (column: Column): number => column.values[0] ?? NaN;
  const order = (a: Column, b: Column): number => {
    const difference = compareNanFirst(valueOf(a), valueOf(b));
    return descending || Number.isNaN(valueOf(a)) || Number.isNaN(valueOf(b)) ? -difference : difference;
  };
  return { kind: 'vector', columns: columns.filter(hasValue).sort(order) };
}
