import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { unusableLabels, variablesFile } from './variables.ts';

const unsafe = { tag: '!unsafe', resolve: (text: string) => ({ unsafe: text }) };
const read = (text: string): unknown => parse(text, { customTags: [unsafe] });

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
    const labels = { 'a.b': '1', "{{ lookup('pipe','id') }}": '2', 'x: y': '3', ok: '4' };
    expect(read(variablesFile({ parameters: {}, labels }))).toEqual({
      heal_alert: { labels: { ok: { unsafe: '4' } } },
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
        const text = variablesFile({ parameters: { value }, labels: { value } });
        expect(text).toMatch(/^[\x20-\x7e\n]*$/);
        expect(read(text)).toEqual({ value: { unsafe: value }, heal_alert: { labels: { value: { unsafe: value } } } });
      })
    );
  });
});
