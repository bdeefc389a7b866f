import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from './database.ts';
import { storeError } from './store-error.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-store-'));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

describe('the store', () => {
  test('is made with its folder when there is none, and opens again with what was written', async () => {
    const file = join(folder, 'new', 'aiops.db');
    const first = await openDatabase({ file });
    await first
      .insertInto('jobs')
      .values({
        ...{ name: 'a', spec: '{}', origin: '{}', created_at_ms: 1_795_582_160_165, updated_at_ms: 1, updated_by: 'x' },
        ...{ failures: 0, result: '{}' },
      })
      .execute();
    await first.destroy();

    const second = await openDatabase({ file });
    const rows = await second.selectFrom('jobs').select(['name', 'created_at_ms']).execute();
    await second.destroy();
    expect(rows).toEqual([{ name: 'a', created_at_ms: 1_795_582_160_165 }]);
  });

  test('writes ahead and waits for the disk, so that a commit survives a power cut', async () => {
    const file = join(folder, 'aiops.db');
    await (await openDatabase({ file })).destroy();
    const connection = new DatabaseSync(file);
    const mode = connection.prepare('PRAGMA journal_mode').get();
    connection.close();
    expect(mode).toEqual({ journal_mode: 'wal' });
  });

  test('that another process has open is refused', async () => {
    const file = join(folder, 'aiops.db');
    const other = await openDatabase({ file });
    const refusal = openDatabase({ file });
    await expect(refusal).rejects.toMatchObject({
      code: 'store_unusable',
      message: expect.stringMatching(/in use by another process/),
    });
    await other.destroy();
  });

  test('that is no database is refused and left as it is', async () => {
    const file = join(folder, 'aiops.db');
    const text = 'this is a letter to my aunt '.repeat(400);
    writeFileSync(file, text);
    await expect(openDatabase({ file })).rejects.toMatchObject({
      code: 'store_unusable',
      message: expect.stringMatching(/aiops\.db is no SQLite database or is damaged .*nothing was changed/),
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('with a damaged page is refused and left as it is', async () => {
    const file = join(folder, 'aiops.db');
    await (await openDatabase({ file })).destroy();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096 * 2, 4096 * 6);
    writeFileSync(file, bytes);
    await expect(openDatabase({ file })).rejects.toMatchObject({ code: 'store_unusable' });
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  test('of a newer version is refused by name and left as it is', async () => {
    const file = join(folder, 'aiops.db');
    await (await openDatabase({ file })).destroy();
    const newer = new DatabaseSync(file);
    newer.exec("INSERT INTO kysely_migration (name, timestamp) VALUES ('0099-future', '2031')");
    newer.close();
    await expect(openDatabase({ file })).rejects.toMatchObject({
      code: 'store_unusable',
      message: expect.stringMatching(/newer version \(it has 0099-future\)/),
    });
  });

  test('below a file that is no folder is refused with what to do', async () => {
    writeFileSync(join(folder, 'file'), 'x');
    await expect(openDatabase({ file: join(folder, 'file', 'aiops.db') })).rejects.toMatchObject({
      code: 'store_unusable',
    });
  });

  test('in a place where nobody may write is refused with what to do', async () => {
    await expect(openDatabase({ file: '/proc/aiops/aiops.db' })).rejects.toMatchObject({
      code: 'store_unusable',
      message: expect.stringMatching(/can't be made; give this user the right/),
    });
  });

  test('on a full disk says so', () => {
    const cause = Object.assign(new Error('database or disk is full'), { errcode: 13 });
    expect(storeError('/data/aiops.db', { cause }).message).toBe(
      'the disk of the store /data/aiops.db is full; make room, then start again'
    );
  });
});
