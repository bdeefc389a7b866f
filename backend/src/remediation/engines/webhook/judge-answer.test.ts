import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../errors.ts';
import { judgeAnswer, judgeFailure } from './judge-answer.ts';

const reply = (status: number, text = '', contentType = 'application/json') => {
  return { status, text, contentType, retryAfter: '', location: status === 302 ? 'http://169.254.169.254/' : '' };
};
const judge = (status: number, text = '', contentType = 'application/json') =>
  judgeAnswer(reply(status, text, contentType), ['a', 'b']);

describe('the answer of a service', () => {
  test.each<[string, number, string]>([
    ['200 without a word', 200, ''],
    ['204', 204, ''],
    ['200 with JSON of its own', 200, '{"status":"done","id":7}'],
    ['200 that says ok', 200, '{"outcome":"ok"}'],
    ['200 with a list', 200, '[1]'],
  ])('means done: %s', (_, status, text) => {
    expect(judge(status, text, text === '' ? 'text/plain' : 'application/json')).toMatchObject({
      kind: 'ok',
      hosts: [
        { host: 'a', ok: 1 },
        { host: 'b', ok: 1 },
      ],
    });
  });

  test.each<[string, number, string, RegExp]>([
    ['a refusal', 403, 'no', /refused the request \(403\): no/],
    ['a redirect, which is not followed', 302, '', /redirect \(302\) to http:\/\/169/],
    ['its own word', 200, '{"outcome":"failed","reason":"disk"}', /disk/],
    ['one host that failed', 200, '{"hosts":{"a":{"ok":true},"b":{"ok":false}}}', /b failed/],
    ['a host that it says nothing about', 200, '{"hosts":{"a":{"ok":true}}}', /b failed/],
    ['a host that was not meant', 200, '{"hosts":{"a":{"ok":true},"b":{"ok":true},"c":{"ok":true}}}', /not meant: c/],
  ])('means failed: %s', (_, status, text, reason) => {
    expect(judge(status, text)).toEqual(
      expect.objectContaining({ kind: 'failed', reason: expect.stringMatching(reason) })
    );
  });

  test.each<[string, number, string, RegExp]>([
    ['a fault of the server', 500, 'oops', /answered 500, effect unknown/],
    ['the same key is being worked on', 409, '', /409, effect unknown/],
    ['taken, not done', 202, '', /took the request/],
    ['JSON that breaks off', 200, '{"outcome":', /means nothing/],
    ['an outcome of its own making', 200, '{"outcome":"maybe"}', /means nothing/],
    ['its own word', 200, '{"outcome":"unknown","reason":"lost"}', /lost/],
  ])('means that nobody knows: %s', (_, status, text, reason) => {
    expect(judge(status, text)).toEqual(
      expect.objectContaining({ kind: 'unknown', reason: expect.stringMatching(reason) })
    );
  });
});

describe('a request without an answer', () => {
  test.each(['source_dns', 'source_refused', 'source_tls', 'forbidden'] as const)('%s had no effect', (code) => {
    expect(judgeFailure(new AppError(code, 'x'), ['a'])).toMatchObject({ kind: 'failed' });
  });

  test.each(['source_timeout', 'source_unavailable'] as const)('after %s nobody knows', (code) => {
    expect(judgeFailure(new AppError(code, 'x'), ['a'])).toMatchObject({ kind: 'unknown' });
  });
});
