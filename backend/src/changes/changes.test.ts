import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeRequest } from '../contract/change.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { ChangeLog } from './change-log.ts';
import { wideningOf } from './widening.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const nowMs = Date.parse('2026-06-10T12:00:00Z');
const actor = { id: 'u1', name: 'pipeline' };
const labels = { service: 'checkout', env: 'prod' };

describe('the widening of a band', () => {
  const deploy = { labels: { service: 'checkout' }, atMs: nowMs, widenUntilMs: nowMs + hourMs };

  test('is 2 at the change and falls in a line to 1 at its end', () => {
    const at = (ms: number) => wideningOf([deploy], labels, nowMs + ms);
    expect([at(0), at(hourMs / 4), at(hourMs / 2), at(hourMs)]).toEqual([2, 1.75, 1.5, 1]);
    expect(at(-1)).toBe(1);
  });

  test('is only of series that have all labels of the change', () => {
    expect(wideningOf([deploy], { service: 'cart' }, nowMs)).toBe(1);
    expect(wideningOf([deploy], {}, nowMs)).toBe(1);
    const more = { ...deploy, labels: { service: 'checkout', version: '2' } };
    expect(wideningOf([more], labels, nowMs)).toBe(1);
    expect(wideningOf([{ ...deploy, labels: {} }], labels, nowMs)).toBe(1);
  });

  test('of several changes is that of the widest, and never below 1 or above 2', () => {
    const change = fc.record({
      labels: fc.constantFrom({ service: 'checkout' }, { service: 'cart' }, {}),
      atMs: fc.integer({ min: -10 * hourMs, max: hourMs }).map((ms) => nowMs + ms),
      lastsMs: fc.integer({ min: 0, max: 6 * hourMs }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), (made) => {
        const changes = made.map(({ lastsMs, ...one }) => ({ ...one, widenUntilMs: one.atMs + lastsMs }));
        const factor = wideningOf(changes, labels, nowMs);
        expect(factor).toBeGreaterThanOrEqual(1);
        expect(factor).toBeLessThanOrEqual(2);
        expect(factor).toBe(Math.max(1, ...changes.map((one) => wideningOf([one], labels, nowMs))));
      })
    );
  });
});

describe('the log of changes', () => {
  let folder: string;
  let database: Database;
  const clock = { timeMs: nowMs, nowMs: () => clock.timeMs, sleep: async () => {} };

  beforeEach(async () => {
    clock.timeMs = nowMs;
    folder = await mkdtemp(join(tmpdir(), 'aiops-changes-'));
    database = await openDatabase({ file: join(folder, 'aiops.db') });
  });
  afterEach(async () => {
    await database.destroy();
    await rm(folder, { recursive: true });
  });
  const request = (changes: object = {}) =>
    ChangeRequest.parse({ title: 'checkout 1.4', labels: { service: 'checkout' }, ...changes });

  test('a change that is told widens from now on, also after a restart', async () => {
    const log = new ChangeLog({ database, clock });
    const made = await log.record(request({ widenFor: '1h', url: 'https://ci.example/7' }), actor);
    expect(made).toMatchObject({
      ...{ atMs: nowMs, widenUntilMs: nowMs + hourMs, source: 'api', by: 'pipeline' },
      url: 'https://ci.example/7',
    });
    expect(log.widening(labels, nowMs + hourMs / 2)).toBe(1.5);
    const again = new ChangeLog({ database, clock });
    expect(again.widening(labels, nowMs + hourMs / 2)).toBe(1);
    await again.start();
    expect(again.widening(labels, nowMs + hourMs / 2)).toBe(1.5);
    expect(await again.list({})).toEqual([made]);
  });

  test('a change found twice in Grafana is one, as it was seen last', async () => {
    const log = new ChangeLog({ database, clock });
    const found = {
      id: 'grafana-1-7',
      title: 'deploy',
      labels: { service: 'checkout' },
      atMs: nowMs,
      url: null,
      by: 'g',
    };
    await log.recordFound({ ...found, widenForMs: hourMs });
    await log.recordFound({ ...found, title: 'deploy 2', widenForMs: 100 * hourMs });
    const listed = await log.list({});
    expect(listed).toMatchObject([{ id: 'grafana-1-7', title: 'deploy 2', widenUntilMs: nowMs + 6 * hourMs }]);
    expect(log.widening(labels, nowMs + 3 * hourMs)).toBe(1.5);
  });

  test.each([
    [{ widenFor: '7h' }, /widenFor.*at most 6h/],
    [{ atMs: nowMs + hourMs }, /atMs/],
    [{ atMs: nowMs - 91 * dayMs }, /last 90 days/],
  ])('%j is refused', async (changes, reason) => {
    const log = new ChangeLog({ database, clock });
    await expect(log.record(request(changes), actor)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(reason),
    });
    expect(await log.list({ from: 0, to: nowMs + dayMs })).toEqual([]);
  });

  test('lists what was made or still widens in a range, newest first, and forgets after 90 days', async () => {
    const log = new ChangeLog({ database, clock });
    await log.record(request({ title: 'old', atMs: nowMs - 2 * hourMs, widenFor: '30m' }), actor);
    await log.record(request({ title: 'new' }), actor);
    const titles = async (from: number, to: number) => (await log.list({ from, to })).map(({ title }) => title);
    expect(await titles(nowMs - dayMs, nowMs)).toEqual(['new', 'old']);
    expect(await titles(nowMs - 100 * minuteMs, nowMs - 95 * minuteMs)).toEqual(['old']);
    expect(await titles(nowMs - 80 * minuteMs, nowMs - minuteMs)).toEqual([]);
    clock.timeMs = nowMs + 91 * dayMs;
    await log.record(request({ title: 'newest' }), actor);
    expect(await titles(0, clock.timeMs)).toEqual(['newest']);
  });
});
