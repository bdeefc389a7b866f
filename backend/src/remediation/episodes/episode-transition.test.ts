import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EpisodeChanges } from './episode-changes.ts';
import { nextEpisode, type AlertMessage, type EpisodeState } from './episode-transition.ts';

const t0 = Date.parse('2026-11-25T12:00:00Z');
const minute = 60_000;

function message(changes: Partial<AlertMessage> = {}): AlertMessage {
  return {
    status: 'firing',
    fingerprint: 'f',
    labels: { alertname: 'Down', instance: 'web-1' },
    annotations: {},
    generatorUrl: null,
    startsAtMs: t0,
    endsAtMs: null,
    absence: null,
    sender: 'am-1',
    truncated: 0,
    ...changes,
  };
}
const resolve = (changes: Partial<AlertMessage> = {}) => message({ status: 'resolved', ...changes });

/** The episodes that some messages leave, newest last. */
function run(...steps: ReadonlyArray<readonly [AlertMessage, number]>): readonly EpisodeState[] {
  const changes = new EpisodeChanges(
    { source: 's', sourceKind: 'alertmanager', tenant: 'default' },
    { open: new Map(), closed: new Map() }
  );
  steps.forEach(([one, receivedAtMs]) => changes.add({ message: one, receivedAtMs }));
  const opened = changes.events.filter(({ event }) => event === 'opened').map(({ episode }) => episode.id);
  const states = new Map(changes.states().map((state) => [state.id, state]));
  return opened.flatMap((id) => states.get(id) ?? []);
}

describe('the start of an outage', () => {
  test('is known by its startsAt: a repeat of it is the same outage', () => {
    expect(run([message(), t0 + 1_000], [message(), t0 + 4 * 60 * minute])).toMatchObject([
      { closedAtMs: null, deliveries: 2, openedAtMs: t0 + 1_000, seenAtMs: t0 + 4 * 60 * minute, flaps: 0 },
    ]);
  });

  test('that is later than what the same sender told before, and than its newest message, is a new outage', () => {
    const again = message({ startsAtMs: t0 + 30_000 });
    expect(run([message(), t0 + 1_000], [again, t0 + 60_000])).toMatchObject([
      { closeReason: 'refired', closedAtMs: t0 + 30_000, undecided: false },
      { closedAtMs: null, startsAtMs: t0 + 30_000, openedAtMs: t0 + 60_000, flaps: 1, undecided: true },
    ]);
  });

  test('that was before the newest message is the same outage, seen by a replica with another view', () => {
    const other = message({ startsAtMs: t0 + 20_000 });
    expect(run([message(), t0 + 30_000], [other, t0 + 31_000], [message(), t0 + 60_000])).toHaveLength(1);
  });

  test('of a replica that was not heard before may be up to 5 minutes later', () => {
    const other = (laterMs: number) => message({ sender: 'am-2', startsAtMs: t0 + laterMs });
    expect(run([message(), t0], [other(5 * minute), t0 + 6 * minute])).toHaveLength(1);
    expect(run([message(), t0], [other(5 * minute + 1), t0 + 6 * minute])).toHaveLength(2);
  });

  test('moves back when a replica knows an earlier one', () => {
    const earlier = message({ sender: 'am-2', startsAtMs: t0 - 7_000 });
    expect(run([message(), t0], [earlier, t0 + 1_000])[0]?.startsAtMs).toBe(t0 - 7_000);
  });

  test('more than 15 minutes ahead of our clock is refused, one that is less ahead begins now', () => {
    const ahead = (ms: number) => nextEpisode(undefined, undefined, message({ startsAtMs: t0 + ms }), t0);
    expect(ahead(15 * minute + 1)).toEqual({ kind: 'ignored', reason: 'future' });
    expect(ahead(15 * minute)).toMatchObject({ kind: 'opened', opened: { startsAtMs: t0, openedAtMs: t0 } });
  });

  test('may be missing: such a message belongs to the open episode, or opens one', () => {
    const untimed = message({ startsAtMs: null });
    const states = run([untimed, t0], [untimed, t0 + minute], [resolve({ startsAtMs: null }), t0 + 2 * minute]);
    expect(states).toMatchObject([{ startsAtMs: t0, deliveries: 3, closeReason: 'resolved' }]);
    expect(run([untimed, t0], [resolve({ startsAtMs: null }), t0 + minute], [untimed, t0 + 2 * minute])).toHaveLength(
      2
    );
  });
});

describe('a resolve', () => {
  const at = t0 + 10 * minute;

  test('closes the open episode at the end that it tells', () => {
    expect(run([message(), t0], [resolve({ endsAtMs: at - 30_000 }), at])).toMatchObject([
      { closeReason: 'resolved', closedAtMs: at - 30_000, seenAtMs: t0, undecided: false },
    ]);
  });

  test('never ends an episode before its start or after it was received', () => {
    expect(run([message(), t0], [resolve({ startsAtMs: t0, endsAtMs: t0 - 1 }), at])[0]?.closedAtMs).toBe(t0);
    expect(run([message(), t0], [resolve({ endsAtMs: at + minute }), at])[0]?.closedAtMs).toBe(at);
    expect(run([message(), t0], [resolve(), at])[0]?.closedAtMs).toBe(at);
  });

  test('for want of data, a pause or a change of the rule closes it as unknown', () => {
    expect(run([message(), t0], [resolve({ absence: 'MissingSeries' }), at])[0]?.closeReason).toBe('unknown');
  });

  test('that comes again closes nothing more', () => {
    const [closed, ...more] = run(
      [message(), t0],
      [resolve({ endsAtMs: at }), at],
      [resolve({ endsAtMs: at }), at + 1]
    );
    expect([closed?.deliveries, more]).toEqual([2, []]);
  });

  test('without an open episode says nothing', () => {
    expect(nextEpisode(undefined, undefined, resolve(), t0)).toEqual({ kind: 'ignored', reason: 'not-open' });
  });

  test('of an earlier outage does not close the one that runs', () => {
    const late = resolve({ endsAtMs: t0 + minute });
    const states = run([message(), t0], [message({ startsAtMs: t0 + 9 * minute }), at], [late, at + 1]);
    expect(states.map(({ closeReason }) => closeReason)).toEqual(['refired', null]);
  });
});

describe('a firing after the close', () => {
  const at = t0 + 10 * minute;
  const closing = [resolve({ endsAtMs: at - 1_000 }), at] as const;

  test('that began before it is a late duplicate and opens nothing', () => {
    expect(run([message(), t0], closing, [message(), at + 1])).toHaveLength(1);
    expect(run([message(), t0], closing, [message({ sender: 'am-2', startsAtMs: t0 + 7_000 }), at + 1])).toHaveLength(
      1
    );
  });

  test('that began after it is a new outage, even when it began before the resolve reached us', () => {
    expect(run([message(), t0], closing, [message({ startsAtMs: at - 500 }), at + minute])).toMatchObject([
      { closeReason: 'resolved' },
      { closedAtMs: null, flaps: 1 },
    ]);
  });

  test('counts as a flap within 30 quiet minutes, and not later', () => {
    const flapsAfter = (quietMs: number) => {
      const startsAtMs = at - 1_000 + quietMs;
      return run([message(), t0], closing, [message({ startsAtMs }), startsAtMs])[1]?.flaps;
    };
    expect([flapsAfter(30 * minute - 1), flapsAfter(30 * minute)]).toEqual([1, 0]);
  });

  test('of the same outage opens it again when it was closed for want of news only', () => {
    const open = run([message(), t0])[0];
    const closed = open && { ...open, closedAtMs: at, closeReason: 'lease' as const };
    expect(nextEpisode(undefined, closed, message(), at + 1)).toMatchObject({ kind: 'opened' });
  });
});

test('policies look again when an alert that said nothing of its thing begins to say something', () => {
  const decided = { ...run([message({ absence: 'NoData' }), t0])[0], undecided: false } as EpisodeState;
  const next = (absence: string | null) => nextEpisode(decided, undefined, message({ absence }), t0 + 1_000);
  expect(next('NoData')).toMatchObject({ kind: 'continued', episode: { undecided: false } });
  expect(next(null)).toMatchObject({ kind: 'continued', episode: { undecided: true, absence: null } });
});

test('of replicas whose address changes with each message the newest 16 are kept', () => {
  const steps = Array.from({ length: 40 }, (_, i) => [message({ sender: `am-${i}` }), t0 + i] as const);
  const [state] = run(...steps);
  expect(Object.keys(state?.senders ?? {})).toEqual(Array.from({ length: 16 }, (_, i) => `am-${i + 24}`));
});

const arbitraryMessage = fc.record({
  status: fc.constantFrom('firing' as const, 'resolved' as const),
  sender: fc.constantFrom('am-1', 'am-2', 'am-3'),
  startsAtMs: fc.option(fc.integer({ min: t0 - 20 * minute, max: t0 + 40 * minute }), { nil: null }),
  lastsMs: fc.option(fc.integer({ min: -1_000, max: 20 * minute }), { nil: null }),
  absence: fc.constantFrom(null, null, 'NoData'),
  waitMs: fc.integer({ min: 0, max: 10 * minute }),
});
type Step = typeof arbitraryMessage extends fc.Arbitrary<infer T> ? T : never;

function stepsOf(all: readonly Step[]): ReadonlyArray<readonly [AlertMessage, number]> {
  let nowMs = t0;
  return all.map(({ lastsMs, waitMs, ...rest }) => {
    nowMs += waitMs;
    const endsAtMs = lastsMs === null || rest.startsAtMs === null ? null : rest.startsAtMs + lastsMs;
    return [message({ ...rest, endsAtMs: rest.status === 'firing' ? null : endsAtMs }), nowMs] as const;
  });
}

describe('whatever the messages and their order', () => {
  const steps = fc.array(arbitraryMessage, { minLength: 1, maxLength: 40 }).map(stepsOf);
  // a state machine of four message fields: the default of 100 runs visits few orders
  const runs = { numRuns: 500 };

  test('at most one episode of an identity is open, and it is the newest', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const open = run(...all).map(({ closedAtMs }) => closedAtMs === null);
        return open.slice(0, -1).every((one) => !one);
      }),
      runs
    );
  });

  test('every episode has an order of times, and a reason when it is closed', () => {
    fc.assert(
      fc.property(steps, (all) =>
        run(...all).every(
          ({ startsAtMs, openedAtMs, seenAtMs, closedAtMs, closeReason }) =>
            startsAtMs <= openedAtMs &&
            openedAtMs <= seenAtMs &&
            (closedAtMs === null) === (closeReason === null) &&
            (closedAtMs ?? startsAtMs) >= startsAtMs
        )
      ),
      runs
    );
  });

  test('a message that comes twice in a row makes no difference to which episodes there are', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const timed = all.filter(([one]) => one.startsAtMs !== null);
        const shape = (states: readonly EpisodeState[]) =>
          states.map(({ openedAtMs, closedAtMs, closeReason, flaps }) => [openedAtMs, closedAtMs, closeReason, flaps]);
        const twice = timed.flatMap((one) => [one, one]);
        expect(shape(run(...twice))).toEqual(shape(run(...timed)));
      }),
      runs
    );
  });

  test('a firing that begins after all that was heard of leaves an open episode', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 41, max: 90 }), (all, laterMinutes) => {
        const atMs = (all.at(-1)?.[1] ?? t0) + laterMinutes * minute;
        const states = run(...all, [message({ startsAtMs: atMs }), atMs]);
        return states.at(-1)?.closedAtMs === null;
      }),
      runs
    );
  });
});
