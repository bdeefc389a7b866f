import type { SyntaxNode } from '@lezer/common';
import { parseDurationMs } from '../../contract/duration.ts';
import { AppError } from '../../errors.ts';
import { PromqlError } from '../../facade/promql/promql-error.ts';
import { expressionChildren, parseSyntax } from '../../facade/promql/syntax.ts';

/** What a query reads: its newest values say how old its answer is. */
export interface QuerySelector {
  /** PromQL, without its range. */
  readonly text: string;
  /** How far back of the instant it is asked for it looks; 0 for the newest values alone. */
  readonly rangeMs: number;
}

export interface ReadQuery {
  /** Without those that look elsewhere on purpose (`offset`, `@`). */
  readonly selectors: readonly QuerySelector[];
  /** Whether it can answer nothing when all is not well: it compares, or looks for absence. */
  readonly filters: boolean;
}

/** Each of them is one more question at every look. */
const mostSelectors = 10;
const comparisons: ReadonlySet<string> = new Set(['Eql', 'Neq', 'Gtr', 'Lss', 'Gte', 'Lte']);

/**
 * Reads the PromQL of a verification.
 * @param promql with its labels filled in
 * @throws AppError `invalid_request` for what is no PromQL, or reads nothing that could be new
 */
export function readQuery(promql: string): ReadQuery {
  const top = syntaxOf(promql);
  const selectors = selectorsOf(top, promql);
  if (selectors.length === 0) {
    throw invalid(promql, 'it reads no values of now: a recovery is judged by values that are newer than the run');
  }
  if (selectors.length > mostSelectors) {
    throw invalid(
      promql,
      `it reads ${selectors.length} selectors, at most ${mostSelectors} are allowed; record it as a rule`
    );
  }
  return { selectors, filters: filters(top) };
}

function syntaxOf(promql: string): SyntaxNode {
  try {
    return parseSyntax(promql);
  } catch (error) {
    if (error instanceof PromqlError) {
      throw invalid(promql, error.message);
    }
    throw error;
  }
}

function invalid(promql: string, fault: string): AppError {
  return new AppError('invalid_request', `the query ${JSON.stringify(promql.slice(0, 200))}: ${fault}`);
}

function selectorsOf(top: SyntaxNode, promql: string): QuerySelector[] {
  const found = new Map<string, QuerySelector>();
  const elsewhere = new Set<string>();
  const visit = (node: SyntaxNode, rangeMs: number) => {
    if (node.name === 'OffsetExpr' || node.name === 'StepInvariantExpr') {
      elsewhere.add(spanOf(modified(node)));
    }
    if (elsewhere.has(spanOf(node))) {
      return;
    }
    if (node.name === 'VectorSelector') {
      const text = promql.slice(node.from, node.to);
      found.set(text, { text, rangeMs: Math.max(rangeMs, found.get(text)?.rangeMs ?? 0) });
      return;
    }
    const inner = rangeMs + ownRangeMs(node, promql);
    expressionChildren(node).forEach((child) => {
      visit(child, inner);
    });
  };
  visit(top, 0);
  return [...found.values()];
}

/**
 * What `offset` or `@` belongs to: the grammar hangs it on all that stands before it, but it binds to the last operand.
 */
function modified(node: SyntaxNode): SyntaxNode {
  const inner = expressionChildren(node)[0] ?? node;
  if (inner.name === 'OffsetExpr' || inner.name === 'StepInvariantExpr') {
    return modified(inner);
  }
  let operand = inner;
  while (operand.name === 'BinaryExpr' || operand.name === 'UnaryExpr') {
    operand = expressionChildren(operand).at(-1) ?? inner;
  }
  return operand;
}

function spanOf({ from, to }: SyntaxNode): string {
  return `${from}-${to}`;
}

/** The range that a node adds to how far its operand looks back: `[5m]`, or the first part of `[5m:10s]`. */
function ownRangeMs(node: SyntaxNode, promql: string): number {
  if (node.name !== 'MatrixSelector' && node.name !== 'SubqueryExpr') {
    return 0;
  }
  const duration = node.getChild('DurationExpr');
  const text = duration === null ? '' : promql.slice(duration.from, duration.to);
  // A bare number is seconds; what can't be told counts as longer than any window.
  return parseDurationMs(text) ?? (/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Infinity);
}

/** Whether an expression can leave out samples for what they are. */
function filters(node: SyntaxNode): boolean {
  const children = expressionChildren(node);
  if (node.name === 'BinaryExpr') {
    const names = new Set(children.map(({ name }) => name));
    if (names.has('Unless')) {
      return true;
    }
    if ([...names].some((name) => comparisons.has(name))) {
      return !names.has('BoolModifier');
    }
    const operands = [children[0], children.at(-1)].map((operand) => operand !== undefined && filters(operand));
    return names.has('Or') ? operands.every(Boolean) : operands.some(Boolean);
  }
  if (node.name === 'FunctionCall' && /^Absent/.test(children[0]?.firstChild?.name ?? '')) {
    return true;
  }
  // vector() and scalar() make a value of nothing
  if (node.name === 'FunctionCall' && /^(Vector|Scalar)$/.test(children[0]?.firstChild?.name ?? '')) {
    return false;
  }
  return children.some(filters);
}
