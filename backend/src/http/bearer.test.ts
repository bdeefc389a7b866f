import { expect, test } from '@jest/globals';
import { checkToken } from './bearer.ts';

test('the scheme is read in any case, the token only in its own', () => {
  expect(checkToken('BEARER s3cret', 's3cret', false).ok).toBe(true);
  expect(checkToken('bearer S3CRET', 's3cret', false).ok).toBe(false);
});

test('a token with a colon or with text beyond ASCII works as a basic password', () => {
  const header = `Basic ${Buffer.from('grafana:a:비밀').toString('base64')}`;
  expect(checkToken(header, 'a:비밀', true).ok).toBe(true);
});

test('basic auth without a password, or that is no base64, is an empty token', () => {
  expect(checkToken(`Basic ${Buffer.from('s3cret').toString('base64')}`, 's3cret', true).ok).toBe(false);
  expect(checkToken('Basic ***', 's3cret', true)).toMatchObject({
    ok: false,
    reason: expect.stringContaining('empty'),
  });
});

test('without a configured token everybody passes', () => {
  expect(checkToken(undefined, undefined, false)).toEqual({ ok: true });
});
