import type { SyntaxNode } from '@lezer/common';
import type { MatchOperator, Matcher } from '../own-series.ts';
import type { At, Selector } from './ast.ts';
import { parseNumber, unquote } from './literals.ts';
import { createMatcher } from './matcher.ts';
import { expressionChildren, faultAt, parseSyntax } from './syntax.ts';

const matchOperators = new Map<string, MatchOperator>([
  ['EqlSingle', '='],
  ['Neq', '!='],
  ['EqlRegex', '=~'],
  ['NeqRegex', '!~'],
]);

/**
 * The matchers of a plain series selector, as `match[]` holds it.
 * @throws PromqlError `bad_data` when the text is anything else
 */
export function readSeriesSelector(text: string): readonly Matcher[] {
  const node = parseSyntax(text);
  if (node.name !== 'VectorSelector') {
    throw faultAt(text, node.from, 'match[] takes a plain series selector such as yhat{for="checkout-latency"}');
  }
  return readMatchers(node, text);
}

/**
 * A selector with its modifiers: range, offset and `@`.
 * @param modifiers the nodes that hold them, in the order they are written
 * @throws PromqlError `bad_data` when a modifier is given twice or is not available
 */
export function readSelector(node: SyntaxNode, modifiers: readonly SyntaxNode[], query: string): Selector {
  let rangeMs: number | undefined;
  let offsetMs: number | undefined;
  let at: At | undefined;
  for (const modifier of modifiers) {
    if (modifier.name === 'OffsetExpr') {
      refuseSecond(offsetMs, 'offset', { node: modifier, query });
      offsetMs = readOffsetMs(modifier, query);
    } else if (modifier.name === 'StepInvariantExpr') {
      refuseSecond(at, '@', { node: modifier, query });
      at = readAt(modifier, query);
    } else if (modifier.name === 'MatrixSelector' && rangeMs === undefined && modifiers[0] === modifier) {
      rangeMs = readRangeMs(modifier, query);
    } else {
      throw faultAt(
        query,
        node.from,
        'a selector takes one [range], right after it; subqueries such as x[1h:5m] are not available'
      );
    }
  }
  const matchers = readMatchers(node, query);
  return { kind: 'selector', matchers, rangeMs, offsetMs: offsetMs ?? 0, at: at ?? 'evaluation' };
}

interface Where {
  readonly node: SyntaxNode;
  readonly query: string;
}

function refuseSecond(first: unknown, name: string, { node, query }: Where): void {
  if (first !== undefined) {
    throw faultAt(query, node.from, `${name} is given twice on one selector`);
  }
}

function readOffsetMs(node: SyntaxNode, query: string): number {
  const written = node.getChild('OffsetDurationExpr');
  const text = written === null ? '' : query.slice(written.from, written.to).replaceAll(/[\s()]/g, '');
  const seconds = parseNumber(text);
  if (seconds === undefined || !Number.isFinite(seconds)) {
    throw faultAt(query, written?.from ?? node.to, 'offset takes one duration such as 24h or -24h');
  }
  return Math.round(seconds * 1000);
}

function readRangeMs(node: SyntaxNode, query: string): number {
  const written = node.getChild('DurationExpr');
  const seconds = parseNumber(written === null ? '' : query.slice(written.from, written.to));
  if (seconds === undefined || !(seconds > 0) || !Number.isFinite(seconds)) {
    throw faultAt(query, written?.from ?? node.to, 'a range takes one duration above zero, such as [1h]');
  }
  return Math.round(seconds * 1000);
}

function readAt(node: SyntaxNode, query: string): At {
  const preprocessor = node.getChild('AtModifierPreprocessors');
  if (preprocessor !== null) {
    return preprocessor.getChild('AtStart') === null ? 'end' : 'start';
  }
  const literal = node.getChild('NumberDurationLiteral');
  const seconds = parseNumber(literal === null ? '' : query.slice(literal.from, literal.to));
  if (seconds === undefined || !Number.isFinite(seconds)) {
    throw faultAt(query, node.from, '@ takes a time in unix seconds, start() or end()');
  }
  return { ms: Math.round(seconds * 1000) };
}

function readMatchers(node: SyntaxNode, query: string): Matcher[] {
  const identifier = node.getChild('Identifier');
  const matchers =
    identifier === null ? [] : [createMatcher('__name__', '=', query.slice(identifier.from, identifier.to))];
  const list = node.getChild('LabelMatchers');
  for (const child of list === null ? [] : expressionChildren(list)) {
    const matcher = readMatcher(child, query);
    if (matcher.name === '__name__' && matcher.operator === '=' && identifier !== null) {
      throw faultAt(query, child.from, 'the metric name is given twice');
    }
    matchers.push(matcher);
  }
  if (matchers.every((matcher) => matcher.matches(''))) {
    throw faultAt(query, node.from, 'a selector needs at least one matcher that does not accept an empty value');
  }
  return matchers;
}

function readMatcher(node: SyntaxNode, query: string): Matcher {
  if (node.name === 'QuotedLabelName') {
    return createMatcher('__name__', '=', quotedText(node, query));
  }
  const operator = matchOperators.get(node.getChild('MatchOp')?.firstChild?.name ?? '') ?? '=';
  const plain = node.getChild('LabelName');
  const quoted = node.getChild('QuotedLabelName');
  const name = plain === null ? quotedText(quoted ?? node, query) : query.slice(plain.from, plain.to);
  return createMatcher(name, operator, quotedText(node, query));
}

/** The string literal among the node's own children. */
function quotedText(node: SyntaxNode, query: string): string {
  const literal = node.getChild('StringLiteral');
  const text = literal === null ? undefined : unquote(query.slice(literal.from, literal.to));
  if (text === undefined) {
    throw faultAt(query, node.from, 'the string has an escape sequence that PromQL does not know');
  }
  return text;
}
