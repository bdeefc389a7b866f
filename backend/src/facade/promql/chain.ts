import type { SyntaxNode } from '@lezer/common';
import { expressionChildren } from './syntax.ts';

/** One operand of a chain of binary operators, with what stands before and after it. */
export interface Operand {
  /** The node without its signs and modifiers. */
  readonly node: SyntaxNode;
  /** True when an odd number of minus signs stands before it. */
  negative: boolean;
  /** `offset`, `@` and `[range]` nodes, in the order they are written. */
  readonly modifiers: SyntaxNode[];
}

/** `a + b offset 5m * c` as its operands and, between them, the nodes that hold the operators. */
export interface Chain {
  readonly operands: readonly Operand[];
  readonly operators: readonly SyntaxNode[];
}

const modifierNodes: ReadonlySet<string> = new Set([
  'OffsetExpr',
  'StepInvariantExpr',
  'MatrixSelector',
  'SubqueryExpr',
]);

/**
 * Takes a chain of binary operators apart. The published grammar gives modifiers no precedence: it hangs `offset` of
 * `a + b offset 5m` on the whole sum, where Prometheus means `b` only. In the order of the text each modifier belongs to
 * the operand before it and each sign to the one after it, so the chain is read in that order and put together by
 * precedence afterwards. Parentheses end a chain.
 */
export function takeApart(node: SyntaxNode, query: string): Chain {
  const operands: Operand[] = [];
  const operators: SyntaxNode[] = [];
  collect(node, false);
  return { operands, operators };

  function collect(part: SyntaxNode, negative: boolean): void {
    const children = expressionChildren(part);
    const [first] = children;
    const last = children.at(-1);
    if (first === undefined || last === undefined) {
      operands.push({ node: part, negative: negative !== isNegative(part), modifiers: [] });
    } else if (part.name === 'BinaryExpr') {
      collect(first, negative);
      operators.push(part);
      collect(last, false);
    } else if (part.name === 'UnaryExpr') {
      collect(last, negative !== isNegative(first));
    } else if (modifierNodes.has(part.name)) {
      collect(first, negative);
      operands.at(-1)?.modifiers.push(part);
    } else {
      operands.push({ node: part, negative, modifiers: [] });
    }
  }

  /** A sign, or a number that the grammar took the sign into: `-1 ^ 2` is -(1 ^ 2). */
  function isNegative(part: SyntaxNode): boolean {
    return (part.name === 'UnaryOp' || part.name === 'NumberDurationLiteral') && query[part.from] === '-';
  }
}
