import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkParameters, schemaFault } from './parameters.ts';

const schema = (properties: Record<string, unknown>, required: readonly string[] = []) => {
  return { type: 'object', additionalProperties: false, required, properties };
};
const service = { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,62}$' };
const manifest = (parameters: Record<string, unknown>) => ({ name: 'act', parameters });

describe('schemas of manifests', () => {
  test('one that lets other parameters in is refused', () => {
    expect(schemaFault({ type: 'object', properties: { service } })?.message).toMatch(/additionalProperties: false/);
  });

  test.each([
    'ansible_connection',
    'ANSIBLE_HOST',
    'hostvars',
    'groups',
    'heal_alert',
    'inventory_hostname',
    'vars',
    'a-b',
    '__class__',
  ])('no parameter may be called %s', (name) => {
    expect(schemaFault(schema({ [name]: service }))?.message).toMatch(/can't be a parameter/);
  });

  test('a text without any bound is refused', () => {
    expect(schemaFault(schema({ reason: { type: 'string' } }))?.message).toMatch(/takes any text/);
  });

  test('lists and maps are no parameters', () => {
    expect(schemaFault(schema({ hosts: { type: 'array' } }))?.message).toMatch(/needs one type/);
  });

  test('a misspelt keyword is a fault instead of a rule that never applies', () => {
    const fault = schemaFault(schema({ count: { type: 'integer', maximun: 5 } }));
    expect(fault?.message).toMatch(/maximun/);
  });

  test('a pattern that needs back-tracking is a fault', () => {
    expect(schemaFault(schema({ name: { type: 'string', pattern: '(?=a)a' } }))?.message).toMatch(
      /no usable JSON schema/
    );
  });
});

describe('parameters', () => {
  test('that fit come back with the defaults of the schema, and the given ones are left as they were', () => {
    const given = { service: 'cart' };
    const checked = checkParameters(manifest(schema({ service, keep: { type: 'integer', default: 7 } })), given);
    expect(checked).toEqual({ service: 'cart', keep: 7 });
    expect(given).toEqual({ service: 'cart' });
  });

  test('one that the manifest does not name is refused', () => {
    expect(() => checkParameters(manifest(schema({ service })), { service: 'cart', ansible_user: 'root' })).toThrow(
      /"ansible_user" is no parameter/
    );
  });

  test('__proto__ is refused like any other', () => {
    const given = JSON.parse('{"__proto__": "x", "service": "cart"}') as Record<string, unknown>;
    expect(() => checkParameters(manifest(schema({ service })), Object.fromEntries(Object.entries(given)))).toThrow(
      /is no parameter/
    );
  });

  test('every fault is named at once, and no value is told on', () => {
    const check = () =>
      checkParameters(manifest(schema({ service, count: { type: 'integer' } }, ['count'])), { service: 's3cret;' });
    expect(check).toThrow(/"count" is missing/);
    expect(check).toThrow(/"service" must match pattern/);
    expect(check).not.toThrow(/s3cret/);
  });

  test('a number as text is no number', () => {
    expect(() => checkParameters(manifest(schema({ count: { type: 'integer' } })), { count: '3' })).toThrow(
      /must be integer/
    );
  });

  test.each(["{{ lookup('pipe','id') }}", 'x; touch /tmp/x', '$(id)', 'a b', '../etc', 'x\ny', '{{', '-e', ''])(
    'the name of a service is never %j',
    (value) => {
      expect(() => checkParameters(manifest(schema({ service })), { service: value })).toThrow(/must match pattern/);
    }
  );

  test.each(['10.0.0.1', '2001:db8::1'])('%s is an address', (ip) => {
    const either = { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] };
    expect(checkParameters(manifest(schema({ ip: either })), { ip })).toEqual({ ip });
  });

  test.each(['10.0.0.1/8', '10.0.0', '10.0.0.1; x', '::1%eth0;x'])('%s is no address', (ip) => {
    const either = { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] };
    expect(() => checkParameters(manifest(schema({ ip: either })), { ip })).toThrow(/must match format/);
  });

  test('fields of type password are checked like all others', () => {
    const secret = { type: 'string', maxLength: 8, pattern: '^[a-z]+$' };
    expect(() => checkParameters(manifest(schema({ password: secret })), { password: '"; id; "' })).toThrow(
      /must match/
    );
  });

  test('a pattern that makes others hang is judged at once', () => {
    const nested = manifest(schema({ text: { type: 'string', pattern: '^(a+)+$' } }));
    const startMs = performance.now();
    expect(() => checkParameters(nested, { text: `${'a'.repeat(4_000)}!` })).toThrow(/must match pattern/);
    expect(performance.now() - startMs).toBeLessThan(500);
  });

  test('each pattern counts for its own parameter, however many manifests there are', () => {
    const digits = manifest(schema({ count: { type: 'string', pattern: '^[0-9]+$', maxLength: 9 } }));
    const letters = manifest(schema({ service: { type: 'string', pattern: '^[a-z]+$', maxLength: 9 } }));
    expect(checkParameters(digits, { count: '12' })).toEqual({ count: '12' });
    expect(checkParameters(letters, { service: 'payment' })).toEqual({ service: 'payment' });
    expect(() => checkParameters(letters, { service: '12' })).toThrow(/must match pattern/);
  });

  test('lone surrogates and NUL are refused, whatever the schema says', () => {
    const any = manifest(schema({ text: { type: 'string', maxLength: 100 } }));
    expect(() => checkParameters(any, { text: '\ud800' })).toThrow(/no well-formed text/);
    expect(() => checkParameters(any, { text: 'a\0b' })).toThrow(/no well-formed text/);
  });

  test('whatever passes is a text, a number or a truth value, and named by the manifest', () => {
    const open = manifest(
      schema({ text: { type: 'string', maxLength: 20 }, on: { type: 'boolean' }, n: { type: 'number' } })
    );
    const attempt = (given: Record<string, unknown>) => {
      try {
        return checkParameters(open, given);
      } catch {
        return {};
      }
    };
    const names = fc.constantFrom('text', 'on', 'n', 'other', 'constructor');
    fc.assert(
      fc.property(fc.dictionary(names, fc.anything(), { maxKeys: 4 }), (given) => {
        const passed = Object.entries(attempt(given));
        return passed.every(
          ([name, value]) =>
            ['text', 'on', 'n'].includes(name) && ['string', 'number', 'boolean'].includes(typeof value)
        );
      })
    );
  });
});
