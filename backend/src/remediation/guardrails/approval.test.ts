import { describe, expect, test } from '@jest/globals';
import type { Approval } from '../../contract/remediation/run.ts';
import { aPolicy, minuteMs, noonMs } from '../../../../test/support/remediation/decision-builders.ts';
import { approvalFault, approvalsNeeded, type ApprovalClick } from './approval.ts';

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
