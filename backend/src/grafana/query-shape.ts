import type { SyntaxNode } from '@lezer/common';
import { parseNumber, unquote } from '../facade/promql/literals.ts';
import { PromqlError } from '../facade/promql/promql-error.ts';
import { expressionChildren, parseSyntax } from '../facade/promql/syntax.ts';
import { any, anyIdentifier, anyDurationSeconds, withoutVariables } from './query-variables.ts';

/** A label matcher; the value may hold `any` where the query has a variable. */
export interface ShapeMatcher {
  readonly name: string;
  readonly operator: string;
  readonly value: string;
}

/** A part of a query without what does not matter: white space, comments, brackets, the order of labels and clauses. */
export interface Shape {
  readonly kind: string;
  readonly text: string;
  readonly children: readonly Shape[];
  /** Of selectors, in the order of names. */
  readonly matchers: readonly ShapeMatcher[];
}

/** A PromQL query as it is compared with others. */
export interface QueryShape {
  readonly text: string;
  /** Undefined when the text is no PromQL. */
  readonly root: Shape | undefined;
  /** Its selectors, `text` being the metric. */
  readonly selectors: readonly Shape[];
}

/** Reads a query of a panel or a job; variables of Grafana stand for anything. Never throws. */
export function readQuery(text: string): QueryShape {
  const trimmed = text.trim();
  try {
    const plain = withoutVariables(trimmed);
    const root = shapeOf(parseSyntax(plain), plain);
    return { text: trimmed, root, selectors: selectorsOf(root) };
  } catch (error) {
    if (error instanceof PromqlError || error instanceof RangeError) {
      return { text: trimmed, root: undefined, selectors: [] };
    }
    throw error;
  }
}

function selectorsOf(shape: Shape): readonly Shape[] {
  return shape.kind === 'VectorSelector' ? [shape] : shape.children.flatMap(selectorsOf);
}

function shapeOf(node: SyntaxNode, query: string): Shape {
  const children = expressionChildren(node);
  const [first] = children;
  switch (node.name) {
    case 'ParenExpr':
      return first === undefined ? leaf(node.name, '') : shapeOf(first, query);
    case 'VectorSelector':
      return selectorOf(node, query);
    case 'AggregateExpr':
      return aggregateOf(children, query);
    case 'GroupingLabels':
      return { ...leaf(node.name, ''), children: children.map((child) => shapeOf(child, query)).toSorted(byText) };
    default:
      return first === undefined
        ? leaf(node.name, textOf(node, query))
        : { ...leaf(node.name, ''), children: children.map((child) => shapeOf(child, query)) };
  }
}

function leaf(kind: string, text: string): Shape {
  return { kind, text, children: [], matchers: [] };
}

/** The text of leaves that have a meaning of their own; keywords are told apart by their kind. */
function textOf(node: SyntaxNode, query: string): string {
  const written = query.slice(node.from, node.to);
  switch (node.name) {
    case 'StringLiteral':
      return unquote(written) ?? written;
    case 'NumberDurationLiteral':
    case 'NumberDurationLiteralInDurationContext': {
      const value = parseNumber(written);
      return value === anyDurationSeconds ? any : String(value ?? written);
    }
    case 'Identifier':
    case 'LabelName':
      return named(written);
    case 'UnaryOp':
      return written;
    default:
      return '';
  }
}

function named(written: string): string {
  return written.replaceAll(anyIdentifier, any);
}

/** `sum(x) by (a)` is `sum by (a) (x)`, and `sum by () (x)` is `sum(x)`. */
function aggregateOf(children: readonly SyntaxNode[], query: string): Shape {
  const order = ['AggregateOp', 'AggregateModifier', 'FunctionCallBody'];
  const parts = children
    .toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
    .map((child) => shapeOf(child, query))
    .filter((part) => part.kind !== 'AggregateModifier' || !isEmptyBy(part));
  return { ...leaf('AggregateExpr', ''), children: parts };
}

function isEmptyBy({ children: [keyword, labels] }: Shape): boolean {
  return keyword?.kind === 'By' && (labels?.children.length ?? 0) === 0;
}

function selectorOf(node: SyntaxNode, query: string): Shape {
  const identifier = node.getChild('Identifier');
  const matchers = expressionChildren(node)
    .filter(({ name }) => name === 'LabelMatchers')
    .flatMap((list) => expressionChildren(list))
    .map((matcher) => matcherOf(matcher, query));
  const metric = matchers.find(({ name, operator }) => name === '__name__' && operator === 'EqlSingle');
  const text = identifier === null ? (metric?.value ?? '') : named(query.slice(identifier.from, identifier.to));
  const others = matchers.filter((matcher) => matcher !== metric).toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  return { ...leaf('VectorSelector', text), matchers: others };
}

function matcherOf(node: SyntaxNode, query: string): ShapeMatcher {
  const [label, operator, value] = expressionChildren(node);
  if (label === undefined || operator === undefined || value === undefined) {
    // {"utf8.name"}: the metric itself.
    return { name: '__name__', operator: 'EqlSingle', value: label === undefined ? '' : textOf(label, query) };
  }
  return {
    name: label.name === 'LabelName' ? textOf(label, query) : quotedName(label, query),
    operator: operator.firstChild?.name ?? '',
    value: textOf(value, query),
  };
}

function quotedName(node: SyntaxNode, query: string): string {
  return textOf(node.getChild('StringLiteral') ?? node, query);
}

export function keyOf({ name, operator, value }: ShapeMatcher): string {
  return `${name} ${operator} ${value}`;
}

function byText(a: Shape, b: Shape): number {
  return compare(a.text, b.text);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
