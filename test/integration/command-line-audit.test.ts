import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { runCli } from '../../backend/src/cli/run-cli.ts';
import { AuditLog } from '../../backend/src/remediation/audit/audit-log.ts';
import { openDatabase } from '../../backend/src/store/database.ts';
import { runAiops } from '../support/spawn-aiops.ts';

const clock = { timeMs: 1_780_000_000_000, nowMs: () => (clock.timeMs += 60_000), sleep: async () => {} };

let folder: string;
let config: string;
let store: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-audit-cli-'));
  config = join(folder, 'aiops.yaml');
  store = join(folder, 'aiops.db');
  await writeFile(config, `sources: [{ name: main, url: http://127.0.0.1:1 }]\nstore: sqlite:${store}\n`);
});
afterEach(() => rm(folder, { recursive: true }));

async function write(entries: number): Promise<string> {
  const database = await openDatabase({ file: store });
  const audit = new AuditLog({ database, clock });
  for (let i = 0; i < entries; i++) {
    await audit.append({ kind: 'run.started', subject: `run-${i}`, actor: 'Ann', data: { i } }, database);
  }
  const { head } = await audit.verify();
  await database.destroy();
  return head ?? '';
}

async function aiops(args: readonly string[], input = '') {
  const collect = (stream: PassThrough) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
    return () => text;
  };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [collect(stdout), collect(stderr)];
  const io = { stdin: Readable.from([input]), stdout, stderr, signal: new AbortController().signal };
  const code = await runCli(args, io);
  return { code, stdout: out(), stderr: err() };
}

describe('aiops audit verify', () => {
  test('follows a whole chain and prints its head, as a command of its own', async () => {
    const head = await write(3);
    const { code, stdout, stderr } = await runAiops(['audit', 'verify', '--config', config]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('3 entries, none changed, none missing');
    expect(stdout).toContain(`head ${head}`);
  });

  test('names the entry that someone changed, and changes nothing itself', async () => {
    await write(3);
    const raw = new DatabaseSync(store);
    raw.exec(`DROP TRIGGER audit_no_update; UPDATE audit SET actor = 'Eve' WHERE seq = 2`);
    raw.close();
    const before = await readFile(store);
    const { code, stderr } = await aiops(['audit', 'verify', '--config', config]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'aiops audit: entry 2 was changed after it was written (whole up to entry 1)\n',
    });
    expect(await readFile(store)).toEqual(before);
  });

  test('finds by a noted head that the end was cut off', async () => {
    const head = await write(3);
    const raw = new DatabaseSync(store);
    raw.exec('DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE seq = 3');
    raw.close();
    expect(await aiops(['audit', 'verify', '--config', config])).toMatchObject({ code: 0 });
    const { code, stderr } = await aiops(['audit', 'verify', '--config', config, '--head', head]);
    expect(code).toBe(1);
    expect(stderr).toContain('the noted head is not in the chain');
  });

  test('tells when the store is held by a backend what to do instead', async () => {
    await write(1);
    const database = await openDatabase({ file: store });
    try {
      const { code, stderr } = await runAiops(['audit', 'verify', '--config', config]);
      expect(code).toBe(1);
      expect(stderr).toContain('is in use by another process');
      expect(stderr).toContain('/api/v1/audit/export');
    } finally {
      await database.destroy();
    }
  });

  test('of a store that is not there makes none', async () => {
    const { code, stderr } = await aiops(['audit', 'verify', '--config', config]);
    expect(code).toBe(1);
    expect(stderr).toContain(`there is no store ${store}`);
    await expect(readFile(store)).rejects.toThrow('ENOENT');
  });

  test.each([
    [['audit'], 'expected verify or export'],
    [['audit', 'check'], 'expected verify or export'],
    [['audit', 'verify', 'twice'], 'unexpected "twice"'],
    [['audit', 'verify', '--head', 'abc'], '--head takes the 64 hex digits'],
    [['audit', 'verify', '--file', 'x', '--config', 'y'], 'leave --config out'],
    [['audit', 'export', '--head', '0'.repeat(64)], 'are of aiops audit verify'],
  ])('%j is refused with exit code 2', async (args, reason) => {
    const { code, stderr } = await aiops(args);
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
  });
});

describe('an export', () => {
  const exported = async () => (await aiops(['audit', 'export', '--config', config])).stdout;

  test('is verified without the store, from a file and from standard input', async () => {
    const head = await write(150);
    const text = await exported();
    expect(text.split('\n')).toHaveLength(151);
    await rm(store);
    const file = join(folder, 'audit.ndjson');
    await writeFile(file, text);
    expect(await aiops(['audit', 'verify', '--file', file, '--head', head])).toMatchObject({ code: 0 });
    const { code, stdout } = await aiops(['audit', 'verify', '--file', '-'], text);
    expect(code).toBe(0);
    expect(stdout).toContain(`150 entries, none changed, none missing\nhead ${head}`);
  });

  test.each([
    ['changed', (lines: string[]) => lines.with(1, lines[1]?.replace('Ann', 'Eve') ?? ''), 'entry 2 was changed'],
    ['removed', (lines: string[]) => lines.toSpliced(1, 1), 'entry 2 is missing'],
    ['cut off in front', (lines: string[]) => lines.slice(1), 'entry 1 is missing'],
    ['swapped', (lines: string[]) => [lines[0], lines[2], lines[1]], 'entry 2 is missing'],
    ['repeated', (lines: string[]) => [lines[0], lines[0], lines[1]], 'entry 1 stands where 2 belongs'],
    ['spelled anew', (lines: string[]) => lines.with(1, lines[1]?.replace(',', ', ') ?? ''), 'line 2 is not spelled'],
    [
      'given a key twice',
      (lines: string[]) => lines.with(1, lines[1]?.replace('"i":1', '"i":9,"i":1') ?? ''),
      'line 2 is not spelled',
    ],
    ['cut within a line', (lines: string[]) => lines.with(2, lines[2]?.slice(0, 40) ?? ''), 'line 3 is no entry'],
    ['mixed with other text', (lines: string[]) => lines.with(0, '<html>'), 'line 1 is no entry'],
  ])('of which a line was %s is not whole', async (_, change, reason) => {
    await write(3);
    const lines = (await exported()).trimEnd().split('\n');
    const { code, stderr } = await aiops(['audit', 'verify', '--file', '-'], `${change(lines).join('\n')}\n`);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });

  test('of endless text is refused and not kept', async () => {
    const { code, stderr } = await aiops(['audit', 'verify', '--file', '-'], 'x'.repeat(2_100_000));
    expect(code).toBe(1);
    expect(stderr).toContain('line 1 is longer than 2000000 characters');
  });

  test('that can not be read says so', async () => {
    const { code, stderr } = await aiops(['audit', 'verify', '--file', join(folder, 'none')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/can't be read: .*ENOENT/);
  });
});
