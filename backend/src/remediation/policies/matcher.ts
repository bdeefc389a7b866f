import { RE2JS } from 're2js';
import type { Labels } from '../../timeseries/series.ts';
import { AppError, messageOf } from '../../errors.ts';

export type MatcherOperator = '=' | '!=' | '=~' | '!~';

/** One condition on a label of an alert. */
export interface Matcher {
  readonly label: string;
  readonly operator: MatcherOperator;
  readonly value: string;
  /** Whether a value fits; a label that is missing has the value ''. */
  readonly fits: (value: string) => boolean;
}

const shape = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s;
const quoted = /^"(?:[^"\\]|\\["\\n])*"$/s;

/**
 * Reads a matcher as Alertmanager writes it: `severity=~"critical|warning"`; a value without blanks and commas may stand
 * without quotes. Expressions are RE2, so that no label can make them slow, and must fit the whole value.
 * @throws AppError `invalid_request` that names what is wrong
 * @see https://prometheus.io/docs/alerting/latest/configuration/#matcher
 */
export function parseMatcher(text: string): Matcher {
  const [, label = '', operator = '', raw = ''] = shape.exec(text) ?? [];
  if (label === '') {
    throw new AppError('invalid_request', `"${text}" is not a matcher such as severity=~"critical|warning"`);
  }
  return createMatcher(label, operator as MatcherOperator, valueOf(raw, text));
}

/** True when every matcher fits; a missing label counts as empty. */
export function fitsAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every(({ label, fits }) => fits(Object.hasOwn(labels, label) ? (labels[label] ?? '') : ''));
}

function valueOf(raw: string, text: string): string {
  if (!raw.startsWith('"')) {
    if (/["'\s,{}]/.test(raw)) {
      throw new AppError('invalid_request', `${text}: a value with blanks, commas or quotes stands in double quotes`);
    }
    return raw;
  }
  if (!quoted.test(raw)) {
    throw new AppError('invalid_request', `${text}: the value does not end in a quote; write \\" and \\\\ inside it`);
  }
  return raw.slice(1, -1).replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

/** @throws AppError `invalid_request` for an expression that can't be read */
export function createMatcher(label: string, operator: MatcherOperator, value: string): Matcher {
  switch (operator) {
    case '=':
      return { label, operator, value, fits: (text) => text === value };
    case '!=':
      return { label, operator, value, fits: (text) => text !== value };
    case '=~':
    case '!~': {
      const expression = compile(label, value);
      return { label, operator, value, fits: (text) => expression.testExact(text) === (operator === '=~') };
    }
  }
}

function compile(label: string, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (cause) {
    const hint = 'lookaround and back references do not exist in RE2';
    throw new AppError('invalid_request', `${label}: the expression can't be read (${messageOf(cause)}); ${hint}`, {
      cause,
    });
  }
}
