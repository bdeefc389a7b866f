import type { Matcher } from '../own-series.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<=';
type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

export type Aggregation =
  'sum' | 'avg' | 'min' | 'max' | 'count' | 'group' | 'stddev' | 'stdvar' | 'quantile' | 'topk' | 'bottomk';

/** Which labels pair the two sides of a binary operation, or make the groups of an aggregation. */
export interface LabelChoice {
  /** `listed`: on(…), by(…). `others`: ignoring(…), without(…). */
  readonly keep: 'listed' | 'others';
  readonly labels: readonly string[];
}

/** The instant a selector reads at: the evaluation time, or one fixed by `@`. */
export type At = 'evaluation' | 'start' | 'end' | { readonly ms: number };

export interface Selector {
  readonly kind: 'selector';
  readonly matchers: readonly Matcher[];
  /** Set for a range vector: `x[5m]`. */
  readonly rangeMs: number | undefined;
  readonly offsetMs: number;
  readonly at: At;
}

export interface Binary {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly bool: boolean;
  readonly matching: LabelChoice;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly aggregation: Aggregation;
  readonly grouping: LabelChoice;
  /** The k of topk, the φ of quantile. */
  readonly parameter: Expression | undefined;
  readonly operand: Expression;
}

export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expression[];
  readonly result: ValueType;
}

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'negate'; readonly operand: Expression }
  | Selector
  | Binary
  | Aggregate
  | Call;

/** Names of the value types as Prometheus' messages have them. */
export type ValueType = 'scalar' | 'instant vector' | 'range vector' | 'string';

/** What kind of value an expression has. */
export function valueTypeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'negate':
      return valueTypeOf(expression.operand);
    case 'selector':
      return expression.rangeMs === undefined ? 'instant vector' : 'range vector';
    case 'binary':
      return valueTypeOf(expression.left) === 'scalar' && valueTypeOf(expression.right) === 'scalar'
        ? 'scalar'
        : 'instant vector';
    case 'aggregate':
      return 'instant vector';
    case 'call':
      return expression.result;
  }
}
