import { RE2JS } from 're2js';
import type { Labels } from '../../timeseries/series.ts';
import type { MatchOperator, Matcher } from '../own-series.ts';
import { PromqlError } from './promql-error.ts';

const maxRemembered = 20_000;

/**
 * A label matcher. Regexes are RE2 (linear time), anchored at both ends, and `.` matches a newline as in Prometheus 3.
 * @throws PromqlError `bad_data` when the regex is not valid
 */
export function createMatcher(name: string, operator: MatchOperator, value: string): Matcher {
  if (operator === '=' || operator === '!=') {
    return { name, operator, value, matches: (text) => (text === value) === (operator === '=') };
  }
  const test = anchoredTest(name, value);
  return { name, operator, value, matches: (text) => test(text) === (operator === '=~') };
}

function anchoredTest(name: string, pattern: string): (text: string) => boolean {
  const regex = compile(name, pattern);
  // A label has few values and many series: each value is tested once.
  const remembered = new Map<string, boolean>();
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) {
      return known;
    }
    const answer = regex.matches(text);
    if (remembered.size < maxRemembered) {
      remembered.set(text, answer);
    }
    return answer;
  };
}

function compile(name: string, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PromqlError('bad_data', `the regex of label ${JSON.stringify(name)} can't be read: ${reason}`);
  }
}

/** True when all matchers accept the label set; a label that is missing counts as empty. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labels[matcher.name] ?? ''));
}
