import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';
import { createRedact } from './redact.ts';

describe('what is written down for ever', () => {
  test.each([
    [{ token: 'abc' }, { token: '[secret]' }],
    [
      { bearerToken: 'abc', API_KEY: 'abc', 'x-api-key': 'abc' },
      { API_KEY: '[secret]', bearerToken: '[secret]', 'x-api-key': '[secret]' },
    ],
    [{ Authorization: ['Basic abc'] }, { Authorization: '[secret]' }],
    [{ smtp: { password: { nested: 'abc' } } }, { smtp: { password: '[secret]' } }],
    [
      { passwordSet: true, secret: null },
      { passwordSet: true, secret: null },
    ],
    [
      { pin: 4711, db_passwd: 4711 },
      { pin: 4711, db_passwd: '[secret]' },
    ],
    [{ note: 'Authorization: Bearer eyJhbGciOi.J9.abc-d' }, { note: 'Authorization: Bearer [secret]' }],
    [{ note: 'basic authentication failed' }, { note: 'basic authentication failed' }],
    [
      { note: 'see http://ann:pw@host:9090/x and https://host/@me' },
      { note: 'see http://[secret]@host:9090/x and https://host/@me' },
    ],
  ])('has no secret of %j', (given, expected) => {
    expect(createRedact()(given)).toEqual(expected);
  });

  test('has no known secret wherever it stands, the longest first', () => {
    const redact = createRedact(['correct-horse', 'correct-horse-battery', '', 'abc']);
    expect(redact({ a: 'x correct-horse-battery y', b: ['correct-horse'], c: 'abc', d: 'abcdef' })).toEqual({
      a: 'x [secret] y',
      b: ['[secret]'],
      c: '[secret]',
      d: 'abcdef',
    });
  });

  test('is cut where a text, a list or a depth is beyond bounds', () => {
    const redact = createRedact();
    expect(redact('x'.repeat(8_193))).toBe(`${'x'.repeat(8_192)}… (1 more)`);
    expect(redact(Array.from({ length: 2_000 }, (_, i) => i))).toHaveLength(1_000);
    const loop: Record<string, unknown> = {};
    loop['again'] = loop;
    expect(JSON.stringify(redact(loop))).toMatch(/"\[cut\]"/);
    const wide: unknown[] = [];
    wide.push(...Array.from({ length: 900 }, () => wide));
    expect(JSON.stringify(redact(wide)).length).toBeLessThan(2_000_000);
  });

  test('a secret that the cut would break apart is gone before it', () => {
    const secret = 's3cr3t-'.repeat(10);
    expect(createRedact([secret])(`${'x'.repeat(8_170)}${secret}`)).toBe(`${'x'.repeat(8_170)}[secret]`);
  });

  test('keeps what JSON has no word for as text, and keys such as __proto__ as data', () => {
    const value = JSON.parse('{"__proto__":{"polluted":true}}') as object;
    const plain = createRedact()({
      ...{ nan: NaN, inf: -Infinity, big: 12n, at: new Date(0), bad: new Date(NaN), gone: undefined, call: () => 1 },
      ...{ lone: '\ud800', deep: value },
    });
    expect(canonicalJson(plain)).toBe(
      '{"at":"1970-01-01T00:00:00.000Z","bad":null,"big":"12","deep":{"__proto__":{"polluted":true}},"inf":"-Infinity",' +
        '"lone":"\ufffd","nan":"NaN"}'
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('of hostile length is made in linear time', () => {
    const redact = createRedact(['needle-in-hay']);
    const hostile = [
      `${'bearer '.repeat(100_000)}`,
      `a://${'a'.repeat(500_000)}`,
      'a:'.repeat(300_000),
      '1'.repeat(500_000),
    ];
    const beganMs = performance.now();
    hostile.forEach((text) => redact(text));
    expect(performance.now() - beganMs).toBeLessThan(2_000);
  });

  test('is always JSON that reads back the same', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), (value) => {
        const text = canonicalJson(createRedact()(value));
        expect(canonicalJson(JSON.parse(text) as never)).toBe(text);
      })
    );
  });
});

describe('canonical JSON', () => {
  // The example of RFC 8785, section 3.2.2 and 3.2.3.
  test('is that of the RFC', () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
    ) as never;
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    );
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.values(JSON.parse(canonicalJson(keys)) as object)).toHaveLength(7);
    expect(canonicalJson(keys)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  });

  test('has no number that is not finite', () => {
    expect(() => canonicalJson([Infinity])).toThrow('JSON has no Infinity');
  });
});
