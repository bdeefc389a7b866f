import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AuditListQuery } from '../../contract/remediation/control.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import { AuditLog } from './audit-log.ts';
import { type ChainEntry, entryHash, exportLine, genesisHash } from './chain.ts';
import { ChainCheck } from './check-chain.ts';

const nowMs = 1_780_000_000_000;
const record = (changes: object = {}) => ({
  kind: 'run.approved',
  subject: 'run-1',
  actor: 'Ann',
  data: { planHash: 'ab' },
  ...changes,
});

// From a second implementation, Python 3.11:
//   text = json.dumps(entry, sort_keys=True, separators=(',', ':'), ensure_ascii=False)
//   hash = hashlib.sha256((previous + '\n' + text).encode()).hexdigest()
const golden = [
  {
    atMs: 1_780_000_000_000,
    record: {
      kind: 'episode.opened',
      subject: 'e-1',
      actor: 'alertmanager',
      data: { labels: { instance: 'web-1:8080', alertname: 'ServiceDown' }, flaps: 0 },
    },
    hash: '229df924be012e8139c89b119e5276ca62a62f9101b718b92f5c18cf6476a593',
  },
  {
    atMs: 1_780_000_000_250,
    record: {
      kind: 'run.approved',
      subject: 'r-1',
      actor: 'Ада',
      data: {
        verdicts: [{ guard: 'G7', outcome: 'pass', numbers: { share: 0.1 } }],
        note: 'line\nfeed "quoted" \u2028 €',
      },
    },
    hash: '4173032764afc4eb13a62aad16a80184519687c51de7ead6b1dc77074bd1fb3e',
  },
  {
    atMs: 1_780_000_001_000,
    record: { kind: 'run.verified', subject: 'r-1', actor: 'aiops', data: {} },
    hash: '2dd48ed37cbc0247e5786c9ab7778bdcbbeda80a0fedf8276ba6be4f751014d3',
  },
];

let folder: string;
let file: string;
let database: Database;
const clock = { timeMs: nowMs, nowMs: () => clock.timeMs, sleep: async () => {} };

beforeEach(async () => {
  clock.timeMs = nowMs;
  folder = await mkdtemp(join(tmpdir(), 'aiops-audit-'));
  file = join(folder, 'aiops.db');
  database = await openDatabase({ file });
});
afterEach(async () => {
  await database.destroy();
  await rm(folder, { recursive: true });
});

async function linesOf(log: AuditLog): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of log.exportLines()) {
    lines.push(line);
  }
  return lines;
}

describe('the audit', () => {
  test('hashes as a second implementation does', async () => {
    const log = new AuditLog({ database, clock });
    for (const one of golden) {
      clock.timeMs = one.atMs;
      await log.append(one.record, database);
    }
    const { items } = await log.list(AuditListQuery.parse({}));
    expect(items.map(({ hash }) => hash).reverse()).toEqual(golden.map(({ hash }) => hash));
    expect(await log.verify()).toEqual({
      ...{ ok: true, entries: 3, head: golden[2]?.hash, fault: null },
      ...{ clockSteps: [], longestGap: { seq: 3, ms: 750 } },
    });
  });

  test('of nothing yet is whole', async () => {
    const check = await new AuditLog({ database, clock }).verify();
    expect(check).toMatchObject({ ok: true, entries: 0, head: null, fault: null });
  });

  test('keeps neither the change nor the entry when the transaction fails', async () => {
    const log = new AuditLog({ database, clock });
    await log.append(record(), database);
    const failed = database.transaction().execute(async (db) => {
      await log.append(record({ kind: 'run.started' }), db);
      throw new Error('disk');
    });
    await expect(failed).rejects.toThrow('disk');
    await log.append(record({ kind: 'run.verified' }), database);
    const { items, total } = await log.list(AuditListQuery.parse({}));
    expect(items.map(({ seq, kind }) => [seq, kind])).toEqual([
      [2, 'run.verified'],
      [1, 'run.approved'],
    ]);
    expect(total).toBe(2);
    expect((await log.verify()).ok).toBe(true);
  });

  test('stays one chain when many write at once, in and out of transactions', async () => {
    const log = new AuditLog({ database, clock });
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const one = record({ data: { i } });
        await (i % 2 === 0 ? log.append(one, database) : database.transaction().execute((db) => log.append(one, db)));
      })
    );
    expect(await log.verify()).toMatchObject({ ok: true, entries: 40 });
  });

  test('goes on after a restart where it ended', async () => {
    await new AuditLog({ database, clock }).append(record(), database);
    await database.destroy();
    database = await openDatabase({ file });
    const log = new AuditLog({ database, clock });
    await log.append(record(), database);
    expect(await log.verify()).toMatchObject({ ok: true, entries: 2 });
  });

  test('can be neither changed nor deleted through SQL', async () => {
    const log = new AuditLog({ database, clock });
    await log.append(record(), database);
    await expect(database.updateTable('audit').set({ actor: 'Eve' }).execute()).rejects.toThrow('append-only');
    await expect(database.deleteFrom('audit').execute()).rejects.toThrow('append-only');
    expect(await log.verify()).toMatchObject({ ok: true, entries: 1 });
  });

  test('verifies and exports more than one page of entries', async () => {
    const log = new AuditLog({ database, clock });
    await database.transaction().execute(async (db) => {
      for (let i = 0; i < 250; i++) {
        await log.append(record({ data: { i } }), db);
      }
    });
    expect(await log.verify()).toMatchObject({ ok: true, entries: 250 });
    const lines = await linesOf(log);
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual(
      Array.from({ length: 250 }, (_, i) => i + 1)
    );
  });

  test('is listed newest first, page by page, while new entries come', async () => {
    const log = new AuditLog({ database, clock });
    for (let i = 1; i <= 5; i++) {
      await log.append(record({ subject: i % 2 === 0 ? 'even' : 'odd', kind: `k.${i}` }), database);
    }
    const first = await log.list(AuditListQuery.parse({ limit: 2 }));
    await log.append(record(), database);
    const second = await log.list(AuditListQuery.parse({ limit: 2, cursor: first.nextCursor }));
    const third = await log.list(AuditListQuery.parse({ limit: 2, cursor: second.nextCursor }));
    expect([...first.items, ...second.items, ...third.items].map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1]);
    expect(third.nextCursor).toBeNull();
    const odd = await log.list(AuditListQuery.parse({ subject: 'odd' }));
    expect(odd).toMatchObject({ total: 3, nextCursor: null });
    const kind = await log.list(AuditListQuery.parse({ kind: 'k.4' }));
    expect(kind.items.map(({ seq }) => seq)).toEqual([4]);
    await expect(log.list(AuditListQuery.parse({ cursor: 'x' }))).rejects.toThrow('expected the nextCursor');
  });

  test('shows that the clock was set back and how long nothing was written', async () => {
    const log = new AuditLog({ database, clock });
    for (const passed of [0, 10_000, 4_000, 3_604_000]) {
      clock.timeMs = nowMs + passed;
      await log.append(record(), database);
    }
    expect(await log.verify()).toMatchObject({
      ok: true,
      clockSteps: [{ seq: 3, byMs: -6_000 }],
      longestGap: { seq: 4, ms: 3_600_000 },
    });
  });

  test('cut at its end is found only by a head that was noted', async () => {
    const log = new AuditLog({ database, clock });
    await log.append(record(), database);
    const head = String((await log.verify()).head);
    await log.append(record(), database);
    expect((await log.verify({ head })).ok).toBe(true);
    const newest = String((await log.verify()).head);
    await tamper((raw) => raw.exec('DELETE FROM audit WHERE seq = 2'));
    const cut = new AuditLog({ database, clock });
    expect((await cut.verify()).ok).toBe(true);
    expect(await cut.verify({ head: newest })).toMatchObject({
      ok: false,
      fault: { seq: 2, message: expect.stringContaining('the noted head is not in the chain') },
    });
  });

  test.each([
    ['the facts', `UPDATE audit SET data = '{"planHash":"ac"}' WHERE seq = 2`],
    ['the spelling of the facts', `UPDATE audit SET data = '{ "planHash":"ab"}' WHERE seq = 2`],
    ['the actor', `UPDATE audit SET actor = 'Eve' WHERE seq = 2`],
    ['the time', 'UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 2'],
    ['the kind', `UPDATE audit SET kind = 'run.denied' WHERE seq = 2`],
    ['the subject', `UPDATE audit SET subject = 'run-2' WHERE seq = 2`],
    ['a hash', `UPDATE audit SET hash = '${'1'.repeat(64)}' WHERE seq = 2`],
    ['the hash before', `UPDATE audit SET previous_hash = '${'1'.repeat(64)}' WHERE seq = 2`],
  ])('is found changed in %s, with the number of the entry', async (_, sql) => {
    const log = new AuditLog({ database, clock });
    for (let i = 0; i < 3; i++) {
      await log.append(record(), database);
    }
    await tamper((raw) => raw.exec(sql));
    const check = await new AuditLog({ database, clock }).verify();
    expect(check).toMatchObject({
      ok: false,
      fault: { seq: 2, message: expect.stringContaining('entry 2 was changed') },
    });
  });

  test.each([
    ['DELETE FROM audit WHERE seq = 1', 2, 'entry 1 is missing'],
    ['DELETE FROM audit WHERE seq IN (2, 3)', 4, 'entries 2 to 3 are missing'],
    ['UPDATE audit SET seq = 0 WHERE seq = 1', 0, 'entry 0 stands where 1 belongs'],
  ])('is found with entries missing: %s', async (sql, seq, message) => {
    const log = new AuditLog({ database, clock });
    for (let i = 0; i < 4; i++) {
      await log.append(record(), database);
    }
    await tamper((raw) => raw.exec(sql));
    const check = await new AuditLog({ database, clock }).verify();
    expect(check).toMatchObject({ ok: false, fault: { seq, message: expect.stringContaining(message) } });
  });

  test('still lists entries whose facts were spoilt', async () => {
    await new AuditLog({ database, clock }).append(record(), database);
    await tamper((raw) => raw.exec(`UPDATE audit SET data = '{"pla' WHERE seq = 1`));
    const { items } = await new AuditLog({ database, clock }).list(AuditListQuery.parse({}));
    expect(items[0]?.data).toEqual({ unreadable: '{"pla' });
  });

  test('leaves out facts that are too long, and stays whole', async () => {
    const log = new AuditLog({ database, clock });
    const data = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, 'x'.repeat(8_000)]));
    await log.append(record({ data }), database);
    const { items } = await log.list(AuditListQuery.parse({}));
    expect(items[0]?.data).toEqual({
      leftOut: expect.stringMatching(/^48\d{4} characters/),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await log.verify()).ok).toBe(true);
  });

  test('holds no secret in any field, also not in the file of the store', async () => {
    const secret = 'hunter2-canary-4711';
    const log = new AuditLog({ database, clock, secrets: [secret] });
    await log.append(
      {
        kind: `run.${secret}`,
        subject: `s ${secret}`,
        actor: `a ${secret}`,
        data: { note: `before ${secret} after`, [secret]: 1, nested: [{ url: `https://u:${secret}@host/` }] },
      },
      database
    );
    const text = JSON.stringify(await log.list(AuditListQuery.parse({}))) + (await linesOf(log)).join('');
    expect(text).toContain('before [secret] after');
    expect(text).not.toContain(secret);
    expect((await log.verify()).ok).toBe(true);
  });

  /** What someone with the file can do: past the triggers. */
  async function tamper(change: (raw: DatabaseSync) => void): Promise<void> {
    await database.destroy();
    const raw = new DatabaseSync(file);
    raw.exec('DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete');
    change(raw);
    raw.close();
    database = await openDatabase({ file });
  }
});

describe('a chain of any entries', () => {
  const entries = fc
    .array(
      fc.record({
        atMs: fc.nat(),
        kind: fc.string({ maxLength: 10 }),
        subject: fc.string({ maxLength: 10 }),
        actor: fc.string({ maxLength: 10 }),
        dataText: fc
          .dictionary(fc.string({ maxLength: 5 }), fc.nat(), { maxKeys: 3 })
          .map((data) => JSON.stringify(data)),
      }),
      { minLength: 2, maxLength: 12 }
    )
    .map(chainOf);
  const check = (chain: readonly ChainEntry[], head?: string) => {
    const checked = new ChainCheck(head);
    chain.every((entry) => checked.add(entry));
    return checked.result();
  };

  test('passes as it was written, at every length, with every head that it had', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (chain, at) => {
        const head = chain[at % chain.length]?.hash;
        expect(check(chain, head)).toMatchObject({ ok: true, entries: chain.length, head: chain.at(-1)?.hash });
      })
    );
  });

  test('fails after any single edit of any field of any entry', () => {
    const fields = ['seq', 'atMs', 'kind', 'subject', 'actor', 'dataText', 'previousHash', 'hash'] as const;
    fc.assert(
      fc.property(entries, fc.nat(), fc.constantFrom(...fields), (chain, at, field) => {
        const index = at % chain.length;
        const edited = chain.map((entry, i) => (i === index ? spoilt(entry, field) : entry));
        expect(check(edited).ok).toBe(false);
      })
    );
  });

  test('fails after an edit even when the hash of the edited entry is made anew', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (chain, at) => {
        const index = at % (chain.length - 1);
        const edited = chain.map((entry, i) =>
          i === index ? rehashed({ ...entry, actor: `${entry.actor}!` }) : entry
        );
        expect(check(edited)).toMatchObject({ ok: false, fault: { seq: index + 2 } });
      })
    );
  });

  test('fails after any single entry is deleted, the last one when the head was noted', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (chain, at) => {
        const index = at % chain.length;
        expect(check(chain.toSpliced(index, 1), chain.at(-1)?.hash).ok).toBe(false);
      })
    );
  });

  test('fails after any two entries change places, also with their numbers', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat(), (chain, one, two) => {
        const [a, b] = [one % chain.length, two % chain.length];
        fc.pre(a !== b);
        const at = (i: number) => chain[i === a ? b : i === b ? a : i] as ChainEntry;
        expect(check(chain.map((_, i) => at(i))).ok).toBe(false);
        expect(check(chain.map((entry, i) => ({ ...at(i), seq: entry.seq }))).ok).toBe(false);
      })
    );
  });

  test('written anew from any entry on is found by a head noted after it', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (chain, at) => {
        const index = at % chain.length;
        const forged = chainOf(chain.map((entry, i) => (i === index ? { ...entry, actor: `${entry.actor}!` } : entry)));
        expect(check(forged).ok).toBe(true);
        expect(check(forged, chain.at(-1)?.hash).ok).toBe(false);
      })
    );
  });

  test('is exported as canonical JSON', () => {
    fc.assert(
      fc.property(entries, (chain) => {
        const [entry] = chain as [ChainEntry];
        const { dataText, ...rest } = entry;
        expect(JSON.parse(exportLine(entry))).toEqual({ ...rest, data: JSON.parse(dataText) as unknown });
      })
    );
  });
});

function chainOf(
  facts: ReadonlyArray<Pick<ChainEntry, 'atMs' | 'kind' | 'subject' | 'actor' | 'dataText'>>
): ChainEntry[] {
  const chain: ChainEntry[] = [];
  for (const fact of facts) {
    chain.push(rehashed({ ...fact, seq: chain.length + 1, previousHash: chain.at(-1)?.hash ?? genesisHash, hash: '' }));
  }
  return chain;
}

function rehashed(entry: ChainEntry): ChainEntry {
  return { ...entry, hash: entryHash(entry) };
}

function spoilt(entry: ChainEntry, field: keyof ChainEntry): ChainEntry {
  const value = entry[field];
  return { ...entry, [field]: typeof value === 'number' ? value + 1 : `${value} ` };
}
