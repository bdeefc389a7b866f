import type { PolicySpec } from '../../contract/remediation/policy.ts';
import { AppError } from '../../errors.ts';
import type { Labels } from '../../timeseries/series.ts';

const placeholder = /\{([a-zA-Z_][a-zA-Z0-9_]*)\}/g;

/** Names of the labels that a text asks for by `{label}`. */
export function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(placeholder)].map((match) => match[1] ?? '');
}

/**
 * The parameters of a policy's action with the labels of an alert in them. A value goes in as it is, once: nothing in it
 * is looked at again, whatever it holds.
 * @throws AppError `invalid_request` when the alert lacks a label
 */
export function parametersOf(
  { spec }: { readonly spec: Pick<PolicySpec, 'do'> },
  labels: Labels
): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(
    Object.entries(spec.do.with).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? value.replace(placeholder, (_, label: string) => labelOf(labels, label, name))
        : value,
    ])
  );
}

/**
 * PromQL with the labels of an alert in its quoted texts, escaped: a value can't leave its quotes, and in a `=~` it is
 * no expression.
 * @throws AppError `invalid_request` when the alert lacks a label, or `{label}` stands outside double or single quotes
 */
export function fillPromQl(query: string, labels: Labels): string {
  return segmentsOf(query)
    .map(({ text, kind, isExpression }) => {
      if (kind !== 'quoted' && placeholdersOf(text).length > 0) {
        const [label = ''] = placeholdersOf(text);
        throw new AppError('invalid_request', `{${label}} must stand in double quotes: {name="{${label}}"}`);
      }
      return kind === 'quoted'
        ? text.replace(placeholder, (_, label: string) => {
            const value = labelOf(labels, label, 'the query');
            return escapeQuoted(isExpression ? escapeExpression(value) : value);
          })
        : text;
    })
    .join('');
}

interface Segment {
  readonly text: string;
  readonly kind: 'plain' | 'quoted' | 'raw';
  /** Whether a regex operator stands before it. */
  readonly isExpression: boolean;
}

// Quoted texts of PromQL, then all that stands between them.
const segment = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(`[^`]*`)|([^"'`]+|["'`])/gs;

function segmentsOf(query: string): readonly Segment[] {
  let before = '';
  return [...query.matchAll(segment)].map((match) => {
    const text = match[0];
    const kind = match[1] !== undefined ? 'quoted' : match[2] !== undefined ? 'raw' : 'plain';
    const isExpression = /[=!]~\s*$/.test(before);
    before = text;
    return { text, kind, isExpression };
  });
}

function labelOf(labels: Labels, label: string, where: string): string {
  const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
  if (value === undefined) {
    throw new AppError('invalid_request', `${where} needs the label "${label}", which the alert does not have`);
  }
  return value;
}

function escapeQuoted(value: string): string {
  // \u escapes keep line breaks and quotes of both kinds out of the text
  return value.replace(/[\\"'\n\r]/g, (char) =>
    char === '\\' ? '\\\\' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  );
}

function escapeExpression(value: string): string {
  return value.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
