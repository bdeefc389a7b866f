import { describe, expect, test } from '@jest/globals';
import {
  aPolicy,
  aRun,
  minuteMs,
  noonMs,
  secondMs,
  webMembers,
} from '../../../../test/support/remediation/decision-builders.ts';
import { guarded, outcomeOf, verdictOf } from '../../../../test/support/remediation/guard-outcome.ts';
import type { DecisionInput, GroupFailure } from './decision-input.ts';

describe('mass failure', () => {
  const failing = (count: number, change: Partial<GroupFailure> = {}) =>
    webMembers.slice(0, count).map((target, i) => ({
      target,
      openedAtMs: noonMs - i * 10 * secondMs,
      closedAtMs: null,
      ...change,
    }));
  const inGroupOf = (members: number) => ({
    target: {
      kind: 'resolved' as const,
      targets: ['web-1'],
      group: 'web',
      members: Array.from({ length: members }, (_, i) => `web-${i + 1}`),
    },
  });

  test.each([
    [10, 3, 'pass'],
    [10, 4, 'refuse'],
    [100, 4, 'pass'],
    [100, 5, 'refuse'],
    [3, 1, 'pass'],
    [1, 1, 'pass'],
    [3, 2, 'refuse'],
    [2, 2, 'refuse'],
  ])('of a group of %d, %d failing hosts lead to %s', (members, count, outcome) => {
    expect(outcomeOf('mass-failure', { ...inGroupOf(members), groupFailures: failing(count) })).toBe(outcome);
  });

  test('hosts are counted, not alerts', () => {
    const groupFailures = Array.from({ length: 50 }, () => ({ target: 'web-1', openedAtMs: noonMs, closedAtMs: null }));
    expect(outcomeOf('mass-failure', { groupFailures })).toBe('pass');
  });

  test('hosts that fail one after the other, each alone in its five minutes, are no mass failure', () => {
    const groupFailures = failing(6).map((failure, i) => ({ ...failure, openedAtMs: noonMs - i * 3 * minuteMs }));
    expect(outcomeOf('mass-failure', { groupFailures })).toBe('pass');
  });

  test('alerts that the source cut off its message count as failing hosts', () => {
    expect(outcomeOf('mass-failure', { groupFailures: failing(2), hiddenFailures: 2 })).toBe('refuse');
  });

  test.each([
    [noonMs - 15 * minuteMs + 1, 'refuse'],
    [noonMs - 15 * minuteMs, 'pass'],
  ])(
    'after its last alert closed at %d single hosts are left alone for a quarter of an hour: %s',
    (closedAtMs, outcome) => {
      const groupFailures = failing(4).map((failure) => ({
        ...failure,
        openedAtMs: failure.openedAtMs - 40 * minuteMs,
        closedAtMs,
      }));
      expect(outcomeOf('mass-failure', { groupFailures })).toBe(outcome);
    }
  );

  test('while one of its alerts is still open it lasts', () => {
    const groupFailures = failing(4, { closedAtMs: noonMs - 50 * minuteMs })
      .map((failure) => ({ ...failure, openedAtMs: failure.openedAtMs - 55 * minuteMs }))
      .map((failure, i) => (i === 3 ? { ...failure, closedAtMs: null } : failure));
    expect(verdictOf('mass-failure', { groupFailures })).toMatchObject({
      outcome: 'refuse',
      detail: '4 of 10 members failed within 5m: the cause is shared',
    });
  });
});

describe('blast radius', () => {
  const ran = (target: string, agoMs: number, change = {}) =>
    aRun({
      id: `run-${target}`,
      targets: [target],
      startedAtMs: noonMs - agoMs - secondMs,
      endedAtMs: noonMs - agoMs,
      ...change,
    });
  const inGroupOf = (members: number): Pick<DecisionInput, 'target'> => ({
    target: {
      kind: 'resolved',
      targets: ['web-1'],
      group: 'web',
      members: Array.from({ length: members }, (_, i) => `web-${i + 1}`),
    },
  });

  test.each([
    [1, 0, 'pass'],
    [9, 0, 'pass'],
    [9, 1, 'wait'],
    [19, 1, 'wait'],
    [20, 1, 'pass'],
    [29, 2, 'wait'],
    [30, 2, 'pass'],
    [30, 3, 'wait'],
    [500, 2, 'pass'],
    [500, 3, 'wait'],
  ])('of %d members, after %d others in half an hour: %s', (members, others, outcome) => {
    const runs = Array.from({ length: others }, (_, i) => ran(`web-${i + 2}`, minuteMs));
    expect(outcomeOf('blast-radius', { ...inGroupOf(members), runs })).toBe(outcome);
  });

  test('it says how many of how many, in one sentence', () => {
    const runs = [ran('web-2', minuteMs), ran('web-3', 2 * minuteMs)];
    expect(verdictOf('blast-radius', { ...inGroupOf(30), runs })).toMatchObject({
      detail: '2 of 3 targets of group web in the last 30m',
      numbers: { members: 30, limit: 3, reached: 2, adds: 1 },
    });
  });

  test('the same host again widens nothing', () => {
    expect(outcomeOf('blast-radius', { runs: [ran('web-1', minuteMs)] })).toBe('pass');
  });

  test('runs of other policies on the group count, those on other groups do not', () => {
    expect(outcomeOf('blast-radius', { runs: [ran('web-2', minuteMs, { policy: 'other' })] })).toBe('wait');
    expect(outcomeOf('blast-radius', { runs: [ran('db-1', minuteMs, { group: 'db' })] })).toBe('pass');
  });

  test('the window slides, and one that never started touched nothing', () => {
    expect(outcomeOf('blast-radius', { runs: [ran('web-2', 30 * minuteMs)] })).toBe('pass');
    expect(outcomeOf('blast-radius', { runs: [ran('web-2', minuteMs, { startedAtMs: null })] })).toBe('pass');
    expect(verdictOf('blast-radius', { runs: [ran('web-2', 29 * minuteMs)] })).toMatchObject({
      outcome: 'wait',
      numbers: { untilMs: noonMs + minuteMs },
    });
  });

  test('a run that waits for its start has its place taken', () => {
    const waiting = ran('web-2', 0, { startedAtMs: null, endedAtMs: null });
    expect(outcomeOf('blast-radius', { runs: [waiting] })).toBe('wait');
  });

  test('over all groups ten hosts an hour are the most', () => {
    const others = (count: number) =>
      Array.from({ length: count }, (_, i) => ran(`db-${i}`, 59 * minuteMs, { group: `g${i}` }));
    expect(outcomeOf('global-radius', { runs: others(9) })).toBe('pass');
    expect(outcomeOf('global-radius', { runs: others(10) })).toBe('wait');
  });
});

describe('healthy members', () => {
  const policy = guarded({ minHealthy: { query: 'a', of: 'b', atLeast: '51%' } });
  const measured = (healthy: number | null, of: number | null) => ({ kind: 'measured' as const, healthy, of });

  test.each([
    [measured(10, 10), 'pass'],
    [measured(6, 10), 'pass'],
    [measured(5, 10), 'wait'],
    [measured(2, 3), 'pass'],
    [measured(1, 2), 'wait'],
    [measured(2, 2), 'wait'],
    [measured(null, 10), 'wait'],
    [measured(10, null), 'wait'],
    [measured(NaN, 10), 'wait'],
    [measured(0, 0), 'wait'],
    [{ kind: 'not-asked' as const }, 'wait'],
  ])('%j leads to %s with a floor of 51 %%', (healthy, outcome) => {
    expect(outcomeOf('min-healthy', { policy, healthy })).toBe(outcome);
  });

  test('hosts of open runs count as not healthy', () => {
    const runs = [2, 3, 4].map((i) => aRun({ id: `r${i}`, targets: [`web-${i}`], endedAtMs: null }));
    expect(verdictOf('min-healthy', { policy, healthy: measured(7, 7), runs: runs.slice(1) }).outcome).toBe('pass');
    expect(verdictOf('min-healthy', { policy, healthy: measured(7, 7), runs })).toMatchObject({
      outcome: 'wait',
      detail: '3 of 7 members stay healthy, 42.9 %; at least 51 % must',
    });
  });

  test('without a floor nothing is asked', () => {
    expect(outcomeOf('min-healthy', { healthy: { kind: 'not-asked' } })).toBe('pass');
  });
});

describe('at once', () => {
  const working = (id: string, change = {}) =>
    aRun({ id, policy: 'other', group: 'db', targets: [id], endedAtMs: null, ...change });

  test.each([
    [[working('a', { policy: 'restart-crashed-api' })], 'wait'],
    [[working('a', { group: 'web' })], 'pass'],
    [[working('a', { group: 'web' }), working('b', { group: 'web' })], 'wait'],
    [['a', 'b', 'c', 'd'].map((id) => working(id)), 'pass'],
    [['a', 'b', 'c', 'd', 'e'].map((id) => working(id)), 'wait'],
    [[working('a', { policy: 'restart-crashed-api', startedAtMs: null })], 'pass'],
    [[working('a', { policy: 'restart-crashed-api', endedAtMs: noonMs })], 'pass'],
  ])('%j leads to %s', (runs, outcome) => {
    expect(outcomeOf('concurrency', { runs })).toBe(outcome);
  });
});

describe('one run a target', () => {
  const lock = { target: 'web-1', runId: 'run-7', untilMs: noonMs + minuteMs, blocked: false };

  test.each([
    [lock, 'wait'],
    [{ ...lock, blocked: true }, 'refuse'],
    [{ ...lock, blocked: true, untilMs: 0 }, 'refuse'],
    [{ ...lock, untilMs: noonMs }, 'pass'],
    [{ ...lock, target: 'web-2' }, 'pass'],
    [{ ...lock, runId: 'run-1' }, 'pass'],
  ])('%j leads to %s', (held, outcome) => {
    expect(outcomeOf('exclusion', { locks: [held], runId: 'run-1' })).toBe(outcome);
  });

  test('a run at work on the target is waited for, also when its lease ran out', () => {
    expect(
      outcomeOf('exclusion', { runs: [aRun({ policy: 'other', group: 'x', targets: ['web-1'], endedAtMs: null })] })
    ).toBe('wait');
  });
});

describe('dry run', () => {
  const asked = aPolicy({ do: { playbook: 'p', dryRunFirst: true } });
  const known = { digestKnown: true, outcome: 'none' as const };

  test.each([
    [{ dryRun: known }, 'pass'],
    [{ dryRun: { ...known, digestKnown: false } }, 'wait'],
    [{ dryRun: known, tier: 'high' as const }, 'wait'],
    [{ dryRun: known, policy: asked }, 'wait'],
    [{ dryRun: { ...known, outcome: 'ok' as const }, policy: asked }, 'pass'],
    [{ dryRun: { ...known, outcome: 'failed' as const }, policy: asked }, 'refuse'],
    [{ dryRun: { digestKnown: false, outcome: 'failed' as const } }, 'refuse'],
  ])('at start %j leads to %s', (change, outcome) => {
    expect(outcomeOf('dry-run', { ...change, phase: 'start' })).toBe(outcome);
  });

  test('one that is still to come does not keep a run from being planned', () => {
    expect(outcomeOf('dry-run', { dryRun: { digestKnown: false, outcome: 'none' } })).toBe('pass');
  });
});
