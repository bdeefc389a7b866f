import { expect, test } from '@jest/globals';
import { createLogger } from './logger.ts';

function logOf(fields: Record<string, unknown>): string {
  const lines: string[] = [];
  createLogger({ destination: { write: (line: string) => void lines.push(line) } }).info(fields, 'message');
  return lines.join('');
}

test.each([
  ['a field', { token: 'canary' }],
  ['a header', { headers: { authorization: 'Bearer canary', 'x-grafana-id': 'canary', cookie: 'canary' } }],
  ['a header of a request', { req: { headers: { authorization: 'canary', 'set-cookie': 'canary' } } }],
  ['a setting', { server: { token: 'canary' }, source: { password: 'canary' } }],
])('a secret in %s is not written', (_name, fields) => {
  expect(logOf(fields)).not.toContain('canary');
  expect(logOf(fields)).toContain('[secret]');
});

test('a line is JSON with a level by name and an RFC 3339 time', () => {
  expect(JSON.parse(logOf({ job: 'a' }))).toMatchObject({
    level: 'info',
    service: 'aiops',
    job: 'a',
    time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
  });
});
