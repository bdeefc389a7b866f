import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { TargetReply } from '../delivery/http-target.ts';
import { outcomeOf } from './write-outcome.ts';

const Exchange = z.object({
  name: z.string(),
  status: z.number(),
  contentType: z.string(),
  retryAfter: z.string(),
  text: z.string(),
});
const recordings = new URL('../../../test/fixtures/mimir/remote-write-mimir-3.0.3.json', import.meta.url);
const exchanges = z.array(Exchange).parse(JSON.parse(readFileSync(recordings, 'utf8')));
const nowMs = Date.UTC(2026, 10, 25);

function mimir(name: string) {
  const exchange = exchanges.find((one) => one.name === name);
  return outcomeOf(reply(exchange ?? {}), nowMs);
}

function reply(changes: Partial<TargetReply>): TargetReply {
  return { status: 200, contentType: '', retryAfter: '', location: '', text: '', ...changes };
}

describe("Mimir's answers as they were recorded", () => {
  test.each([
    ['out-of-order', 'out-of-order'],
    ['too-old', 'too-old'],
    ['past-grace', 'too-old'],
    ['ooo-window-3', 'too-old'],
    ['grace-6-live-after-2h', 'too-old'],
    ['duplicate-timestamp', 'duplicate'],
    ['future-11min', 'future'],
    ['partial-future', 'future'],
    ['grace-9-future-8d', 'future'],
    ['label-name-invalid', 'label'],
    ['metric-name-invalid', 'label'],
    ['metric-name-missing', 'label'],
    ['label-name-too-long', 'label'],
    ['label-value-too-long', 'label'],
    ['labels-duplicate', 'label'],
    ['too-many-labels', 'label'],
    ['series-limit', 'series-limit'],
    ['series-per-metric-limit', 'series-limit'],
  ])('%s is refused for good as %s, and the rest of the message is kept', (name, reason) => {
    expect(mimir(name)).toMatchObject({ kind: 'rejected', reason, rest: 'kept' });
  });

  test('a message that can not be read is refused for good, with the words of the server', () => {
    expect(mimir('not-snappy')).toMatchObject({
      kind: 'rejected',
      reason: 'other',
      text: 'it answered 400: decompress snappy: snappy: corrupt input',
    });
  });

  test.each(['ok', 'ok-same-again', 'two-samples-unsorted'])('%s is taken', (name) => {
    expect(mimir(name)).toEqual({ kind: 'accepted' });
  });

  test.each([
    ['rate-limit-429', 7_000],
    ['rate-limit-429-retry-attempt-6', 96_000],
    ['request-rate-2', 6_000],
  ])('%s is tried again after the time that was asked for', (name, retryAfterMs) => {
    expect(mimir(name)).toMatchObject({ kind: 'later', cause: 'busy', retryAfterMs });
  });

  test('a message larger than the burst is made smaller, since waiting would never help', () => {
    expect(mimir('rate-limit-larger-than-burst').kind).toBe('too-large');
  });

  test.each(['no-tenant', 'bad-tenant'])('%s keeps the queue until the tenant is set right', (name) => {
    expect(mimir(name)).toMatchObject({ kind: 'later', cause: 'unauthorized' });
  });
});

describe('answers of other receivers', () => {
  test.each([
    ['out of order sample', 'out-of-order'],
    ['out of bounds', 'too-old'],
    ['duplicate sample for timestamp', 'duplicate'],
  ])('a Prometheus that says "%s" may have given up the whole message', (text, reason) => {
    expect(outcomeOf(reply({ status: 400, text }), nowMs)).toMatchObject({ kind: 'rejected', reason, rest: 'unknown' });
  });

  test('a conflict of Thanos is a refusal for good', () => {
    const text = 'add 1 samples: out of order sample';
    expect(outcomeOf(reply({ status: 409, text }), nowMs)).toMatchObject({ kind: 'rejected', reason: 'out-of-order' });
  });

  test.each([500, 502, 503, 504])('%i is tried again', (status) => {
    expect(outcomeOf(reply({ status, text: 'oops' }), nowMs)).toEqual({
      kind: 'later',
      cause: 'unavailable',
      text: `it answered ${status}: oops`,
      retryAfterMs: 0,
    });
  });

  test('a date in Retry-After counts from now', () => {
    const retryAfter = new Date(nowMs + 30_000).toUTCString();
    expect(outcomeOf(reply({ status: 503, retryAfter }), nowMs)).toMatchObject({ retryAfterMs: 30_000 });
  });

  test.each([200, 400, 403])('a web page with status %i is no receiver, whatever it says', (status) => {
    const page = { status, contentType: 'text/html; charset=utf-8', text: '<html><title>Sign in</title>' };
    expect(outcomeOf(reply(page), nowMs)).toMatchObject({
      kind: 'later',
      cause: 'misdirected',
      text: `it answered ${status} with the web page "Sign in"; the url must be that of the remote-write receiver`,
    });
  });

  test('a redirect is not followed but told', () => {
    const outcome = outcomeOf(reply({ status: 307, location: 'https://mimir.example/api/v1/push' }), nowMs);
    expect(outcome).toMatchObject({
      kind: 'later',
      cause: 'misdirected',
      text: 'it answered 307 and points to https://mimir.example/api/v1/push; name that address as url',
    });
  });

  test('a Prometheus without the receiver says how to have it', () => {
    const text = 'remote write receiver needs to be enabled with --web.enable-remote-write-receiver';
    expect(outcomeOf(reply({ status: 404, text }), nowMs)).toMatchObject({
      kind: 'later',
      cause: 'misdirected',
      text: `it answered 404: ${text}`,
    });
  });

  test('a body too large for a proxy is made smaller', () => {
    expect(outcomeOf(reply({ status: 413 }), nowMs).kind).toBe('too-large');
  });
});
