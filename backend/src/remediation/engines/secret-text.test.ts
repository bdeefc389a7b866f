import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSafeText } from './secret-text.ts';

describe('texts of engines', () => {
  test.each([
    'password: hunter2hunter2',
    '"password": "hunter2hunter2"',
    "db_password='hunter2hunter2'",
    'API_KEY=hunter2hunter2',
    'token: hunter2hunter2, next',
    'Authorization: Bearer hunter2hunter2',
    'https://user:hunter2hunter2@host/path',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2hunter2\n-----END OPENSSH PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\nhunter2hunter2',
  ])('a secret is found by its form: %j', (text) => {
    const safe = createSafeText([])(text);
    expect(safe).not.toContain('hunter2');
    expect(safe).toContain('[secret]');
  });

  test('a known secret is found wherever it stands, also where it would be cut', () => {
    fc.assert(
      fc.property(fc.nat(9_000), (before) => {
        const safe = createSafeText(['k9-canary-k9'])(`${'x'.repeat(before)}k9-canary-k9`);
        expect(safe).not.toContain('canary');
        expect(safe).not.toMatch(/k9/);
      })
    );
  });

  test('texts have at most 8 KB, whatever their letters', () => {
    fc.assert(
      fc.property(fc.constantFrom('x', 'é', '€', '😀'), fc.integer({ min: 1, max: 9_000 }), (letter, count) => {
        expect(Buffer.byteLength(createSafeText([])(letter.repeat(count)))).toBeLessThanOrEqual(8_192);
      })
    );
  });

  test('controls and marks that turn text around become visible; lines stay lines', () => {
    expect(createSafeText([])('a\u001b[31mb\u202ec\nd\r\te')).toBe('a\\u001b[31mb\\u202ec\nd\\u000d\te');
  });

  test('what only looks like a template stays as it is', () => {
    expect(createSafeText([])('{{ lookup("pipe", "id") }} ${x} $(id)')).toBe('{{ lookup("pipe", "id") }} ${x} $(id)');
  });
});
