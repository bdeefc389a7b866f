import { expect, test } from '@jest/globals';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

test('never more places are taken than there are, and who waits gets the next one in order', async () => {
  const slots = new Slots(2);
  const [first, second] = [await slots.take(never), await slots.take(never)];
  const order: string[] = [];
  const waiting = ['a', 'b'].map(async (name) => {
    const release = await slots.take(never);
    order.push(name);
    return release;
  });
  await Promise.resolve();
  expect(order).toEqual([]);
  first();
  await waiting[0];
  expect(order).toEqual(['a']);
  second();
  await waiting[1];
  expect(order).toEqual(['a', 'b']);
});

test('a place given back twice is one place', async () => {
  const slots = new Slots(1);
  const release = await slots.take(never);
  release();
  release();
  await slots.take(never);
  const abort = new AbortController();
  const waiting = slots.take(abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('who is cancelled while waiting leaves at once and takes nothing', async () => {
  const slots = new Slots(1);
  const release = await slots.take(never);
  const abort = new AbortController();
  const cancelled = slots.take(abort.signal);
  const next = slots.take(never);
  abort.abort(new Error('cancelled'));
  await expect(cancelled).rejects.toThrow('cancelled');
  release();
  await expect(next).resolves.toBeInstanceOf(Function);
});
