import { describe, expect, test } from '@jest/globals';
import type { HostCounts } from './event-lines.ts';
import { judgeOutcome, type RunEvidence } from './judge-outcome.ts';

const counts = (some: Partial<HostCounts> = {}): HostCounts => {
  return { ok: 1, changed: 0, failures: 0, unreachable: 0, skipped: 0, rescued: 0, ignored: 0, ...some };
};
const evidence = (some: Partial<RunEvidence>): RunEvidence => ({
  ...{ exit: { code: 0, signal: null }, stats: { a: counts(), b: counts() }, targets: ['a', 'b'] },
  ...{ ended: undefined, isChannelBroken: false, said: '', ...some },
});

describe('the outcome of a play', () => {
  test('is ok only when every target has done something without a failure', () => {
    expect(judgeOutcome(evidence({}))).toMatchObject({
      kind: 'ok',
      hosts: [
        { host: 'a', ok: 1 },
        { host: 'b', ok: 1 },
      ],
    });
  });

  test.each<[string, Partial<RunEvidence>, RegExp]>([
    ['no host matched the play, exit code 0', { stats: {} }, /a: the play did not reach it/],
    ['one of two targets was not reached, exit code 0', { stats: { a: counts() } }, /b: the play did not reach it/],
    [
      'every task was skipped, exit code 0',
      { stats: { a: counts(), b: counts({ ok: 0, skipped: 3 }) } },
      /b: nothing was done/,
    ],
    [
      'a host failed',
      { exit: { code: 2, signal: null }, stats: { a: counts(), b: counts({ failures: 1 }) } },
      /b: 1 failed/,
    ],
    [
      'unreachable masks a failure',
      { exit: { code: 4, signal: null }, stats: { a: counts({ failures: 1 }), b: counts({ unreachable: 1 }) } },
      /a: 1 failed; b: unreachable/,
    ],
    [
      'the exit code is not 0 though no host failed',
      { exit: { code: 250, signal: null } },
      /exit code 250: an unexpected fault/,
    ],
    ['a host that was not meant was touched', { stats: { a: counts(), b: counts(), c: counts() } }, /not meant: c/],
  ])('is failed when %s', (_, some, reason) => {
    expect(judgeOutcome(evidence(some))).toEqual(
      expect.objectContaining({ kind: 'failed', reason: expect.stringMatching(reason) })
    );
  });

  test.each<[string, Partial<RunEvidence>, RegExp]>([
    ['there are no statistics, whatever the exit code', { stats: undefined }, /without statistics/],
    ['it was killed', { stats: undefined, exit: { code: null, signal: 'SIGKILL' } }, /ended by SIGKILL/],
    [
      'it was interrupted',
      { stats: undefined, exit: { code: 99, signal: null }, ended: 'timed out after 1 s' },
      /timed out after 1 s; .*interrupted/,
    ],
    ['its events are out of order', { isChannelBroken: true }, /prove nothing/],
    [
      'it was told to end and a host counts as failed',
      { exit: { code: 2, signal: null }, ended: 'cancelled', stats: { a: counts(), b: counts({ failures: 1 }) } },
      /cancelled; b: 1 failed/,
    ],
  ])('is unknown when %s', (_, some, reason) => {
    expect(judgeOutcome(evidence(some))).toEqual(
      expect.objectContaining({ kind: 'unknown', reason: expect.stringMatching(reason) })
    );
  });

  test('is ok when it got to its good end while it was told to end', () => {
    expect(judgeOutcome(evidence({ ended: 'cancelled' })).kind).toBe('ok');
  });

  test('shows ignored and rescued failures', () => {
    const stats = { a: counts({ ignored: 2 }), b: counts({ rescued: 1 }) };
    expect(judgeOutcome(evidence({ stats })).hosts).toMatchObject([{ ignored: 2 }, { rescued: 1 }]);
  });
});
