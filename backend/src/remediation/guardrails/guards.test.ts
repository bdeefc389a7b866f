import { describe, expect, test } from '@jest/globals';
import type { PolicySpecInput } from '../../contract/remediation/policy.ts';
import {
  aPolicy,
  aRun,
  anEpisode,
  anInput,
  hourMs,
  minuteMs,
  noonMs,
  secondMs,
  webMembers,
} from '../../../../test/support/remediation/decision-builders.ts';
import { guarded, outcomeOf, verdictOf } from '../../../../test/support/remediation/guard-outcome.ts';
import type { Breaker } from './breaker.ts';
import { conclude, decide } from './decide.ts';
import { lookbackMs } from './decision-input.ts';

test('an input without any obstacle is allowed, and every guard says why in a sentence', () => {
  const verdicts = decide(anInput());
  expect(verdicts.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  expect(conclude(verdicts)).toEqual({ kind: 'allowed' });
  expect(verdicts.every(({ detail }) => detail.length > 5 && !detail.includes('undefined'))).toBe(true);
});

test('guards are asked in the order that operators rely on', () => {
  expect(decide(anInput()).map(({ name }) => name)).toEqual([
    'kill-switch',
    'source',
    'mode',
    'absence',
    'own-alert',
    'firing',
    'age',
    'lasting',
    'duplicate',
    'calendar',
    'silence',
    'target',
    'self',
    'correlation',
    'flap',
    'cooldown',
    'attempts',
    'breaker',
    'dependency',
    'mass-failure',
    'blast-radius',
    'global-radius',
    'min-healthy',
    'concurrency',
    'exclusion',
    'dry-run',
    'approval',
  ]);
});

describe('kill switch', () => {
  const by = { by: 'olga', reason: 'deploy' };
  test.each([
    [{ scope: 'global' as const, name: '' }, 'refuse'],
    [{ scope: 'policy' as const, name: 'restart-crashed-api' }, 'refuse'],
    [{ scope: 'policy' as const, name: 'other' }, 'pass'],
    [{ scope: 'target' as const, name: 'web-1' }, 'refuse'],
    [{ scope: 'target' as const, name: 'web-2' }, 'pass'],
  ])('%j leads to %s', (scope, outcome) => {
    expect(outcomeOf('kill-switch', { killSwitches: [{ ...scope, ...by }] })).toBe(outcome);
  });

  test('it says who turned it on and why', () => {
    const { detail } = verdictOf('kill-switch', { killSwitches: [{ scope: 'global', name: '', ...by }] });
    expect(detail).toBe('the kill switch for everything is on, by olga: deploy');
  });
});

describe('mode', () => {
  test.each([
    ['observe', 'decide', null, 'pass'],
    ['observe', 'start', 'ann', 'refuse'],
    ['suggest', 'decide', null, 'pass'],
    ['suggest', 'start', null, 'refuse'],
    ['suggest', 'start', 'ann', 'pass'],
    ['approve', 'start', null, 'pass'],
    ['auto', 'start', null, 'pass'],
  ] as const)('%s at %s, asked for by %s: %s', (mode, phase, requestedBy, outcome) => {
    expect(outcomeOf('mode', { policy: aPolicy({ mode }), phase, requestedBy })).toBe(outcome);
  });

  test('a disabled policy does nothing in any mode', () => {
    expect(outcomeOf('mode', { policy: aPolicy({ enabled: false }) })).toBe('refuse');
  });
});

describe('where the alert comes from', () => {
  test('a webhook that the policy does not listen to is refused', () => {
    expect(outcomeOf('source', { policy: aPolicy({ sources: ['grafana'] }) })).toBe('refuse');
    expect(outcomeOf('source', { policy: aPolicy({ sources: ['grafana', 'alertmanager'] }) })).toBe('pass');
  });

  test('missing data is no failure unless the policy says so', () => {
    const episode = anEpisode({ absence: 'NoData' });
    expect(outcomeOf('absence', { episode })).toBe('refuse');
    expect(outcomeOf('absence', { episode, policy: guarded({ onAbsence: true }) })).toBe('pass');
  });

  test('an alert of our own that comes back by a webhook starts nothing unless the policy says so', () => {
    const episode = anEpisode({ labels: { origin: 'aiops' } });
    expect(outcomeOf('own-alert', { episode })).toBe('refuse');
    expect(outcomeOf('own-alert', { episode, policy: aPolicy({ ownAlerts: true }) })).toBe('pass');
  });

  test('a detection of our own is what a policy on detections waits for', () => {
    const policy = aPolicy({ when: { detection: { job: 'checkout-latency' } } });
    const episode = anEpisode({ sourceKind: 'aiops', labels: { origin: 'aiops', job_name: 'checkout-latency' } });
    expect(outcomeOf('own-alert', { policy, episode })).toBe('pass');
    expect(outcomeOf('own-alert', { episode })).toBe('refuse');
  });

  test('an alert that ended is not acted on, also when it ended while the run waited', () => {
    const episode = anEpisode({ closedAtMs: noonMs - secondMs, closeReason: 'resolved' });
    expect(verdictOf('firing', { episode, phase: 'start' })).toMatchObject({
      outcome: 'refuse',
      detail: 'the alert ended 1s ago (resolved)',
    });
  });

  test.each([
    [noonMs + 15 * minuteMs, 'pass'],
    [noonMs + 15 * minuteMs + 1, 'refuse'],
    [noonMs - 24 * hourMs, 'pass'],
    [noonMs - 24 * hourMs - 1, 'refuse'],
    [Date.UTC(1, 0, 1), 'refuse'],
  ])('an alert that began at %d leads to %s', (startsAtMs, outcome) => {
    expect(outcomeOf('age', { episode: anEpisode({ startsAtMs }) })).toBe(outcome);
  });
});

describe('an anomaly that must last', () => {
  const policy = aPolicy({ when: { detection: { job: 'checkout-latency', for: '5m' } } });

  test.each([
    [5 * minuteMs, 'pass'],
    [5 * minuteMs - 1, 'wait'],
    [-minuteMs, 'wait'],
  ])('and has for %d ms leads to %s', (lastedMs, outcome) => {
    expect(outcomeOf('lasting', { policy, episode: anEpisode({ startsAtMs: noonMs - lastedMs }) })).toBe(outcome);
  });

  test('is asked about again when it may have', () => {
    const episode = anEpisode({ startsAtMs: noonMs - minuteMs });
    expect(verdictOf('lasting', { policy, episode })).toMatchObject({
      detail: 'it has lasted for 1m; 5m are needed',
      numbers: { untilMs: noonMs + 4 * minuteMs },
    });
  });
});

describe('duplicates', () => {
  const open = aRun({ episodeId: 'episode-1', targets: ['web-1'], startedAtMs: null, endedAtMs: null });

  test('an open run of the same policy for the same alert is the only one', () => {
    expect(outcomeOf('duplicate', { runs: [open] })).toBe('refuse');
  });

  test('a run does not stand in its own way', () => {
    const verdicts = decide(anInput({ runs: [open], runId: 'run-1' }));
    expect(verdicts.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  });

  test('a run that ended, or is for another alert or policy, is no duplicate', () => {
    const runs = [
      aRun({ episodeId: 'episode-1' }),
      { ...open, id: 'run-2', episodeId: 'episode-2' },
      { ...open, id: 'run-3', policy: 'other' },
    ];
    expect(outcomeOf('duplicate', { runs })).toBe('pass');
  });
});

describe('correlation', () => {
  const rival = (change: Partial<PolicySpecInput> = {}, rest = {}) => ({
    policy: aPolicy({ name: 'other', ...change }),
    episodeId: 'episode-2',
    openedAtMs: anEpisode().openedAtMs + 10 * secondMs,
    ...rest,
  });

  test('an open run of another alert on the same target takes this one along', () => {
    const runs = [aRun({ policy: 'other', targets: ['web-1'], endedAtMs: null })];
    expect(outcomeOf('correlation', { runs })).toBe('refuse');
  });

  test.each([
    [59 * secondMs, 'refuse'],
    [60 * secondMs, 'pass'],
  ])('a run of another alert that was made %d ms ago leads to %s', (agoMs, outcome) => {
    const runs = [aRun({ policy: 'other', targets: ['web-1'], createdAtMs: noonMs - agoMs, endedAtMs: noonMs })];
    expect(outcomeOf('correlation', { runs })).toBe(outcome);
  });

  test.each([
    [{ priority: 1 }, 'refuse'],
    [{ priority: 0 }, 'refuse'],
    [{ priority: 0, name: 'zzz' }, 'pass'],
    [{ priority: 1, mode: 'observe' as const }, 'pass'],
  ])('a policy with %j for another alert on the target leads to %s', (change, outcome) => {
    expect(outcomeOf('correlation', { rivals: [rival(change)] })).toBe(outcome);
  });

  test('of four alert names on one target exactly one is acted on', () => {
    const names = ['a', 'b', 'c', 'd'];
    const pairs = names.map((name, i) => ({
      policy: aPolicy({ name, priority: i % 2 }),
      episodeId: `episode-${name}`,
      openedAtMs: noonMs - i * secondMs,
    }));
    const acting = pairs.filter(({ policy, episodeId, openedAtMs }) => {
      const episode = anEpisode({ id: episodeId, openedAtMs });
      const rivals = pairs.filter((one) => one.episodeId !== episodeId);
      return outcomeOf('correlation', { policy, episode, rivals }) === 'pass';
    });
    expect(acting.map(({ policy }) => policy.name)).toEqual(['b']);
  });

  test('of two alerts of one policy on one target the older is acted on', () => {
    const older = { policy: aPolicy(), episodeId: 'episode-2', openedAtMs: anEpisode().openedAtMs - secondMs };
    expect(outcomeOf('correlation', { rivals: [older] })).toBe('refuse');
    expect(outcomeOf('correlation', { rivals: [{ ...older, openedAtMs: noonMs }] })).toBe('pass');
  });

  test('an alert that came a minute later has a cause of its own', () => {
    expect(outcomeOf('correlation', { rivals: [rival({ priority: 9 }, { openedAtMs: noonMs + minuteMs })] })).toBe(
      'pass'
    );
  });

  test('a policy that has used its attempts leaves the alert to the next rung', () => {
    const first = rival({ priority: 9, guard: { attempts: 2 } }, { episodeId: 'episode-1' });
    const used = (id: string) => aRun({ id, policy: 'other', episodeId: 'episode-1', targets: ['web-1'] });
    expect(outcomeOf('correlation', { rivals: [first], runs: [used('r1')] })).toBe('refuse');
    expect(outcomeOf('correlation', { rivals: [first], runs: [used('r1'), used('r2')] })).toBe('pass');
  });
});

describe('quiet times', () => {
  const policy = guarded({ calendars: ['freeze'] });

  test('a freeze is waited for, to its end', () => {
    const on = { name: 'year end', endMs: noonMs + 2 * hourMs };
    expect(verdictOf('calendar', { policy, calendars: [{ name: 'freeze', on, fault: null }] })).toEqual({
      guard: 'G14',
      name: 'calendar',
      outcome: 'wait',
      detail: 'calendar freeze: year end, for another 2h',
      numbers: { calendar: 'freeze', untilMs: noonMs + 2 * hourMs },
    });
  });

  test.each([
    [[{ name: 'freeze', on: null, fault: null }], 'pass'],
    [[{ name: 'freeze', on: null, fault: 'timeout' }], 'wait'],
    [[], 'refuse'],
  ])('calendars %j lead to %s: what is not known might be a freeze', (calendars, outcome) => {
    expect(outcomeOf('calendar', { policy, calendars })).toBe(outcome);
  });

  test('a silence at Alertmanager is heeded, and so is one that can not be asked for', () => {
    const silence = { kind: 'silenced' as const, by: 'sam', comment: 'disk swap', endsAtMs: noonMs + hourMs };
    expect(verdictOf('silence', { silence })).toMatchObject({
      outcome: 'wait',
      detail: 'silenced by sam for another 1h: disk swap',
      numbers: { untilMs: noonMs + hourMs },
    });
    expect(outcomeOf('silence', { silence: { kind: 'unknown', reason: 'connection refused' } })).toBe('wait');
  });
});

describe('targets', () => {
  test.each([
    [{ kind: 'unresolved' as const, reason: 'no such host' }, 'refuse'],
    [{ kind: 'resolved' as const, targets: [], group: 'web', members: webMembers }, 'refuse'],
    [{ kind: 'resolved' as const, targets: ['db-1'], group: 'web', members: webMembers }, 'refuse'],
    [{ kind: 'resolved' as const, targets: ['web-1'], group: 'web', members: webMembers }, 'pass'],
  ])('%j leads to %s', (target, outcome) => {
    expect(outcomeOf('target', { target })).toBe(outcome);
  });

  test('a host that this backend rests on is never touched', () => {
    expect(outcomeOf('self', { selfHosts: new Set(['web-1']) })).toBe('refuse');
    const target = { kind: 'resolved' as const, targets: ['WEB-1'], group: 'web', members: ['WEB-1'] };
    expect(outcomeOf('self', { target, selfHosts: new Set(['web-1']) })).toBe('refuse');
  });
});

describe('flapping', () => {
  const ago = (...minutes: number[]) => minutes.map((count) => noonMs - count * minuteMs);

  test.each([
    [ago(0), 'pass'],
    [ago(0, 10), 'pass'],
    [ago(0, 10, 20), 'wait'],
    [ago(0, 20, 40), 'pass'],
    [ago(15, 0, 29), 'wait'],
    [ago(0, 15, 30), 'pass'],
    [ago(29, 35, 45), 'wait'],
    [ago(30, 35, 45), 'pass'],
    [ago(20, 35, 40, 45), 'wait'],
    [ago(0, 40, 45, 50), 'pass'],
    [[...ago(0, 10), noonMs + minuteMs], 'pass'],
    [[], 'pass'],
  ])('openings at %j lead to %s', (opensMs, outcome) => {
    expect(outcomeOf('flap', { opensMs })).toBe(outcome);
  });

  test('it says how often it opened and until when it is left alone', () => {
    expect(verdictOf('flap', { opensMs: ago(1, 10, 20) })).toMatchObject({
      detail: 'it opened 3 times within 30m; left alone until it keeps still for as long',
      numbers: { opened: 3, atMost: 3, untilMs: noonMs + 29 * minuteMs },
    });
  });
});

describe('cooldown', () => {
  const ended = (agoMs: number, change = {}) =>
    aRun({ targets: ['web-1'], startedAtMs: noonMs - agoMs - secondMs, endedAtMs: noonMs - agoMs, ...change });

  test.each([
    [ended(15 * minuteMs - 1), 'wait'],
    [ended(15 * minuteMs), 'pass'],
    [ended(minuteMs, { targets: ['web-2'] }), 'pass'],
    [ended(minuteMs, { policy: 'other' }), 'pass'],
    [ended(minuteMs, { startedAtMs: null }), 'pass'],
    [ended(0, { endedAtMs: null }), 'wait'],
  ])('%j leads to %s', (run, outcome) => {
    expect(outcomeOf('cooldown', { runs: [run] })).toBe(outcome);
  });

  test('it says when the rest is over', () => {
    expect(verdictOf('cooldown', { runs: [ended(5 * minuteMs)] })).toMatchObject({
      detail: 'the last run here ended 5m ago; it rests for 15m',
      numbers: { untilMs: noonMs + 10 * minuteMs },
    });
  });
});

describe('attempts', () => {
  const attempt = (id: string, change = {}) => aRun({ id, episodeId: 'episode-1', targets: ['web-1'], ...change });

  test('two runs for one alert are enough; then a person looks', () => {
    expect(outcomeOf('attempts', { runs: [attempt('r1')] })).toBe('pass');
    expect(verdictOf('attempts', { runs: [attempt('r1'), attempt('r2')] })).toMatchObject({
      outcome: 'refuse',
      detail: '2 of 2 attempts are used; a person has to look',
    });
  });

  test('a run that never started has used no attempt', () => {
    expect(outcomeOf('attempts', { runs: [attempt('r1'), attempt('r2', { startedAtMs: null })] })).toBe('pass');
  });

  test('an alert that comes back within an hour of each run continues the outage before', () => {
    const healed = (id: string, minutesAgo: number) =>
      aRun({
        id,
        episodeId: id,
        targets: ['web-1'],
        startedAtMs: noonMs - minutesAgo * minuteMs,
        endedAtMs: noonMs - (minutesAgo - 1) * minuteMs,
      });
    expect(outcomeOf('attempts', { runs: [healed('r1', 50), healed('r2', 100)] })).toBe('refuse');
    expect(outcomeOf('attempts', { runs: [healed('r1', 50), healed('r2', 120)] })).toBe('pass');
    expect(outcomeOf('attempts', { runs: [healed('r1', 70), healed('r2', 120)] })).toBe('pass');
    // it came back in between too, and a person was asked already
    const opensMs = [0, 50, 100].map((minutes) => noonMs - minutes * minuteMs);
    expect(outcomeOf('attempts', { runs: [healed('r1', 70), healed('r2', 120)], opensMs })).toBe('refuse');
  });
});

describe('dependencies', () => {
  const policy = guarded({ dependsOn: ['restart-database'] });
  test('while what this depends on is being healed, it waits', () => {
    const root = aRun({ policy: 'restart-database', targets: ['db-1'], endedAtMs: null });
    expect(outcomeOf('dependency', { policy, runs: [root] })).toBe('wait');
    expect(outcomeOf('dependency', { policy, runs: [{ ...root, endedAtMs: noonMs }] })).toBe('pass');
    expect(outcomeOf('dependency', { runs: [root] })).toBe('pass');
  });
});

describe('breaker', () => {
  const open: Breaker = { state: 'open', untilMs: noonMs, history: [false, false, false] };
  const trial = aRun({ episodeId: 'episode-7', endedAtMs: null });

  test.each([
    [{ breaker: { ...open, untilMs: noonMs + 1 } }, 'wait'],
    [{ breaker: open }, 'pass'],
    [{ breaker: open, runs: [trial] }, 'wait'],
    [{ breaker: { ...open, state: 'half-open' as const, untilMs: null } }, 'pass'],
    [{ breaker: { ...open, state: 'half-open' as const, untilMs: null }, runs: [trial] }, 'wait'],
    [
      {
        breaker: open,
        target: { kind: 'resolved' as const, targets: ['web-1', 'web-2'], group: 'web', members: webMembers },
      },
      'refuse',
    ],
  ])('%j leads to %s', (change, outcome) => {
    expect(outcomeOf('breaker', change)).toBe(outcome);
  });
});

describe('the conclusion', () => {
  test('a refusal counts before a wait, and the first of them by order is the reason', () => {
    const verdicts = decide(
      anInput({
        episode: anEpisode({ absence: 'NoData', closedAtMs: noonMs }),
        silence: { kind: 'unknown', reason: 'x' },
      })
    );
    expect(conclude(verdicts)).toMatchObject({ kind: 'refused', by: { name: 'absence' } });
  });

  test('a wait names what is waited for first, and lasts to the latest end that is known', () => {
    const silence = { kind: 'silenced' as const, by: 'sam', comment: '', endsAtMs: noonMs + hourMs };
    const runs = [aRun({ targets: ['web-1'], endedAtMs: noonMs - minuteMs })];
    expect(conclude(decide(anInput({ silence, runs })))).toMatchObject({
      kind: 'waiting',
      on: { name: 'silence' },
      untilMs: noonMs + hourMs,
    });
  });

  test('runs are looked at as far back as the longest of the windows', () => {
    expect(lookbackMs(aPolicy())).toBe(24 * hourMs);
    expect(lookbackMs(guarded({ cooldown: '2d' }))).toBe(48 * hourMs);
    expect(lookbackMs(guarded({ targets: { per: '3d' } }))).toBe(72 * hourMs);
  });
});
