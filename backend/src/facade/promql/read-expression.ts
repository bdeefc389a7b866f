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
import { readSelector } from './read-selector.ts';
import { type Chain, type Operand, takeApart } from './chain.ts';
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
/** From the operators that bind weakest to those that bind tightest. */
const precedence: ReadonlyArray<readonly BinaryOperator[]> = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '>', '<', '>=', '<='],
  ['+', '-'],
  ['*', '/', '%'],
  ['^'],
];
const comparisons: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);
const setOperators: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

const aggregations = new Map<string, Aggregation>(
  (['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar', 'quantile', 'topk', 'bottomk'] as const).map(
    (name) => [name, name]
  )
);
const parameterised: ReadonlySet<string> = new Set(['quantile', 'topk', 'bottomk']);

/** A node with what is needed to read it and to say where it stands. */
interface Place {
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
  if (place.nesting > maxNesting) {
    throw faultAt(
      place.query,
      place.node.from,
      `the expression is nested more than ${maxNesting} deep; make it simpler`
    );
  }
  const chain = takeApart(place.node, place.query);
  const cursor = { operand: 0 };
  return readOperations(place, chain, cursor, 0);
}

/** Puts a chain together by precedence climbing: operators that bind at least as tight as `lowest`. */
function readOperations(place: Place, chain: Chain, cursor: { operand: number }, lowest: number): Expression {
  let left = readSigned(place, chain, cursor);
  for (;;) {
    const node = chain.operators[cursor.operand - 1];
    const operator = node === undefined ? undefined : readOperator({ ...place, node });
    if (node === undefined || operator === undefined || precedenceOf(operator) < lowest) {
      return left;
    }
    const tighter = operator === '^' ? 0 : 1;
    const right = readOperations(place, chain, cursor, precedenceOf(operator) + tighter);
    left = binaryOf({ ...place, node }, operator, left, right);
  }
}

/** An operand with its sign, which binds weaker than a power and as tight as a product. */
function readSigned(place: Place, chain: Chain, cursor: { operand: number }): Expression {
  const operand = chain.operands[cursor.operand];
  cursor.operand += 1;
  if (operand === undefined) {
    throw faultAt(place.query, place.node.to, 'an expression is missing here');
  }
  const positive = { ...operand, negative: false };
  if (!operand.negative) {
    return readOperand(place, operand);
  }
  const operands = chain.operands.with(cursor.operand - 1, positive);
  cursor.operand -= 1;
  return negated(place, readOperations(place, { ...chain, operands }, cursor, precedenceOf('^')));
}

function negated(place: Place, operand: Expression): Expression {
  const type = valueTypeOf(operand);
  if (type !== 'scalar' && type !== 'instant vector') {
    throw faultAt(place.query, place.node.from, `a sign needs a scalar or an instant vector, this is a ${type}`);
  }
  return operand.kind === 'number' ? { kind: 'number', value: -operand.value } : { kind: 'negate', operand };
}

function readOperand(chainPlace: Place, { node, modifiers }: Operand): Expression {
  const place = { ...chainPlace, node };
  const [modifier] = modifiers;
  if (node.name === 'VectorSelector') {
    return readSelector(node, modifiers, place.query);
  }
  if (modifier !== undefined) {
    throw faultAt(place.query, modifier.from, `${unavailableName(modifier)}; offset, @ and [range] follow a selector`);
  }
  return readPrimary(place);
}

function readPrimary(place: Place): Expression {
  const { node, query } = place;
  switch (node.name) {
    case 'NumberDurationLiteral':
      return { kind: 'number', value: Math.abs(readNumber(place)) };
    case 'StringLiteral':
      return { kind: 'string', value: readString(node, query) };
    case 'ParenExpr':
      return readNode(childPlace(place, onlyChild(place)));
    case 'AggregateExpr':
      return readAggregate(place);
    case 'FunctionCall':
      return readCall(place);
    default:
      throw faultAt(query, node.from, unavailableName(node));
  }
}

function unavailableName(node: SyntaxNode): string {
  const names: Readonly<Record<string, string>> = {
    SubqueryExpr: 'a subquery such as x[1h:5m]',
    AnchoredExpr: 'the modifier "anchored"',
    SmoothedExpr: 'the modifier "smoothed"',
    OffsetExpr: 'offset on a computed value',
    StepInvariantExpr: '@ on a computed value',
    MatrixSelector: 'a range of a computed value',
  };
  return `${names[node.name] ?? node.name} is not available on forecast series`;
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
function readString(node: SyntaxNode, query: string): string {
  const text = unquote(query.slice(node.from, node.to));
  if (text === undefined) {
    throw faultAt(query, node.from, 'the string has an escape sequence that PromQL does not know');
  }
  return text;
}

function readOperator(place: Place): BinaryOperator {
  const found = expressionChildren(place.node).find(({ name }) => operators.has(name) || name === 'Atan2');
  const operator = operators.get(found?.name ?? '');
  if (operator === undefined) {
    throw faultAt(
      place.query,
      found?.from ?? place.node.from,
      'the operator atan2 is not available on forecast series'
    );
  }
  return operator;
}

function precedenceOf(operator: BinaryOperator): number {
  return precedence.findIndex((level) => level.includes(operator));
}

function binaryOf(place: Place, operator: BinaryOperator, left: Expression, right: Expression): Binary {
  const bool = place.node.getChild('BoolModifier') !== null;
  const binary: Binary = { kind: 'binary', operator, bool, matching: readMatching(place), left, right };
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
