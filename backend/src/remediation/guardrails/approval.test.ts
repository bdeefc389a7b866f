import { describe, expect, test } from '@jest/globals';
import type { Approval } from '../../contract/remediation/run.ts';
import { aPolicy, minuteMs, noonMs, secondMs } from '../../../../test/support/remediation/decision-builders.ts';
import { outcomeOf, verdictOf } from '../../../../test/support/remediation/guard-outcome.ts';
import { approvalFault, approvalsNeeded, type ApprovalClick } from './approval.ts';
import type { DecisionInput } from './decision-input.ts';

describe('how many must agree', () => {
  test.each([
    ['auto', 'medium', null, 1, 0],
    ['auto', 'high', null, 1, 2],
    ['auto', 'medium', 'ann', 2, 2],
    ['approve', 'low', null, 1, 1],
    ['approve', 'low', 'ann', 1, 1],
    ['approve', 'high', null, 1, 2],
    ['approve', 'high', null, 3, 3],
    ['suggest', 'low', 'ann', 1, 0],
    ['suggest', 'high', 'ann', 1, 2],
    ['suggest', 'low', null, 1, 1],
  ] as const)('mode %s, tier %s, asked for by %s, people %d: %d', (...[mode, tier, requestedBy, people, needed]) => {
    expect(approvalsNeeded(aPolicy({ mode, approve: { people } }), tier, requestedBy)).toBe(needed);
  });
});

function decided(by: string, decision: 'approved' | 'denied' = 'approved'): Approval['decisions'][number] {
  return { by, role: 'Admin', decision, atMs: noonMs, reason: null, via: 'grafana' };
}

function click(change: Partial<ApprovalClick> = {}, approval: Partial<Approval> = {}): string | undefined {
  return approvalFault({
    approval: {
      requestedBy: 'ann',
      requestedAtMs: noonMs - minuteMs,
      expiresAtMs: noonMs + minuteMs,
      needed: 1,
      decisions: [],
      ...approval,
    },
    policy: aPolicy({ mode: 'approve' }),
    by: 'bob',
    decision: 'approve',
    shownHash: 'h',
    plannedHash: 'h',
    currentHash: 'h',
    nowMs: noonMs,
    ...change,
  });
}

describe('a decision', () => {
  test('in time, on what is planned, by somebody else counts', () => {
    expect(click()).toBeUndefined();
    expect(click({}, { needed: 2 })).toBeUndefined();
  });

  test('that is late means no', () => {
    expect(click({ nowMs: noonMs + minuteMs })).toMatch('the time to decide ran out');
    expect(click({ nowMs: noonMs + minuteMs, decision: 'deny' })).toMatch('the time to decide ran out');
  });

  test('is taken once of each person, however the name is written', () => {
    expect(click({}, { needed: 2, decisions: [decided('bob')] })).toBe('you have decided on this already');
    expect(click({ by: 'BOB' }, { needed: 2, decisions: [decided('bob')] })).toBe('you have decided on this already');
    expect(click({}, { decisions: [decided('cho', 'denied')] })).toBe('cho has said no already');
  });

  test('on a plan that changed is refused, from either side', () => {
    expect(click({ shownHash: 'old' })).toMatch('has changed since it was shown to you');
    expect(click({ currentHash: 'new' })).toMatch('has changed since it was shown to you');
  });

  test('to say no is open to everyone, whatever changed', () => {
    expect(click({ decision: 'deny', shownHash: 'old', by: 'ann' }, { needed: 2 })).toBeUndefined();
  });

  test('where two must agree, who asked for the run or wrote the policy is neither', () => {
    expect(click({ by: 'ann' }, { needed: 2 })).toMatch('you asked for this run');
    expect(click({ by: 'Emma' }, { needed: 2 })).toMatch('you wrote this version');
    expect(click({ by: 'ann' })).toBeUndefined();
  });
});

describe('approval at start', () => {
  const approval = (...by: string[]): Approval => ({
    requestedBy: 'aiops',
    requestedAtMs: noonMs - minuteMs,
    expiresAtMs: noonMs + minuteMs,
    needed: 1,
    decisions: by.map((name) => ({
      by: name,
      role: 'Admin',
      decision: 'approved',
      atMs: noonMs - secondMs,
      reason: null,
      via: 'grafana',
    })),
  });
  const start = (change: Partial<DecisionInput>) =>
    outcomeOf('approval', {
      policy: aPolicy({ mode: 'approve' }),
      phase: 'start',
      plannedHash: 'h',
      currentHash: 'h',
      ...change,
    });

  test.each([
    [{ approval: approval('ann') }, 'pass'],
    [{ approval: approval() }, 'wait'],
    [{ approval: null }, 'wait'],
    [{ approval: approval('ann'), currentHash: 'other' }, 'refuse'],
    [{ approval: approval('ann'), plannedHash: null }, 'refuse'],
    [{ approval: approval('ann'), nowMs: noonMs + minuteMs }, 'refuse'],
    [{ approval: approval('ann'), tier: 'high' as const }, 'wait'],
    [{ approval: approval('ann', 'bob'), tier: 'high' as const }, 'pass'],
    [{ approval: approval('ann', 'Ann '), tier: 'high' as const }, 'wait'],
    [{ approval: approval('ann', 'emma'), tier: 'high' as const }, 'wait'],
    [
      { approval: { ...approval('ann', 'bob'), requestedBy: 'bob' }, tier: 'high' as const, requestedBy: 'bob' },
      'wait',
    ],
    [{ policy: aPolicy({ mode: 'auto' }) }, 'pass'],
    [{ policy: aPolicy({ mode: 'auto' }), currentHash: 'other' }, 'refuse'],
    [{ policy: aPolicy({ mode: 'auto' }), tier: 'high' as const }, 'wait'],
    [{ policy: aPolicy({ mode: 'suggest' }), requestedBy: 'ann' }, 'pass'],
    [{ policy: aPolicy({ mode: 'suggest', approve: { people: 2 } }), requestedBy: 'ann' }, 'wait'],
  ])('%j leads to %s', (change, outcome) => {
    expect(start(change)).toBe(outcome);
  });

  test('one no outweighs every yes', () => {
    const denied = approval('ann');
    const decisions = [
      ...denied.decisions,
      { by: 'bob', role: 'Admin', decision: 'denied' as const, atMs: noonMs, reason: 'not today', via: 'grafana' },
    ];
    const policy = aPolicy({ mode: 'approve' });
    const verdict = verdictOf('approval', {
      policy,
      phase: 'start',
      plannedHash: 'h',
      currentHash: 'h',
      approval: { ...denied, decisions },
    });
    expect(verdict).toMatchObject({ outcome: 'refuse', detail: 'bob said no: not today' });
  });
});
