import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { closedBreaker, nextBreaker, type Breaker, type BreakerEvent } from './breaker.ts';

const failures = { inARow: 3, ofLastTen: 0.5, openMs: 3_600_000 };
const nowMs = 1_000_000;

function after(events: ReadonlyArray<BreakerEvent | boolean>, from: Breaker = closedBreaker, atMs = nowMs): Breaker {
  return events.reduce<Breaker>(
    (breaker, event) =>
      nextBreaker(breaker, typeof event === 'boolean' ? { kind: 'run-ended', ok: event } : event, {
        failures,
        nowMs: atMs,
      }),
    from
  );
}

test.each([
  [[false, false], 'closed'],
  [[false, false, false], 'open'],
  [[false, false, true, false, false], 'closed'],
  [[true, false, true, false, true, false, true, false, false], 'closed'],
  [[true, false, true, false, true, false, true, false, true, false], 'open'],
  [[true, true, false, true, false, true, false, true, true, false], 'closed'],
])('after %j it is %s', (outcomes, state) => {
  expect(after(outcomes).state).toBe(state);
});

test('it opens for as long as the policy says', () => {
  expect(after([false, false, false])).toEqual({
    state: 'open',
    untilMs: nowMs + 3_600_000,
    history: [false, false, false],
  });
});

test('a run that starts once its time is over makes it half-open; one before does not', () => {
  const open = after([false, false, false]);
  const started = { kind: 'run-started' as const };
  expect(after([started], open, nowMs + 3_600_000).state).toBe('half-open');
  expect(after([started], open, nowMs + 3_599_999)).toBe(open);
  expect(after([started])).toBe(closedBreaker);
});

test('the trial decides: verified closes it with a clean record, anything else opens it again', () => {
  const trial: Breaker = { state: 'half-open', untilMs: null, history: [false, false, false] };
  expect(after([true], trial)).toEqual(closedBreaker);
  expect(after([false], trial)).toMatchObject({ state: 'open', untilMs: nowMs + 3_600_000 });
});

test('a success that was under way when it opened does not close it', () => {
  expect(after([true], after([false, false, false]))).toMatchObject({ state: 'open', untilMs: nowMs + 3_600_000 });
});

test('a person closes it', () => {
  expect(after([{ kind: 'reset' }], after([false, false, false]))).toEqual(closedBreaker);
});

const anEvent = fc.oneof(
  fc.record({ kind: fc.constant('run-ended' as const), ok: fc.boolean() }),
  fc.constant({ kind: 'run-started' as const })
);

test('whatever happens, it remembers ten outcomes, has an end exactly when open, and three failures leave it not closed', () => {
  fc.assert(
    fc.property(fc.array(anEvent, { maxLength: 40 }), (events) => {
      const breaker = after(events);
      const later = after([false, false, false], breaker);
      return (
        breaker.history.length <= 10 &&
        (breaker.state === 'open') === (breaker.untilMs !== null) &&
        later.state === 'open'
      );
    })
  );
});
