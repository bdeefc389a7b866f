import { appendFileSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openUnitCache, type UnitCache } from './unit-cache.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'unit-cache-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const open = (changes: { hash?: string; fresh?: boolean } = {}): UnitCache =>
  openUnitCache({ dir, name: 'suite', hash: 'a.1', fresh: false, ...changes });
const failing = (): Promise<number> => Promise.reject(new Error('stopped'));

describe('results of units', () => {
  test('are taken from an earlier run instead of being made again', async () => {
    await open().unit('one', () => Promise.resolve({ mase: 0.5 }));
    const compute = jest.fn(failing);

    expect(await open().unit<unknown>('one', compute)).toEqual({ mase: 0.5 });
    expect(compute).not.toHaveBeenCalled();
  });

  test('are made anew when the code that makes them has changed', async () => {
    await open().unit('one', () => Promise.resolve(1));

    expect(await open({ hash: 'b.1' }).unit('one', () => Promise.resolve(2))).toBe(2);
  });

  test('are forgotten on demand', async () => {
    await open().unit('one', () => Promise.resolve(1));

    expect(await open({ fresh: true }).unit('one', () => Promise.resolve(2))).toBe(2);
  });

  test('of units that failed are not stored', async () => {
    await expect(open().unit('one', failing)).rejects.toThrow('stopped');

    expect(await open().unit('one', () => Promise.resolve(2))).toBe(2);
  });

  test('that a killed process half wrote are made again, the others stay', async () => {
    await open().unit('one', () => Promise.resolve(1));
    appendFileSync(path.join(dir, 'suite-a.1.ndjson'), '{"key":"two","val');
    const cache = open();

    expect(await cache.unit('two', () => Promise.resolve(2))).toBe(2);
    expect(await cache.unit('one', failing)).toBe(1);
  });

  test('tell what was spent on those that were taken', async () => {
    await open().unit('one', () => Promise.resolve(1));
    const cache = open();

    expect(cache.spentBefore().maxRssBytes).toBe(0);
    await cache.unit('one', failing);
    expect(cache.spentBefore().maxRssBytes).toBeGreaterThan(1e6);
  });

  test('of another code are deleted when they are a day old', async () => {
    writeFileSync(path.join(dir, 'suite-old.1.ndjson'), '');
    writeFileSync(path.join(dir, 'suite-recent.1.ndjson'), '');
    writeFileSync(path.join(dir, 'suite-ad-old.1.ndjson'), '');
    utimesSync(path.join(dir, 'suite-old.1.ndjson'), 1, 1);
    utimesSync(path.join(dir, 'suite-ad-old.1.ndjson'), 1, 1);
    await open().unit('one', () => Promise.resolve(1));

    expect(readdirSync(dir).sort()).toEqual(['suite-a.1.ndjson', 'suite-ad-old.1.ndjson', 'suite-recent.1.ndjson']);
  });
});
