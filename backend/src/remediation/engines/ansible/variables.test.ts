import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { unusableLabels, variablesFile } from './variables.ts';

const unsafe = { tag: '!unsafe', resolve: (text: string) => ({ unsafe: text }) };
const read = (text: string): unknown => parse(text, { customTags: [unsafe] });
/** A text as it is read back: the mark is gone for those that can't hold a template. */
const textOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, 'unsafe') : value;

describe('the variables of a run', () => {
  test('every text is marked unsafe; numbers and truth values are themselves', () => {
    const text = variablesFile({ parameters: { service: 'cart', count: 3, on: true }, labels: { alertname: 'Down' } });
    expect(read(text)).toEqual({
      service: { unsafe: 'cart' },
      count: 3,
      on: true,
      heal_alert: { labels: { alertname: { unsafe: 'Down' } } },
    });
  });

  test('labels stand under one name only, also those that mean something to Ansible', () => {
    const labels = { ansible_connection: 'local', hostvars: 'x', groups: 'y' };
    expect(Object.keys(read(variablesFile({ parameters: {}, labels })) as object)).toEqual(['heal_alert']);
  });

  test('labels whose names are no identifiers are left out, and told', () => {
    const labels = { 'a.b': '1', "{{ lookup('pipe','id') }}": '2', 'x: y': '3', ok: 'four' };
    expect(read(variablesFile({ parameters: {}, labels }))).toEqual({
      heal_alert: { labels: { ok: { unsafe: 'four' } } },
    });
    expect(unusableLabels(labels)).toHaveLength(3);
  });

  test('a lone surrogate is refused', () => {
    expect(() => variablesFile({ parameters: {}, labels: { a: '\udc00' } })).toThrow(/lone surrogate/);
  });

  test('more than a megabyte is refused', () => {
    expect(() => variablesFile({ parameters: {}, labels: { a: 'x'.repeat(1_000_001) } })).toThrow(/larger than 1 MB/);
  });

  test('any text comes back as it was, and the file is printable ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = variablesFile({ parameters: { value }, labels: {} });
        expect(text).toMatch(/^[\x20-\x7e\n]*$/);
        expect(textOf(Reflect.get(read(text) as object, 'value'))).toBe(value);
      })
    );
  });

  test('whatever can hold a template is marked', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('{{', '{%', '{#', '(', '$', '!unsafe'),
        fc.nat(20),
        (rest, mark, at) => {
          const value = rest.slice(0, at).toWellFormed() + mark + rest.slice(at).toWellFormed();
          expect(variablesFile({ parameters: { value }, labels: {} })).toContain('value: !unsafe "');
        }
      )
    );
  });

  test('what YAML 1.1 would read as no text is quoted without the mark, which newer versions look behind', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'0123456789abefxoTZ_.:+-~=<nulyestr '), maxLength: 12 });
    fc.assert(
      fc.property(letters, (value) => {
        const [read] = readList(`- ${value}`);
        const isOther = read === null || read instanceof Date || ['number', 'boolean'].includes(typeof read);
        // This reader takes e1 for a number, unlike PyYAML, which Ansible reads with.
        fc.pre(isOther && value.trim() === value && !/^[-+]?e|(^|\s)[:-](\s|$)/.test(value));
        expect(variablesFile({ parameters: { value }, labels: {} })).toContain('value: "');
      }),
      { numRuns: 2_000 }
    );
  });

  test.each([
    'yes',
    'On',
    'null',
    '~',
    '',
    '0777',
    '0x1F',
    '1_000',
    '1:30',
    '1e3',
    '2026-11-25',
    '.inf',
    '=',
    '<<',
    '*',
    'no\n',
  ])('%j is quoted without the mark', (value) => {
    expect(variablesFile({ parameters: { value }, labels: {} })).toContain(`value: ${JSON.stringify(value)}\n`);
  });
});

/** What a document holds; nothing for one that is no YAML. */
function readList(text: string): readonly unknown[] {
  try {
    return parse(text, { schema: 'yaml-1.1' }) as unknown[];
  } catch {
    return [''];
  }
}
