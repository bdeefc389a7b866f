import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseGuardedJson } from './guarded-json.ts';

const limits = { maxDepth: 4, maxKeys: 10 };
const wide = { maxDepth: 100, maxKeys: 100_000 };
const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string, within = limits) => parseGuardedJson(bytes(text), within);
const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('a body', () => {
  test.each<[string, string, string, RegExp]>([
    ['empty', '', 'invalid_request', /is empty/],
    ['no JSON', '{"a":', 'invalid_request', /is not JSON/],
    ['two values', '{}{}', 'invalid_request', /is not JSON/],
    ['an open string', '{"a', 'invalid_request', /is not JSON/],
    ['an escape at its end', '{"a\\', 'invalid_request', /is not JSON/],
    ['a key that is no JSON string', '{"\\x":1}', 'invalid_request', /is not JSON/],
    ['a byte order mark', '\uFEFF{}', 'invalid_request', /byte order mark/],
    ['a key twice', '{"a":1,"b":{"a":2},"a":3}', 'invalid_request', /the key "a" twice/],
    ['a key twice, once in escapes', '{"a":1,"\\u0061":2}', 'invalid_request', /the key "a" twice/],
    ['a key twice in a list', '[{"a":[{}],"a":2}]', 'invalid_request', /the key "a" twice/],
    ['a level too many', '[[[[[1]]]]]', 'invalid_request', /nested deeper than 4 levels/],
  ])('with %s is refused', (_name, text, code, message) => {
    expect(() => parse(text)).toThrow(refused(code, message));
  });

  test('with too many keys is refused as too large', () => {
    const object = (keys: number) => JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, i) => [i, 0])));
    expect(() => parse(object(11))).toThrow(refused('body_too_large', /more than 10 keys/));
    expect(Object.keys(parse(object(10)) as object)).toHaveLength(10);
  });

  test('that is no UTF-8 is refused', () => {
    const latin1 = Uint8Array.of(0x22, 0xe9, 0x22);
    expect(() => parseGuardedJson(latin1, limits)).toThrow(refused('invalid_request', /not UTF-8/));
  });

  test.each([
    ['the same key in two objects', '[{"a":1},{"a":2}]'],
    ['a value that is a key elsewhere', '{"a":"b","b":"a"}'],
    ['braces and quotes in strings', '{"a":"{[,:\\"}]","b\\"":"\\\\"}'],
    ['levels side by side', '[[[[]],[[]]],[[[]]]]'],
  ])('may have %s', (_name, text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test('can set no prototype', () => {
    const parsed = parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('that any program writes as JSON is read as it was meant', () => {
    const value = fc.json({ maxDepth: 6 });
    fc.assert(
      fc.property(value, (text) => {
        expect(parse(text, wide)).toEqual(JSON.parse(text));
      })
    );
  });

  test('of any text is read as JSON.parse does, or refused', () => {
    const letters = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'a', '1', ' ');
    const pieces = fc.array(fc.oneof(letters, fc.constantFrom('"a"', '{"a":1}', '"b":')), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, (some) => {
        const text = some.join('');
        const read = attempt(() => parse(text, wide));
        expect([attempt(() => JSON.parse(text) as unknown), undefined]).toContainEqual(read);
      }),
      { numRuns: 2_000 }
    );
  });
});

/** Undefined when it throws: JSON has no such value. */
function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

test('5 MB of opening brackets are refused at once', () => {
  const startedMs = performance.now();
  expect(() => parse('['.repeat(5_000_000))).toThrow(refused('invalid_request', /nested deeper/));
  // decoding alone takes some ms
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});
