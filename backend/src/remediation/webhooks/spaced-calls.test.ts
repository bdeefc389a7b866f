import { expect, test } from '@jest/globals';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import { SpacedCalls } from './spaced-calls.ts';

/** Calls as often as told, and lets sleepers that were woken go on. */
async function after(clock: ManualClock, ms: number) {
  clock.advance(ms);
  await clock.asleep().catch(() => undefined);
}

test('the first call is passed on at once, those that follow together after a while', async () => {
  const clock = new ManualClock(0);
  const calls: number[] = [];
  const spaced = new SpacedCalls(() => void calls.push(clock.nowMs()), clock, 250);
  spaced.call();
  expect(calls).toEqual([0]);
  clock.advance(100);
  spaced.call();
  spaced.call();
  expect(calls).toEqual([0]);
  await after(clock, 150);
  expect(calls).toEqual([0, 250]);
  spaced.stop();
});

test('a call after a quiet while is passed on at once', async () => {
  const clock = new ManualClock(0);
  const calls: number[] = [];
  const spaced = new SpacedCalls(() => void calls.push(clock.nowMs()), clock, 250);
  spaced.call();
  clock.advance(250);
  await Promise.resolve();
  await Promise.resolve();
  clock.advance(1_000);
  spaced.call();
  expect(calls).toEqual([0, 1_250]);
  spaced.stop();
});
