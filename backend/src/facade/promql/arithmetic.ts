import type { ArithmeticOperator, BinaryOperator, ComparisonOperator } from './ast.ts';

const arithmetic: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
};

const comparison: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

/** IEEE 754 pow: unlike JavaScript's, 1 to any power is 1 and -1 to ±Inf is 1. */
function power(base: number, exponent: number): number {
  return base === 1 || (base === -1 && Math.abs(exponent) === Infinity) ? 1 : base ** exponent;
}

/** The function of an arithmetic operator; undefined for the others. */
export function arithmeticOf(operator: BinaryOperator): ((a: number, b: number) => number) | undefined {
  return operator in arithmetic ? arithmetic[operator as ArithmeticOperator] : undefined;
}

/** The test of a comparison operator; undefined for the others. */
export function comparisonOf(operator: BinaryOperator): ((a: number, b: number) => boolean) | undefined {
  return operator in comparison ? comparison[operator as ComparisonOperator] : undefined;
}
