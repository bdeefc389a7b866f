import type { ValueType } from './ast.ts';

export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of `args`, from the end, may be left out. */
  readonly optional: number;
  readonly result: ValueType;
}

const vector = 'instant vector';
const overVector: Signature = { args: [vector], optional: 0, result: vector };
const overTime: Signature = { args: ['range vector'], optional: 0, result: vector };

const signatures: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ['abs', overVector],
  ['absent', overVector],
  ['avg_over_time', overTime],
  ['ceil', overVector],
  ['clamp', { args: [vector, 'scalar', 'scalar'], optional: 0, result: vector }],
  ['clamp_max', { args: [vector, 'scalar'], optional: 0, result: vector }],
  ['clamp_min', { args: [vector, 'scalar'], optional: 0, result: vector }],
  ['count_over_time', overTime],
  ['exp', overVector],
  ['floor', overVector],
  ['last_over_time', overTime],
  ['ln', overVector],
  ['log10', overVector],
  ['log2', overVector],
  ['max_over_time', overTime],
  ['min_over_time', overTime],
  ['quantile_over_time', { args: ['scalar', 'range vector'], optional: 0, result: vector }],
  ['round', { args: [vector, 'scalar'], optional: 1, result: vector }],
  ['scalar', { args: [vector], optional: 0, result: 'scalar' }],
  ['sgn', overVector],
  ['sort', overVector],
  ['sort_desc', overVector],
  ['sqrt', overVector],
  ['stddev_over_time', overTime],
  ['stdvar_over_time', overTime],
  ['sum_over_time', overTime],
  ['time', { args: [], optional: 0, result: 'scalar' }],
  ['vector', { args: ['scalar'], optional: 0, result: vector }],
]);

const forCounters = new Set(['rate', 'irate', 'increase', 'resets']);
const trends = new Set(['delta', 'idelta', 'deriv', 'predict_linear', 'double_exponential_smoothing', 'changes']);

/** The types of a function's arguments and result; undefined when it is not available. */
export function signatureOf(name: string): Signature | undefined {
  return signatures.get(name);
}

/** Why a function of Prometheus is not available here, and what to do instead. */
export function whyUnavailable(name: string): string {
  if (forCounters.has(name)) {
    return `${name}() is not available on forecast series: they are levels, not counters. Put ${name}() into the query of the job, so that the rate itself is forecast`;
  }
  if (trends.has(name)) {
    return `${name}() is not available on forecast series: they already say what comes next. Read them with offset or @, or use it in the query of the job`;
  }
  if (name.startsWith('histogram_')) {
    return `${name}() is not available on forecast series: there are no histograms among them. Put ${name}() into the query of the job`;
  }
  return `${name}() is not available on forecast series. Available are: ${[...signatures.keys()].join(', ')}`;
}
