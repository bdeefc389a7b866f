import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { PolicySpecInput } from '../../contract/remediation/policy.ts';
import {
  aPolicy,
  anEpisode,
  hourMs,
  minuteMs,
  noonMs,
  webMembers,
} from '../../../../test/support/remediation/decision-builders.ts';
import { usualLimits } from '../guardrails/decision-input.ts';
import { replayPolicy, type ReplayWorld } from './replay-policy.ts';

const dayMs = 24 * hourMs;
const world: ReplayWorld = {
  inventory: new Map([['web', webMembers]]),
  tier: 'medium',
  takesMs: 15_000,
  selfHosts: new Set(),
  limits: usualLimits,
  calendarsAt: () => [],
};

function opened(
  id: string,
  atMs: number,
  change: Partial<Episode> & { host?: string; lastsMs?: number } = {}
): Episode {
  const { host = 'web-1', lastsMs = 10 * minuteMs, ...rest } = change;
  return anEpisode({
    id,
    fingerprint: `of ${host}`,
    labels: { alertname: 'ServiceDown', instance: `${host}:9100`, service: 'checkout' },
    startsAtMs: atMs,
    openedAtMs: atMs,
    seenAtMs: atMs,
    closedAtMs: atMs + lastsMs,
    ...rest,
  });
}

function replay(
  episodes: readonly Episode[],
  change: Partial<PolicySpecInput> = {},
  changedWorld: Partial<ReplayWorld> = {}
) {
  const past = { episodes, fromMs: noonMs - dayMs, days: 1 };
  return replayPolicy(aPolicy(change), past, { ...world, ...changedWorld }, new AbortController().signal);
}

function outcomes(report: Awaited<ReturnType<typeof replay>>): Record<string, string> {
  return Object.fromEntries(report.items.map(({ episodeId, outcome }) => [episodeId, outcome]));
}

describe('a replay', () => {
  test('counts what the policy is for, and what it would have done', async () => {
    const other = opened('other', noonMs - 3 * hourMs, { labels: { alertname: 'DiskFull', instance: 'web-2' } });
    const report = await replay([other, opened('a', noonMs - 2 * hourMs)]);
    expect(report).toMatchObject({ days: 1, episodes: 2, matched: 1, wouldRun: 1, refusedBy: {} });
    expect(report.items[0]).toMatchObject({ episodeId: 'a', target: 'web-1', outcome: 'would-run' });
  });

  test('shows an observing policy what it would have done', async () => {
    expect(await replay([opened('a', noonMs)], { mode: 'observe' })).toMatchObject({ wouldRun: 1 });
  });

  test('names the guard that would have refused, with its numbers', async () => {
    const report = await replay([opened('a', noonMs, { host: 'db-1' })]);
    expect(report).toMatchObject({ wouldRun: 0, refusedBy: { target: 1 } });
    expect(report.items[0]?.verdicts.find(({ name }) => name === 'target')?.detail).toBe(
      '"db-1" is not a host of group "web" in the inventory'
    );
  });

  test('lets cooldowns grow out of the runs that it would have made', async () => {
    const again = opened('b', noonMs - 50 * minuteMs, { lastsMs: 2 * minuteMs });
    const report = await replay([opened('a', noonMs - hourMs, { lastsMs: minuteMs }), again]);
    expect(outcomes(report)).toEqual({ a: 'would-run', b: 'refused' });
    expect(report.refusedBy).toEqual({ cooldown: 1 });
  });

  test('waits as a live decision does, while the alert lasts', async () => {
    const again = opened('b', noonMs - 50 * minuteMs, { lastsMs: 10 * minuteMs });
    const report = await replay([opened('a', noonMs - hourMs, { lastsMs: minuteMs }), again], {
      guard: { attempts: 3 },
    });
    expect(outcomes(report)).toEqual({ a: 'would-run', b: 'would-run' });
  });

  test('acts on no single host when much of the group fails at once', async () => {
    const storm = webMembers
      .slice(0, 4)
      .map((host, i) => opened(host, noonMs - hourMs + i * 1000, { host, lastsMs: hourMs }));
    const report = await replay(storm, {
      guard: { targets: { atMost: 10, share: 1 }, atOnce: { policy: 10, group: 10 } },
    });
    // those before the fourth could not know
    expect(report.refusedBy['mass-failure']).toBe(1);
    expect(outcomes(report)['web-4']).toBe('refused');
  });

  test('heeds the freezes of the calendars as they were', async () => {
    const freeze = { name: 'freeze', on: { name: 'year end', endMs: noonMs }, fault: null };
    const frozen = (timeMs: number) => [timeMs < noonMs ? freeze : { ...freeze, on: null }];
    const guard = { calendars: ['freeze'] };
    const early = opened('a', noonMs - hourMs, { lastsMs: minuteMs });
    const long = opened('b', noonMs - hourMs, { host: 'web-2', lastsMs: 2 * hourMs });
    expect(outcomes(await replay([early, long], { guard }, { calendarsAt: frozen }))).toEqual({
      a: 'refused',
      b: 'would-run',
    });
  });

  test('takes what was before its days into account without counting it', async () => {
    const before = [3, 2, 1].map((i) => opened(`before-${i}`, noonMs - dayMs - i * minuteMs, { lastsMs: 30_000 }));
    const report = await replay([...before, opened('a', noonMs - dayMs + 1000)]);
    expect(report).toMatchObject({ episodes: 1, matched: 1, refusedBy: { flap: 1 } });
  });

  test('is the same for the same past', async () => {
    const anOutage = fc.record({
      host: fc.constantFrom(...webMembers),
      agoMs: fc.integer({ min: 0, max: dayMs }),
      lastsMs: fc.integer({ min: 1000, max: 2 * hourMs }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anOutage, { maxLength: 40 }), async (outages) => {
        const episodes = outages
          .map(({ host, agoMs, lastsMs }, i) => opened(`e${i}`, noonMs - agoMs, { host, lastsMs }))
          .sort((a, b) => a.openedAtMs - b.openedAtMs);
        const report = await replay(episodes);
        const refused = Object.values(report.refusedBy).reduce((sum, times) => sum + times, 0);
        expect(await replay(episodes)).toEqual(report);
        return report.wouldRun + refused === report.matched && report.items.length === report.matched;
      }),
      { numRuns: 15 }
    );
  });

  test('of a storm answers with every number and the newest two hundred items', async () => {
    const storm = Array.from({ length: 600 }, (_, i) =>
      opened(`e${i}`, noonMs - hourMs + i * 1000, { host: webMembers[i % 10] ?? '' })
    );
    const report = await replay(storm);
    expect(report.items).toHaveLength(200);
    expect(report.matched).toBe(600);
    expect(report.items[0]?.episodeId).toBe('e599');
  });
});
