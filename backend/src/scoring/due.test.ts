import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dueAtMs } from './due.ts';

const stepMs = 60_000;
const nowMs = 1_795_500_000_000;
const question = (name: string, atMs: number, delayMs = 30_000) => ({ name, stepMs, nowMs: atMs, delayMs });
const names = fc.string({ minLength: 1, maxLength: 63 });

test('a job is due within a step after the end of each of its steps, when its source has the data', () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 0, max: 600_000 }), (name, delayMs) => {
      const dueMs = dueAtMs(question(name, nowMs, delayMs), Math.floor((nowMs - delayMs) / stepMs) * stepMs);
      const endMs = Math.floor((nowMs - delayMs) / stepMs) * stepMs + stepMs;
      expect(dueMs).toBeGreaterThanOrEqual(endMs + delayMs);
      expect(dueMs).toBeLessThan(endMs + delayMs + stepMs);
    })
  );
});

test('at the moment that was answered the job is due', () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 0, max: 600_000 }), (name, delayMs) => {
      const doneMs = Math.floor((nowMs - delayMs) / stepMs) * stepMs;
      const dueMs = dueAtMs(question(name, nowMs, delayMs), doneMs);
      expect(dueAtMs(question(name, dueMs, delayMs), doneMs)).toBe(dueMs);
      expect(dueAtMs(question(name, dueMs - 1, delayMs), doneMs)).toBe(dueMs);
    })
  );
});

test('a thousand jobs are spread over the step', () => {
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < 1_000; i++) {
    const dueMs = dueAtMs(question(`job-${i}`, nowMs, 0), nowMs);
    const tenth = Math.floor(((dueMs - nowMs - stepMs) / stepMs) * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(Math.max(...tenths)).toBeLessThan(160);
  expect(tenths.slice(0, 9).every((count) => count > 60)).toBe(true);
});

test('what was missed is due now', () => {
  expect(dueAtMs(question('load', nowMs), nowMs - 10 * stepMs)).toBe(nowMs);
});

test('a cursor that is hours ahead of the clock does not make a job wait for it', () => {
  expect(dueAtMs(question('load', nowMs), nowMs + 8 * 3_600_000)).toBe(nowMs);
});
