/** What went wrong in other automation, as stories over time; each is a public bug report of another project. */
import { expect, test } from '@jest/globals';
import {
  aPolicy,
  aRun,
  anEpisode,
  anInput,
  minuteMs,
  noonMs,
} from '../../../../test/support/remediation/decision-builders.ts';
import { closedBreaker, nextBreaker } from './breaker.ts';
import { conclude, decide } from './decide.ts';
import type { DecisionInput, PastRun } from './decision-input.ts';

const runMs = 30_000;

interface Story {
  readonly runs: PastRun[];
  /** Decides at an instant, and starts a run when it may. @returns what stood in the way; undefined when nothing did */
  happen(atMs: number, change?: Partial<DecisionInput>): string | undefined;
}

function aStory(): Story {
  const runs: PastRun[] = [];
  return {
    runs,
    happen(atMs, change = {}) {
      const seen = runs.map((run) => ((run.endedAtMs ?? 0) > atMs ? { ...run, endedAtMs: null } : run));
      const input = anInput({ nowMs: atMs, runs: seen, groupFailures: [], ...change });
      const conclusion = conclude(decide(input));
      if (conclusion.kind === 'allowed') {
        const { policy, episode } = input;
        const targets = input.target.kind === 'resolved' ? input.target.targets : [];
        const times = { createdAtMs: atMs, startedAtMs: atMs, endedAtMs: atMs + runMs };
        runs.push(aRun({ id: `run-${runs.length}`, policy: policy.name, episodeId: episode.id, targets, ...times }));
        return undefined;
      }
      return conclusion.kind === 'refused' ? conclusion.by.name : conclusion.on.name;
    },
  };
}

function openedAt(atMs: number, id: string) {
  return anEpisode({ id, startsAtMs: atMs, openedAtMs: atMs });
}

const onHost = (host: string): Pick<DecisionInput, 'target'> => ({
  target: { kind: 'resolved', targets: [host], group: 'web', members: ['web-1', 'web-2', 'web-3'] },
});

test('a message that the alert is over starts nothing, also with a policy that would kill', () => {
  const story = aStory();
  expect(story.happen(noonMs, { episode: anEpisode({ closedAtMs: noonMs, closeReason: 'resolved' }) })).toBe('firing');
  expect(story.runs).toEqual([]);
});

test('of twenty requests for one target at once one is scheduled', () => {
  const story = aStory();
  const reasons = Array.from({ length: 20 }, (_, i) =>
    story.happen(noonMs, { episode: openedAt(noonMs, `episode-${i}`) })
  );
  expect(story.runs).toHaveLength(1);
  expect(reasons.filter((reason) => reason === undefined)).toHaveLength(1);
});

test('two limits on one action both hold', () => {
  const story = aStory();
  const policy = aPolicy({ guard: { atOnce: { policy: 2, group: 1 }, targets: { atMost: 2, share: 1 } } });
  expect(story.happen(noonMs, { policy, ...onHost('web-1'), episode: openedAt(noonMs, 'a') })).toBeUndefined();
  expect(story.happen(noonMs, { policy, ...onHost('web-2'), episode: openedAt(noonMs, 'b') })).toBe('concurrency');
  const laterMs = noonMs + minuteMs;
  expect(story.happen(laterMs, { policy, ...onHost('web-2'), episode: openedAt(noonMs, 'b') })).toBeUndefined();
  expect(story.happen(laterMs + minuteMs, { policy, ...onHost('web-3'), episode: openedAt(noonMs, 'c') })).toBe(
    'blast-radius'
  );
});

test('a limit of one lets run neither all nor none: those that wait come one after the other', () => {
  const story = aStory();
  const policy = aPolicy({ guard: { atOnce: { policy: 1 }, targets: { atMost: 3, share: 1 } } });
  const waiting = new Set(['web-1', 'web-2', 'web-3']);
  for (let atMs = noonMs; atMs < noonMs + 3 * minuteMs; atMs += 10_000) {
    const started = [...waiting].filter(
      (host) => story.happen(atMs, { policy, ...onHost(host), episode: openedAt(noonMs, host) }) === undefined
    );
    started.forEach((host) => waiting.delete(host));
    expect(started.length).toBeLessThanOrEqual(1);
  }
  expect(waiting.size).toBe(0);
});

test('a second look before the first repair is finished starts no second one', () => {
  const story = aStory();
  expect(story.happen(noonMs)).toBeUndefined();
  expect(story.happen(noonMs + 10_000)).toBe('duplicate');
  expect(story.happen(noonMs + 10_000, { episode: openedAt(noonMs, 'another alert') })).toBe('correlation');
});

test('what heals for a minute and breaks again is repaired twice, then a person is asked', () => {
  const story = aStory();
  const opensMs: number[] = [];
  const reasons = new Set<string | undefined>();
  for (let openMs = noonMs; openMs < noonMs + 240 * minuteMs; openMs += 20 * minuteMs) {
    opensMs.push(openMs);
    reasons.add(story.happen(openMs, { episode: openedAt(openMs, `episode-${openMs}`), opensMs }));
  }
  expect(story.runs.length).toBe(2);
  expect(reasons).toContain('attempts');
});

test('repairs that do not help stop after three, whatever the alerts are', () => {
  const policy = aPolicy();
  const failures = policy.guard.failures;
  let breaker = closedBreaker;
  const story = aStory();
  const reasons = Array.from({ length: 6 }, (_, i) => {
    const atMs = noonMs + i * 16 * minuteMs;
    const reason = story.happen(atMs, {
      policy,
      breaker,
      ...onHost(`web-${(i % 3) + 1}`),
      episode: openedAt(atMs, `e${i}`),
      opensMs: [atMs],
    });
    breaker =
      reason === undefined
        ? nextBreaker(breaker, { kind: 'run-ended', ok: false }, { failures, nowMs: atMs + runMs })
        : breaker;
    return reason;
  });
  expect(reasons.filter((reason) => reason === undefined).length).toBeLessThanOrEqual(3);
  expect(breaker.history.length).toBeLessThanOrEqual(3);
});

test('when one action was not enough, the next rung acts in the same episode', () => {
  const story = aStory();
  const first = aPolicy({ name: 'restart', priority: 20, guard: { attempts: 1, cooldown: '1m' } });
  const second = aPolicy({ name: 'replace', priority: 10, guard: { cooldown: '1m' } });
  const episode = openedAt(noonMs, 'episode-1');
  const rivalOf = (policy: typeof first) => [{ policy, episodeId: episode.id, openedAtMs: noonMs }];
  expect(story.happen(noonMs, { policy: second, episode, rivals: rivalOf(first) })).toBe('correlation');
  expect(story.happen(noonMs, { policy: first, episode, rivals: rivalOf(second) })).toBeUndefined();
  const laterMs = noonMs + 5 * minuteMs;
  expect(story.happen(laterMs, { policy: first, episode, rivals: rivalOf(second) })).toBe('attempts');
  expect(story.happen(laterMs, { policy: second, episode, rivals: rivalOf(first) })).toBeUndefined();
  expect(story.runs.map(({ policy }) => policy)).toEqual(['restart', 'replace']);
});

test('four alert names about one host lead to one run', () => {
  const story = aStory();
  const policies = ['a', 'b', 'c', 'd'].map((name) => aPolicy({ name }));
  const all = policies.map((policy) => ({ policy, episodeId: policy.name, openedAtMs: noonMs }));
  policies.forEach((policy) => {
    const rivals = all.filter((one) => one.policy !== policy);
    story.happen(noonMs, { policy, episode: openedAt(noonMs, policy.name), rivals });
  });
  expect(story.runs.map(({ policy }) => policy)).toEqual(['a']);
});
