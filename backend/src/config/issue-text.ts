import type { z } from 'zod';
import { suggestion } from './nearest.ts';
import { keysAt } from './zod-schema.ts';

type Issue = z.core.$ZodIssue;

/** A fault of a value: the path of the part that is wrong, the key when it is about a key, and a sentence. */
export interface IssueText {
  readonly path: readonly PropertyKey[];
  readonly key?: string;
  readonly message: string;
}

/** What is wrong with a value that a schema refused, in a person's words. */
export function issueTexts(schema: z.ZodType, issue: Issue): readonly IssueText[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({
      path: issue.path,
      key,
      message: `unknown key "${key}"${suggestion(key, known)}`,
    }));
  }
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch !== undefined) {
      return branch.flatMap((inner) => issueTexts(schema, { ...inner, path: [...issue.path, ...inner.path] }));
    }
    const expected = issue.errors.map((errors) => expectation(errors[0])).join(' or ');
    return [{ path: issue.path, message: named(issue.path, `expected ${expected}`) }];
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues.map((inner) => inner.message).join(', ');
    return [{ path: issue.path, message: named(issue.path.slice(0, -1), expected) }];
  }
  if (isMissing(issue)) {
    return [{ path: issue.path, message: `"${keyName(issue.path)}" is missing: expected ${expectation(issue)}` }];
  }
  if (issue.code === 'custom' && !issue.message.startsWith('expected')) {
    // a sentence of its own, about more than one key
    return [{ path: issue.path, message: issue.message }];
  }
  return [{ path: issue.path, message: named(issue.path, sentence(issue)) }];
}

/** The alternative that got furthest: one that failed inside the value, or with a sentence of its own. */
function closestBranch(branches: readonly Issue[][]): Issue[] | undefined {
  return branches.find((issues) => issues.some((issue) => issue.path.length > 0 || issue.code === 'invalid_format'));
}

function isMissing(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.input === undefined;
}

function keyName(path: readonly PropertyKey[]): string {
  return String(path.findLast((part) => typeof part === 'string') ?? '');
}

function named(path: readonly PropertyKey[], text: string): string {
  const key = keyName(path);
  return key === '' ? text : `${key}: ${text}`;
}

function sentence(issue: Issue): string {
  // zod's own texts begin with "Invalid …" or "Too …"; a schema's own sentence says what was expected
  return issue.message.startsWith('expected') ? issue.message : `expected ${expectation(issue)}${received(issue)}`;
}

function received(issue: Issue): string {
  if (issue.code === 'invalid_type') {
    return `, found ${kindOf(issue.input)}`;
  }
  return ['string', 'number', 'boolean'].includes(typeof issue.input) ? `, found ${String(issue.input)}` : '';
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) {
    return 'nothing';
  }
  if (typeof value === 'object') {
    return Array.isArray(value) ? 'a list' : 'a map of keys';
  }
  return `the ${typeof value} ${String(value)}`;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

function expectation(issue: Issue | undefined): string {
  switch (issue?.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}${sizeUnit(issue.origin)}`;
    case 'too_big':
      return `at most ${issue.maximum}${sizeUnit(issue.origin)}`;
    case undefined:
      return 'another value';
    default:
      return issue?.message.replace(/^expected /, '') ?? 'another value';
  }
}

function sizeUnit(origin: string): string {
  switch (origin) {
    case 'string':
      return ' characters';
    case 'array':
      return ' entries';
    default:
      return '';
  }
}
