/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * One text for one value: keys in the order of their UTF-16 code units, no blanks, numbers and strings as ECMAScript
 * writes them. Recursion is as deep as the value.
 * @throws TypeError for a number that is not finite
 * @see RFC 8785, JSON Canonicalization Scheme
 */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) {
    return `[${value.map((item: JsonValue) => canonicalJson(item)).join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    return objectText(value as Readonly<Record<string, JsonValue>>);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`JSON has no ${value}`);
  }
  return JSON.stringify(value);
}

function objectText(value: Readonly<Record<string, JsonValue>>): string {
  // Array.prototype.sort compares UTF-16 code units, as the RFC asks for.
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${entries.join(',')}}`;
}
