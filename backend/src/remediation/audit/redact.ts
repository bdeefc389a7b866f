import type { JsonValue } from './canonical-json.ts';

const censor = '[secret]';
const secretKey = /pass(word|wd|phrase)|secret|token|authorization|cookie|credential|api[-_]?key|private[-_]?key/i;
/** What of a text is secret by its form: a credential of a header, and the user part of a URL. */
const secretForms: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(bearer|basic)\s+(?=[^\s\d=]*[\d=])[\w.~+/=-]{8,}/gi, `$1 ${censor}`],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,300}@/gi, `$1${censor}@`],
];
/** A shorter secret is replaced only where it is the whole text: inside others it would be a word of chance. */
const leastInsideLength = 6;
const longestText = 8_192;
const mostNodes = 10_000;
const mostKeys = 1_000;
const deepest = 16;

/** Makes any value into plain JSON without secrets, of bounded size. */
export type Redact = (value: unknown) => JsonValue;

/**
 * What may be written down for ever: known secrets, values of keys that name one, and credentials in texts are
 * replaced; texts are cut at 8 KB, structures at 10,000 values and 16 levels. Never throws.
 * @param secrets values that must not appear, such as passwords of the settings
 */
export function createRedact(secrets: readonly string[] = []): Redact {
  const known = [...new Set(secrets)].filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  const short = new Set(known.filter((secret) => secret.length < leastInsideLength));
  const long = known.filter((secret) => secret.length >= leastInsideLength);
  const textOf = (text: string) => cut(withoutSecrets(text, short, long));
  return (value) => plain(value, { textOf, left: mostNodes }, 0);
}

interface Walk {
  readonly textOf: (text: string) => string;
  /** Values that may still be written. */
  left: number;
}

function withoutSecrets(text: string, short: ReadonlySet<string>, long: readonly string[]): string {
  if (short.has(text)) {
    return censor;
  }
  const replaced = long.reduce((said, secret) => said.replaceAll(secret, censor), text);
  return secretForms.reduce((said, [form, to]) => said.replace(form, to), replaced);
}

/** Lone surrogates have no UTF-8 and so no hash. */
function cut(text: string): string {
  const kept = text.length <= longestText ? text : `${text.slice(0, longestText)}… (${text.length - longestText} more)`;
  return kept.toWellFormed();
}

function plain(value: unknown, walk: Walk, depth: number): JsonValue {
  walk.left -= 1;
  if (walk.left < 0 || depth > deepest) {
    return '[cut]';
  }
  switch (typeof value) {
    case 'string':
      return walk.textOf(value);
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : structure(value, walk, depth);
    default:
      return null;
  }
}

function structure(value: object, walk: Walk, depth: number): JsonValue {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? null : value.toISOString();
  }
  if (Array.isArray(value)) {
    return within(value, walk).map((item: unknown) => plain(item, walk, depth + 1));
  }
  const kept = within(Object.entries(value), walk)
    .filter(([, item]) => item !== undefined && typeof item !== 'function')
    .map(([key, item]): [string, JsonValue] => {
      const name = walk.textOf(key);
      return [name, isSecret(name, item) ? censor : plain(item, walk, depth + 1)];
    });
  // Unlike an assignment, this makes even __proto__ a key like any other.
  return Object.fromEntries(kept);
}

function isSecret(key: string, item: unknown): boolean {
  return secretKey.test(key) && item !== null && typeof item !== 'boolean';
}

function within<T>(items: readonly T[], walk: Walk): readonly T[] {
  return items.slice(0, Math.min(mostKeys, Math.max(0, walk.left)));
}
