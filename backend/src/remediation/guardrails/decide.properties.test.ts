import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  aPolicy,
  aRun,
  anEpisode,
  anInput,
  hourMs,
  minuteMs,
  noonMs,
  webMembers,
} from '../../../../test/support/remediation/decision-builders.ts';
import { groupLimit } from './blast-radius.ts';
import { conclude, decide } from './decide.ts';
import { usualLimits, type DecisionInput, type PastRun } from './decision-input.ts';

const anInstant = fc.integer({ min: noonMs - 3 * hourMs, max: noonMs });

const aPastRun: fc.Arbitrary<PastRun> = fc
  .record({
    id: fc.uuid(),
    policy: fc.constantFrom('restart-crashed-api', 'other', 'restart-database'),
    episodeId: fc.constantFrom('episode-1', 'episode-2', 'episode-3'),
    group: fc.constantFrom('web', 'db'),
    targets: fc.uniqueArray(fc.constantFrom(...webMembers), { minLength: 1, maxLength: 2 }),
    createdAtMs: anInstant,
    startDelayMs: fc.option(fc.integer({ min: 0, max: 10 * minuteMs })),
    lengthMs: fc.option(fc.integer({ min: 0, max: 10 * minuteMs })),
  })
  .map(({ startDelayMs, lengthMs, ...run }) => ({
    ...run,
    startedAtMs: startDelayMs === null ? null : run.createdAtMs + startDelayMs,
    endedAtMs: lengthMs === null ? null : run.createdAtMs + (startDelayMs ?? 0) + lengthMs,
  }));

const anyInput: fc.Arbitrary<Partial<DecisionInput>> = fc.record({
  runs: fc.array(aPastRun, { maxLength: 12 }),
  opensMs: fc.array(anInstant, { maxLength: 8 }),
  groupFailures: fc.array(
    fc.record({
      target: fc.constantFrom(...webMembers),
      openedAtMs: anInstant,
      closedAtMs: fc.option(fc.constant(noonMs - minuteMs)),
    }),
    { maxLength: 10 }
  ),
  hiddenFailures: fc.integer({ min: 0, max: 3 }),
  phase: fc.constantFrom('decide' as const, 'start' as const),
  tier: fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
  requestedBy: fc.constantFrom(null, 'ann'),
  policy: fc
    .constantFrom('observe' as const, 'suggest' as const, 'approve' as const, 'auto' as const)
    .map((mode) => aPolicy({ mode, guard: { dependsOn: ['restart-database'] } })),
  breaker: fc.constantFrom(
    { state: 'closed' as const, untilMs: null, history: [true, false] },
    { state: 'open' as const, untilMs: noonMs - 1, history: [false] }
  ),
});

describe('whatever the facts are', () => {
  test('with the kill switch on nothing is ever allowed', () => {
    fc.assert(
      fc.property(anyInput, (change) => {
        const on = { scope: 'global' as const, name: '', by: 'olga', reason: '' };
        return conclude(decide(anInput({ ...change, killSwitches: [on] }))).kind === 'refused';
      })
    );
  });

  test('allowed means that every single guard passes', () => {
    fc.assert(
      fc.property(anyInput, (change) => {
        const verdicts = decide(anInput(change));
        const allPass = verdicts.every(({ outcome }) => outcome === 'pass');
        return (conclude(verdicts).kind === 'allowed') === allPass;
      })
    );
  });

  test('the same facts give the same verdicts, in whatever order they come', () => {
    fc.assert(
      fc.property(anyInput, (change) => {
        const there = decide(anInput(change));
        const reversed = {
          opensMs: [...(change.opensMs ?? [])].reverse(),
          groupFailures: [...(change.groupFailures ?? [])].reverse(),
        };
        expect(decide(anInput({ ...change, ...reversed }))).toEqual(there);
      })
    );
  });

  test('another run in the past never lets pass what a guard held back', () => {
    fc.assert(
      fc.property(anyInput, aPastRun, (change, more) => {
        const before = decide(anInput(change));
        const after = decide(anInput({ ...change, runs: [...(change.runs ?? []), more] }));
        return before.every(({ outcome }, i) => outcome === 'pass' || after[i]?.outcome !== 'pass');
      })
    );
  });

  test('another run never turns a conclusion that holds back into one that allows', () => {
    fc.assert(
      fc.property(anyInput, aPastRun, (change, more) => {
        const before = conclude(decide(anInput(change)));
        const after = conclude(decide(anInput({ ...change, runs: [...(change.runs ?? []), more] })));
        return before.kind === 'allowed' || after.kind !== 'allowed';
      })
    );
  });

  test('another failing host never lets pass what was a mass failure', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom(...webMembers), anInstant, (change, target, openedAtMs) => {
        const failures = change.groupFailures ?? [];
        const isMass = (groupFailures: typeof failures) =>
          decide(anInput({ ...change, groupFailures })).some(
            ({ name, outcome }) => name === 'mass-failure' && outcome === 'refuse'
          );
        return !isMass(failures) || isMass([...failures, { target, openedAtMs, closedAtMs: null }]);
      })
    );
  });
});

describe('over any sequence of alerts', () => {
  const anAlert = fc.record({
    host: fc.integer({ min: 0, max: 39 }),
    afterMs: fc.integer({ min: 0, max: 4 * minuteMs }),
    runMs: fc.integer({ min: 1000, max: 8 * minuteMs }),
    group: fc.constantFrom('web', 'db', 'cache', 'queue', 'edge'),
  });

  interface Step {
    readonly atMs: number;
    readonly host: string;
    readonly group: string;
    readonly runMs: number;
  }

  /** Runs start as soon as they are allowed, and end by themselves. */
  function simulate(steps: readonly Step[], members: readonly string[]): PastRun[] {
    const started: PastRun[] = [];
    steps.forEach(({ atMs, host, group, runMs }, i) => {
      const runs = started.map((run) => ((run.endedAtMs ?? 0) > atMs ? { ...run, endedAtMs: null } : run));
      const input = anInput({
        policy: aPolicy({
          name: `heal-${group}`,
          target: { group },
          guard: { targets: { share: '10%', atMost: 3 }, atOnce: { policy: 5, group: 5 } },
        }),
        episode: anEpisode({ id: `episode-${i}`, startsAtMs: atMs, openedAtMs: atMs, labels: { instance: host } }),
        target: { kind: 'resolved', targets: [host], group, members },
        nowMs: atMs,
        runs,
        groupFailures: [],
      });
      if (conclude(decide(input)).kind === 'allowed') {
        const endedAtMs = atMs + runMs;
        started.push(
          aRun({
            id: `run-${i}`,
            policy: `heal-${group}`,
            episodeId: `episode-${i}`,
            group,
            targets: [host],
            createdAtMs: atMs,
            startedAtMs: atMs,
            endedAtMs,
          })
        );
      }
    });
    return started;
  }

  const sequence = fc.array(anAlert, { maxLength: 60 }).map((alerts) => {
    let atMs = noonMs;
    return alerts.map(({ host, afterMs, runMs, group }): Step => {
      atMs += afterMs;
      return { atMs, host: `${group}-${host}`, group, runMs };
    });
  });

  function mostTargets(runs: readonly PastRun[], perMs: number): number {
    const windows = runs.map(({ startedAtMs }) => {
      const endMs = startedAtMs ?? 0;
      const within = runs.filter((run) => (run.startedAtMs ?? 0) <= endMs && (run.startedAtMs ?? 0) > endMs - perMs);
      return new Set(within.flatMap(({ targets }) => targets)).size;
    });
    return Math.max(0, ...windows);
  }

  test('a single alert is acted on', () => {
    const step = { atMs: noonMs, host: 'web-0', group: 'web', runMs: 1000 };
    expect(simulate([step], ['web-0'])).toHaveLength(1);
  });

  test('never more targets of a group are acted on in half an hour than its limit, nor more of all in an hour', () => {
    const everyone = ['web', 'db', 'cache', 'queue', 'edge'].flatMap((group) =>
      Array.from({ length: 40 }, (_, i) => `${group}-${i}`)
    );
    fc.assert(
      fc.property(sequence, fc.integer({ min: 1, max: 40 }), (steps, size) => {
        const members = everyone.filter((name) => Number(name.split('-')[1]) < size);
        const runs = simulate(steps, members);
        const limit = groupLimit(members.length, { atMost: 3, share: 0.1 });
        const groups = Map.groupBy(runs, ({ group }) => group);
        return (
          mostTargets(runs, hourMs) <= usualLimits.targetsPerHour &&
          [...groups.values()].every((ofGroup) => mostTargets(ofGroup, 30 * minuteMs) <= limit)
        );
      }),
      { numRuns: 60 }
    );
  });

  test('a host is never acted on by two runs at once, nor twice by a policy within its cooldown', () => {
    const members = ['web', 'db', 'cache', 'queue', 'edge'].flatMap((group) => [`${group}-0`, `${group}-1`]);
    fc.assert(
      fc.property(sequence, (steps) => {
        const few = steps.map((step) => ({ ...step, host: `${step.group}-${Number(step.host.split('-')[1]) % 2}` }));
        const byHost = Map.groupBy(simulate(few, members), ({ targets }) => targets[0]);
        return [...byHost.values()].every((runs) =>
          runs.every((run, i) => i === 0 || (run.startedAtMs ?? 0) - (runs[i - 1]?.endedAtMs ?? 0) >= 15 * minuteMs)
        );
      }),
      { numRuns: 60 }
    );
  });
});
