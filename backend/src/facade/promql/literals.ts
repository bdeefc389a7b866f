import { parseDurationMs } from '../../contract/duration.ts';

/**
 * A PromQL number: decimal, `0x1f`, `1e3`, `1_000`, `Inf`, `NaN`, or a duration, which counts seconds (`5m` is 300).
 * @returns undefined when the text is not a number
 */
export function parseNumber(text: string): number | undefined {
  const negative = text.startsWith('-');
  const digits = (negative || text.startsWith('+') ? text.slice(1) : text).trim();
  const value = parseUnsigned(digits);
  return value === undefined || !negative ? value : -value;
}

function parseUnsigned(digits: string): number | undefined {
  const word = digits.toLowerCase();
  if (word === 'inf' || word === 'infinity') {
    return Infinity;
  }
  if (word === 'nan') {
    return NaN;
  }
  const durationMs = parseDurationMs(word);
  if (durationMs !== undefined && !/^\d+$/.test(word)) {
    return durationMs / 1000;
  }
  const value = Number(word.replaceAll('_', ''));
  return word === '' || Number.isNaN(value) ? undefined : value;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const escapePattern = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S]?)/g;

/**
 * The text of a quoted PromQL string: Go's escapes in "…" and '…', none in `…`.
 * @returns undefined when an escape sequence is unknown
 */
export function unquote(quoted: string): string | undefined {
  const body = quoted.slice(1, -1);
  if (quoted.startsWith('`')) {
    return body;
  }
  let valid = true;
  const text = body.replace(escapePattern, (escape: string) => {
    const character = unescape(escape);
    valid &&= character !== undefined;
    return character ?? '';
  });
  return valid ? text : undefined;
}

/** One escape sequence, such as `\n`, `\x41` or `\101`. */
function unescape(escape: string): string | undefined {
  const kind = escape[1] ?? '';
  if (escape.length <= 2) {
    return escapes[kind];
  }
  const codePoint = 'xuU'.includes(kind) ? parseInt(escape.slice(2), 16) : parseInt(escape.slice(1), 8);
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : undefined;
}
