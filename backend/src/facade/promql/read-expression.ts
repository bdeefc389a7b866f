import type { SyntaxNode } from '@lezer/common';
import {
  type Aggregation,
  type Binary,
  type BinaryOperator,
  type Expression,
  type LabelChoice,
  valueTypeOf,
} from './ast.ts';
import { signatureOf, whyUnavailable } from './functions.ts';
import { parseNumber, unquote } from './literals.ts';
import { isSelectorNode, readSelector } from './read-selector.ts';
import { expressionChildren, faultAt, parseSyntax } from './syntax.ts';

const maxNesting = 50;

const operators = new Map<string, BinaryOperator>([
  ['Add', '+'],
  ['Sub', '-'],
  ['Mul', '*'],
  ['Div', '/'],
  ['Mod', '%'],
  ['Pow', '^'],
  ['Eql', '=='],
  ['Neq', '!='],
  ['Gtr', '>'],
  ['Lss', '<'],
  ['Gte', '>='],
  ['Lte', '<='],
  ['And', 'and'],
  ['Or', 'or'],
  ['Unless', 'unless'],
]);
const comparisons: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);
const setOperators: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

const aggregations = new Map<string, Aggregation>(
  (['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar', 'quantile', 'topk', 'bottomk'] as const).map(
    (name) => [name, name]
  )
);
const parameterised: ReadonlySet<string> = new Set(['quantile', 'topk', 'bottomk']);

/** A node with what is needed to read it and to say where it stands. */
export interface Place {
  readonly node: SyntaxNode;
  readonly query: string;
  readonly nesting: number;
}

/**
 * Reads a PromQL expression into the part of the language that own series answer; value types are checked.
 * @throws PromqlError `bad_data` at a syntax or type error, and for what is not available, naming it
 */
export function readExpression(query: string): Expression {
  return readNode({ node: parseSyntax(query), query, nesting: 0 });
}

function readNode(place: Place): Expression {
  const { node, query } = place;
  if (place.nesting > maxNesting) {
    throw faultAt(query, node.from, `the expression is nested more than ${maxNesting} deep; make it simpler`);
  }
  if (isSelectorNode(node)) {
    return readSelector(node, query);
  }
  switch (node.name) {
    case 'NumberDurationLiteral':
      return { kind: 'number', value: readNumber(place) };
    case 'StringLiteral':
      return { kind: 'string', value: readString(node, query) };
    case 'ParenExpr':
      return readNode(childPlace(place, onlyChild(place)));
    case 'UnaryExpr':
      return readUnary(place);
    case 'BinaryExpr':
      return readBinary(place);
    case 'AggregateExpr':
      return readAggregate(place);
    case 'FunctionCall':
      return readCall(place);
    default:
      throw faultAt(query, node.from, `${unavailableName(node)} is not available on forecast series`);
  }
}

function unavailableName(node: SyntaxNode): string {
  const names: Readonly<Record<string, string>> = {
    SubqueryExpr: 'a subquery such as x[1h:5m]',
    AnchoredExpr: 'the modifier "anchored"',
    SmoothedExpr: 'the modifier "smoothed"',
  };
  return names[node.name] ?? node.name;
}

function childPlace(place: Place, node: SyntaxNode): Place {
  return { node, query: place.query, nesting: place.nesting + 1 };
}

function textOf(place: Place): string {
  return place.query.slice(place.node.from, place.node.to);
}

function onlyChild(place: Place): SyntaxNode {
  const child = expressionChildren(place.node)[0];
  if (child === undefined) {
    throw faultAt(place.query, place.node.from, 'an expression is missing here');
  }
  return child;
}

function readNumber(place: Place): number {
  const value = parseNumber(textOf(place));
  if (value === undefined) {
    throw faultAt(place.query, place.node.from, `${JSON.stringify(textOf(place))} is not a number`);
  }
  return value;
}

/** @throws PromqlError `bad_data` at an unknown escape sequence */
export function readString(node: SyntaxNode, query: string): string {
  const text = unquote(query.slice(node.from, node.to));
  if (text === undefined) {
    throw faultAt(query, node.from, 'the string has an escape sequence that PromQL does not know');
  }
  return text;
}

function readUnary(place: Place): Expression {
  const [sign, operandNode] = expressionChildren(place.node);
  if (sign === undefined || operandNode === undefined) {
    throw faultAt(place.query, place.node.from, 'an expression is missing here');
  }
  const operand = readNode(childPlace(place, operandNode));
  const type = valueTypeOf(operand);
  if (type !== 'scalar' && type !== 'instant vector') {
    throw faultAt(place.query, place.node.from, `a sign needs a scalar or an instant vector, this is a ${type}`);
  }
  return place.query[sign.from] === '-' ? { kind: 'negate', operand } : operand;
}

function readBinary(place: Place): Expression {
  const children = expressionChildren(place.node);
  const leftNode = children[0];
  const rightNode = children.at(-1);
  const operator = children.map((child) => operators.get(child.name)).find((found) => found !== undefined);
  if (leftNode === undefined || rightNode === undefined || operator === undefined) {
    throw unavailableBinary(place, children);
  }
  if (operator === '^' && leftNode.name === 'NumberDurationLiteral' && place.query[leftNode.from] === '-') {
    // The grammar takes the sign into the literal, but a power binds tighter than a sign: -1 ^ 2 is -(1 ^ 2).
    return { kind: 'negate', operand: binaryOf(place, '^', [absolute(place, leftNode), rightNode]) };
  }
  return binaryOf(place, operator, [readNode({ ...place, node: leftNode }), rightNode]);
}

function absolute(place: Place, node: SyntaxNode): Expression {
  return { kind: 'number', value: -readNumber({ ...place, node }) };
}

function unavailableBinary(place: Place, children: readonly SyntaxNode[]): Error {
  const operatorNode = children[1] ?? place.node;
  const name = place.query.slice(operatorNode.from, operatorNode.to);
  return faultAt(place.query, operatorNode.from, `the operator ${name} is not available on forecast series`);
}

function binaryOf(place: Place, operator: BinaryOperator, sides: readonly [Expression, SyntaxNode]): Binary {
  const [left, rightNode] = sides;
  const binary: Binary = {
    kind: 'binary',
    operator,
    bool: place.node.getChild('BoolModifier') !== null,
    matching: readMatching(place),
    left,
    right: readNode(childPlace(place, rightNode)),
  };
  checkBinary(place, binary);
  return binary;
}

function readMatching(place: Place): LabelChoice {
  const clause = place.node.getChild('MatchingModifierClause');
  if (place.node.getChild('FillModifier') !== null) {
    throw faultAt(place.query, place.node.from, 'the modifier "fill" is not available on forecast series');
  }
  const many = clause?.getChild('GroupLeft') ?? clause?.getChild('GroupRight');
  if (many !== undefined && many !== null) {
    const name = place.query.slice(many.from, many.to);
    throw faultAt(
      place.query,
      many.from,
      `${name} is not available on forecast series: aggregate one side so that each series has one partner`
    );
  }
  if (clause === null) {
    return { keep: 'others', labels: [] };
  }
  const keep = clause.getChild('On') === null ? 'others' : 'listed';
  return { keep, labels: readLabelNames(clause.getChild('GroupingLabels'), place.query) };
}

function checkBinary(place: Place, binary: Binary): void {
  const types = [valueTypeOf(binary.left), valueTypeOf(binary.right)];
  const wrong = types.find((type) => type !== 'scalar' && type !== 'instant vector');
  const fault = (message: string): Error => faultAt(place.query, place.node.from, message);
  if (wrong !== undefined) {
    throw fault(`the operator ${binary.operator} needs scalars or instant vectors, one side is a ${wrong}`);
  }
  if (binary.bool && !comparisons.has(binary.operator)) {
    throw fault('the modifier bool goes with comparisons only');
  }
  if (setOperators.has(binary.operator) && types.includes('scalar')) {
    throw fault(`the set operator "${binary.operator}" does not take a scalar`);
  }
  if (comparisons.has(binary.operator) && !binary.bool && types.every((type) => type === 'scalar')) {
    throw fault(`comparing two scalars needs the modifier bool: ${binary.operator} bool`);
  }
  if (types.includes('scalar') && place.node.getChild('MatchingModifierClause') !== null) {
    throw fault('on(…) and ignoring(…) pair two vectors, one side is a scalar');
  }
}

/** The names in `on(…)`, `ignoring(…)`, `by(…)` and `without(…)`. */
function readLabelNames(list: SyntaxNode | null, query: string): string[] {
  return list === null
    ? []
    : expressionChildren(list).map((node) => {
        const quoted = node.getChild('StringLiteral');
        return quoted === null ? query.slice(node.from, node.to) : readString(quoted, query);
      });
}

function readAggregate(place: Place): Expression {
  const { node, query } = place;
  const name = query.slice(node.from, node.getChild('AggregateOp')?.to ?? node.from).toLowerCase();
  const aggregation = aggregations.get(name);
  if (aggregation === undefined) {
    throw faultAt(query, node.from, `${name}() is not available on forecast series`);
  }
  const modifier = node.getChild('AggregateModifier');
  const args = readArguments(place);
  const parameter = parameterised.has(name) ? args.shift() : undefined;
  const [operand, surplus] = args;
  if (operand === undefined || surplus !== undefined) {
    throw faultAt(
      query,
      node.from,
      `${name}() takes ${parameterised.has(name) ? 'a number and a vector' : 'one vector'}`
    );
  }
  requireType(place, name, operand, 'instant vector');
  if (parameter !== undefined) {
    requireType(place, name, parameter, 'scalar');
  }
  const keep = modifier?.getChild('Without') == null ? 'listed' : 'others';
  const grouping: LabelChoice = { keep, labels: readLabelNames(modifier?.getChild('GroupingLabels') ?? null, query) };
  return { kind: 'aggregate', aggregation, grouping, parameter, operand };
}

function readArguments(place: Place): Expression[] {
  const body = place.node.getChild('FunctionCallBody');
  return body === null ? [] : expressionChildren(body).map((node) => readNode(childPlace(place, node)));
}

function readCall(place: Place): Expression {
  const { node, query } = place;
  const identifier = node.getChild('FunctionIdentifier');
  const name = identifier === null ? '' : query.slice(identifier.from, identifier.to);
  const signature = signatureOf(name);
  if (signature === undefined) {
    throw faultAt(query, node.from, whyUnavailable(name));
  }
  const args = readArguments(place);
  const most = signature.args.length;
  if (args.length > most || args.length < most - signature.optional) {
    throw faultAt(
      query,
      node.from,
      `${name}() takes ${most} argument${most === 1 ? '' : 's'}, there are ${args.length}`
    );
  }
  args.forEach((arg, i) => requireType(place, name, arg, signature.args[i] ?? 'scalar'));
  return { kind: 'call', name, args, result: signature.result };
}

function requireType(place: Place, name: string, arg: Expression, expected: string): void {
  const type = valueTypeOf(arg);
  if (type !== expected) {
    throw faultAt(place.query, place.node.from, `${name}() expects a value of type ${expected}, got ${type}`);
  }
}
