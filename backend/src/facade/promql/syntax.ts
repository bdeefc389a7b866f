import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode, Tree } from '@lezer/common';
import { PromqlError } from './promql-error.ts';

const maxLength = 10_000;

/**
 * Parses PromQL with Prometheus' own published grammar.
 * @returns the top node of the expression
 * @throws PromqlError `bad_data` with line and column of the first fault
 */
export function parseSyntax(query: string): SyntaxNode {
  if (query.length > maxLength) {
    throw new PromqlError(
      'bad_data',
      `the expression has ${query.length} characters; at most ${maxLength} are accepted: split it into several queries`
    );
  }
  const tree = parser.parse(query);
  refuseFaults(tree, query);
  const top = expressionChildren(tree.topNode)[0];
  if (top === undefined) {
    throw new PromqlError('bad_data', '1:1: parse error: the expression is empty');
  }
  return top;
}

/** Children without comments. */
export function expressionChildren(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') {
      children.push(child);
    }
  }
  return children;
}

/** An error at a place of the expression, as `line:column: parse error: …`. */
export function faultAt(query: string, position: number, message: string): PromqlError {
  const before = query.slice(0, position).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return new PromqlError('bad_data', `${before.length}:${column}: parse error: ${message}`);
}

function refuseFaults(tree: Tree, query: string): void {
  const cursor = tree.cursor();
  do {
    if (cursor.type.isError) {
      throw faultAt(query, cursor.from, describeFault(cursor.node, query));
    }
  } while (cursor.next());
}

function describeFault(fault: SyntaxNode, query: string): string {
  const rest = query.slice(fault.from).trimStart();
  const word = /^(?:[\w.:]+|.)/s.exec(rest)?.[0];
  if (word === undefined) {
    return query.trim() === '' ? 'the expression is empty' : 'unexpected end of the expression';
  }
  const name = calledName(fault, query);
  if (name !== undefined && rest.startsWith('(')) {
    return `unknown function "${name}"`;
  }
  return `unexpected ${JSON.stringify(word)}`;
}

/** The identifier right before the fault, when there is one: `foo` in `foo(`. */
function calledName(fault: SyntaxNode, query: string): string | undefined {
  const before = fault.prevSibling;
  return before?.name === 'Identifier' ? query.slice(before.from, before.to) : undefined;
}
