import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { aPolicySpec, anEpisode, noonMs } from '../../../../test/support/remediation/decision-builders.ts';
import { actionsOnly, aManifest, policyNames } from '../../../../test/support/remediation/manifests.ts';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import type { PolicySpec } from '../../contract/remediation/policy.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { rowOf } from '../episodes/episode-columns.ts';
import { PolicyBook, type PolicyBookDeps } from './policy-book.ts';

let folder: string;
let database: Database;
let audit: AuditLog;
const clock = new ManualClock(noonMs);
const ann = { name: 'ann' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-policies-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  audit = new AuditLog({ database, clock });
});

afterEach(async () => {
  await database.destroy();
  await rm(folder, { recursive: true });
});

async function aBook(change: Partial<PolicyBookDeps> = {}): Promise<PolicyBook> {
  const book = new PolicyBook({
    database,
    clock,
    logger: pino({ level: 'silent' }),
    audit,
    provisioned: [],
    engines: new Map([['ansible', actionsOnly('ansible', [aManifest()])]]),
    names: () => Promise.resolve(policyNames()),
    ...change,
  });
  await book.start();
  return book;
}

const observing = (change: Parameters<typeof aPolicySpec>[0] = {}): PolicySpec =>
  aPolicySpec({ mode: 'observe', ...change });

function fromFile(spec: PolicySpec, line = 2) {
  return { spec, file: 'policies/web.yaml', line };
}

let attempts = 0;

/** Runs of the policy for one episode, which the store wants to know. */
async function endedRuns(states: readonly string[]): Promise<void> {
  await database
    .insertInto('episodes')
    .values(rowOf({ ...anEpisode(), senders: {}, truncated: 0, undecided: false }, noonMs))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = {
    ...{ policy: 'restart-crashed-api', plan: '{}', plan_hash: 'h', digest: 'd', mode: 'approve', group_name: 'web' },
    ...{ episode_id: 'episode-1', verdicts: '[]', created_at_ms: clock.nowMs(), updated_at_ms: clock.nowMs() },
  };
  const rows = states.map((state) => ({ ...row, state, id: `run-${++attempts}`, attempt: attempts }));
  await database.insertInto('runs').values(rows).execute();
}

async function auditKinds(): Promise<string[]> {
  const { items } = await audit.list({ limit: 100 });
  return items.map(({ kind, subject, actor }) => `${kind} ${subject} ${actor}`).reverse();
}

describe('a saved policy', () => {
  test('is active at once, and is there after a restart', async () => {
    const book = await aBook();
    await book.save(observing(), ann);
    expect(book.active().map(({ name, version, editedBy }) => [name, version, editedBy])).toEqual([
      ['restart-crashed-api', 1, 'ann'],
    ]);
    expect((await aBook()).active().map(({ name }) => name)).toEqual(['restart-crashed-api']);
  });

  test('has a version and an audit entry for each change, and none for the same definition again', async () => {
    const book = await aBook();
    await book.save(observing(), ann);
    await book.save(observing({ guard: { cooldown: '1h' } }), { name: 'bob' });
    await book.save(observing({ guard: { cooldown: '1h' } }), { name: 'cho' });
    const versions = await book.versions('restart-crashed-api');
    expect(versions.map(({ version, by, spec }) => [version, by, spec.guard.cooldown])).toEqual([
      [2, 'bob', '1h'],
      [1, 'ann', '15m'],
    ]);
    expect(await auditKinds()).toEqual([
      'policy.saved restart-crashed-api ann',
      'policy.saved restart-crashed-api bob',
    ]);
    const { items } = await audit.list({ limit: 1 });
    expect(items[0]?.data).toMatchObject({
      version: 2,
      changes: [{ path: 'guard.cooldown', from: '"15m"', to: '"1h"' }],
    });
  });

  test('is refused with every fault at its key, and nothing is kept of it', async () => {
    const book = await aBook();
    const saving = book.save(observing({ sources: ['no'], do: { playbook: 'nope' } }), ann);
    await expect(saving).rejects.toMatchObject({
      code: 'invalid_request',
      context: { issues: [{ path: 'sources.0' }, { path: 'do.playbook' }] },
    });
    expect(book.active()).toEqual([]);
    expect(await auditKinds()).toEqual([]);
  });

  test('may not wait for itself over others', async () => {
    const book = await aBook();
    await book.save(observing({ name: 'a' }), ann);
    await book.save(observing({ name: 'b', guard: { dependsOn: ['a'] } }), ann);
    await expect(book.save(observing({ name: 'a', guard: { dependsOn: ['b'] } }), ann)).rejects.toThrow(
      'they would wait for each other: a → b → a'
    );
    await expect(book.save(observing({ name: 'c', guard: { dependsOn: ['zzz'] } }), ann)).rejects.toThrow(
      'policy "zzz" does not exist'
    );
    await expect(book.remove('a', ann)).rejects.toThrow('policy "a" is what b depends on');
  });

  test('that is disabled is there but not active', async () => {
    const book = await aBook();
    await book.save(observing({ enabled: false }), ann);
    expect(book.active()).toEqual([]);
    expect((await book.list()).map(({ spec }) => spec.enabled)).toEqual([false]);
  });

  test('goes on counting its versions after it was removed and made anew', async () => {
    const book = await aBook();
    await book.save(observing(), ann);
    await book.remove('restart-crashed-api', ann);
    await expect(book.get('restart-crashed-api')).rejects.toMatchObject({ code: 'not_found' });
    expect((await book.save(observing(), ann)).version).toBe(2);
  });

  test('whose playbook is gone is left aside and says why', async () => {
    await (await aBook()).save(observing(), ann);
    const book = await aBook({
      engines: new Map([['ansible', actionsOnly('ansible', [aManifest({ name: 'other' })])]]),
    });
    expect(book.active()).toEqual([]);
    expect((await book.get('restart-crashed-api')).fault).toContain(
      'do.playbook: playbook "restart_service" does not exist'
    );
  });
});

describe('a policy of a file', () => {
  test('is changed in the file only', async () => {
    const book = await aBook({ provisioned: [fromFile(observing())] });
    await expect(book.save(observing({ title: 'x' }), ann)).rejects.toMatchObject({ code: 'read_only' });
    await expect(book.setMode('restart-crashed-api', 'suggest', ann)).rejects.toMatchObject({ code: 'read_only' });
    await expect(book.remove('restart-crashed-api', ann)).rejects.toThrow(
      'is defined in policies/web.yaml: change it there and restart'
    );
  });

  test('may act alone without a record: whoever reviewed the file answers for it', async () => {
    const book = await aBook({ provisioned: [fromFile(aPolicySpec({ mode: 'auto' }))] });
    expect(book.active().map(({ mode }) => mode)).toEqual(['auto']);
  });

  test('has a new version for a changed definition, and none for another line', async () => {
    await aBook({ provisioned: [fromFile(observing())] });
    const moved = await aBook({ provisioned: [fromFile(observing(), 9)] });
    expect(await moved.get('restart-crashed-api')).toMatchObject({ version: 1, origin: { kind: 'file', line: 9 } });
    const changed = await aBook({ provisioned: [fromFile(observing({ priority: 5 }), 9)] });
    expect((await changed.get('restart-crashed-api')).version).toBe(2);
  });

  test('takes its name from one of the API, whose versions stay', async () => {
    await (await aBook()).save(observing({ title: 'mine' }), ann);
    const book = await aBook({ provisioned: [fromFile(observing())] });
    expect(await book.get('restart-crashed-api')).toMatchObject({ version: 2, origin: { kind: 'file' } });
    expect((await book.versions('restart-crashed-api')).map(({ spec }) => spec.title)).toEqual([undefined, 'mine']);
  });

  test('goes when no file defines it any more', async () => {
    await aBook({ provisioned: [fromFile(observing())] });
    const book = await aBook();
    expect(await book.list()).toEqual([]);
    expect((await auditKinds()).at(-1)).toBe('policy.removed restart-crashed-api provisioning');
  });
});

describe('promotion', () => {
  const verified = (count: number) => Array.from({ length: count }, () => 'verified');

  async function anApprovingBook(): Promise<PolicyBook> {
    const book = await aBook();
    await book.save(observing(), ann);
    await book.setMode('restart-crashed-api', 'approve', ann);
    return book;
  }

  test('to auto takes ten runs of which 95 % were verified', async () => {
    const book = await anApprovingBook();
    await endedRuns([...verified(9), 'denied', 'refused']);
    await expect(book.setMode('restart-crashed-api', 'auto', ann)).rejects.toThrow(
      '9 of 10 runs that people agreed to have ended'
    );
    await endedRuns(verified(1));
    expect((await book.get('restart-crashed-api')).promotion).toBeNull();
    expect((await book.setMode('restart-crashed-api', 'auto', ann)).spec.mode).toBe('auto');
  });

  test('is not earned by runs that nobody saw succeed', async () => {
    const book = await anApprovingBook();
    await endedRuns([...verified(18), 'inconclusive', 'unknown']);
    await expect(book.setMode('restart-crashed-api', 'auto', ann)).rejects.toThrow(
      '18 of 20 runs were verified (90 %)'
    );
  });

  test('never skips the modes before', async () => {
    const book = await aBook();
    await book.save(observing(), ann);
    await endedRuns(verified(20));
    await expect(book.setMode('restart-crashed-api', 'auto', ann)).rejects.toThrow(
      'it must have been in mode approve before'
    );
    await expect(book.save(aPolicySpec({ name: 'new-one', mode: 'auto' }), ann)).rejects.toThrow(
      'it must have been in mode approve before'
    );
  });

  test('is not inherited by what was changed to do something else', async () => {
    const book = await anApprovingBook();
    await endedRuns(verified(20));
    const changed = aPolicySpec({ mode: 'auto', do: { playbook: 'restart_service', with: { service: 'other' } } });
    await expect(book.save(changed, ann)).rejects.toThrow('what it does was changed: it begins anew in mode approve');
    clock.advance(1);
    await book.save({ ...changed, mode: 'approve' }, ann);
    await expect(book.setMode('restart-crashed-api', 'auto', ann)).rejects.toThrow('0 of 10 runs');
  });

  test('back is open at any time', async () => {
    const book = await anApprovingBook();
    await endedRuns(verified(10));
    await book.setMode('restart-crashed-api', 'auto', ann);
    expect((await book.setMode('restart-crashed-api', 'observe', ann)).spec.mode).toBe('observe');
    expect(book.active().map(({ mode }) => mode)).toEqual(['observe']);
  });

  test('asked for twice at once is one change', async () => {
    const book = await aBook();
    await book.save(observing(), ann);
    await Promise.all([
      book.setMode('restart-crashed-api', 'suggest', ann),
      book.setMode('restart-crashed-api', 'suggest', ann),
    ]);
    expect((await book.get('restart-crashed-api')).version).toBe(2);
  });
});

test('the list shows how runs ended, what held it back and its breaker', async () => {
  const book = await aBook();
  await book.save(observing(), ann);
  await endedRuns(['verified', 'failed', 'inconclusive', 'denied']);
  const decision = {
    policy: 'restart-crashed-api',
    policy_version: 1,
    mode: 'observe',
    outcome: 'refused',
    verdicts: '[]',
    at_ms: noonMs,
    target: null,
    run_id: null,
  };
  await database
    .insertInto('decisions')
    .values(
      ['cooldown', 'cooldown', 'flap', null].map((refused_by, i) => ({
        ...decision,
        id: `d${i}`,
        episode_id: 'episode-1',
        refused_by,
      }))
    )
    .execute();
  await database
    .insertInto('breakers')
    .values({ policy: 'restart-crashed-api', state: 'open', until_ms: noonMs + 1, history: '[false]' })
    .execute();
  expect(await book.get('restart-crashed-api')).toMatchObject({
    runs: { total: 3, verified: 1, failed: 2 },
    refusals: { cooldown: 2, flap: 1 },
    breaker: { state: 'open', untilMs: noonMs + 1 },
    promotion: '3 of 10 runs that people agreed to have ended; 7 more are needed',
    fault: null,
  });
});
