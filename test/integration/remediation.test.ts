import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { PolicySpecInput } from '../../backend/src/contract/remediation/policy.ts';
import type { Run, VerificationReport } from '../../backend/src/contract/remediation/run.ts';
import { AuditLog } from '../../backend/src/remediation/audit/audit-log.ts';
import { createRemediation, type Remediation } from '../../backend/src/remediation/create-remediation.ts';
import { rowOf } from '../../backend/src/remediation/episodes/episode-columns.ts';
import type { Policy } from '../../backend/src/remediation/policies/policy.ts';
import type { Word } from '../../backend/src/remediation/runs/people.ts';
import { openDatabase, type Database } from '../../backend/src/store/database.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { aPolicy, anEpisode, minuteMs, noonMs, secondMs } from '../support/remediation/decision-builders.ts';
import { MemoryEngine } from '../support/remediation/memory-engine.ts';

const ann = { name: 'Ann · u1', role: 'Admin', via: 'grafana' };
const ben = { name: 'Ben · u2', role: 'Admin', via: 'grafana' };
const cleo = { name: 'Cleo · u3', role: 'Admin', via: 'grafana' };
const signal = new AbortController().signal;
/** Only policies: what the guards say of silences and metrics has tests of its own. */
const nowhere = () => {
  throw new Error('no metric is asked here');
};

let folder: string;
let database: Database;
let clock: ManualClock;
let engine: MemoryEngine;
let words: Word[];
let policies: Policy[];
let outcome: VerificationReport['outcome'];
let started: Remediation[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-remediation-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  [clock, engine, words, policies, started] = [new ManualClock(noonMs), new MemoryEngine(), [], [aPolicy()], []];
  outcome = 'recovered';
});

afterEach(async () => {
  for (const remediation of started) {
    await stop(remediation);
  }
  await database.destroy();
  await rm(folder, { recursive: true });
});

async function stop(remediation: Remediation): Promise<void> {
  const stopped = remediation.stop();
  clock.advance(60 * secondMs);
  await stopped;
}

async function start(): Promise<Remediation> {
  const remediation = createRemediation({
    ...{ database, clock, logger: pino({ level: 'silent' }), audit: new AuditLog({ database, clock }) },
    engines: new Map([['ansible', engine]]),
    alertmanagers: [],
    selfHosts: new Set(),
    killRunning: false,
    policies: () => policies,
    storeOf: nowhere,
    calendarsNow: () => [],
    watch: () => Promise.resolve(reportOf(outcome)),
    tell: (word) => {
      words.push(word);
      return Promise.resolve();
    },
  });
  started.push(remediation);
  await remediation.start();
  return remediation;
}

function reportOf(said: VerificationReport['outcome']): VerificationReport {
  return {
    outcome: said,
    summary: `it is ${said}`,
    startedAtMs: noonMs,
    endedAtMs: noonMs,
    recoveredAtMs: said === 'recovered' ? noonMs : null,
    samples: [],
    detector: null,
    guards: [],
    counterfactual: null,
  };
}

async function alert(change: Parameters<typeof anEpisode>[0] = {}): Promise<string> {
  const episode = anEpisode(change);
  await database.insertInto('episodes').values(rowOf({ ...episode, senders: {}, truncated: 0, undecided: true }, noonMs)).execute();
  return episode.id;
}

async function close(id: string): Promise<void> {
  await database
    .updateTable('episodes')
    .set({ closed_at_ms: clock.nowMs(), close_reason: 'resolved' })
    .where('id', '=', id)
    .execute();
}

/** Lets rounds go by until something is so. */
async function until<T>(what: () => Promise<T | undefined>): Promise<T> {
  for (let round = 0; round < 200; round++) {
    const found = await what();
    if (found !== undefined) {
      return found;
    }
    clock.advance(secondMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it never came to that');
}

async function runIn(remediation: Remediation, ...states: ReadonlyArray<Run['state']>): Promise<Run> {
  return await until(async () => {
    const { items } = await remediation.desk.list({ limit: 100 });
    return items.find(({ state }) => states.includes(state));
  });
}

/** Enough rounds for whatever could happen to have happened. */
async function rounds(count = 20): Promise<void> {
  for (let round = 0; round < count; round++) {
    clock.advance(secondMs);
    await new Promise((resolve) => setImmediate(resolve));
    await database.selectFrom('runs').select('id').limit(1).execute();
  }
}

async function auditOf(subject: string): Promise<string[]> {
  const rows = await database
    .selectFrom('audit')
    .select('kind')
    .where('subject', '=', subject)
    .orderBy('seq')
    .execute();
  return rows.map(({ kind }) => kind);
}

function policy(change: Partial<PolicySpecInput>): void {
  policies = [aPolicy(change)];
}

describe('A policy that may act alone', () => {
  test('acts once on an alert, and calls it healed when the recovery was seen', async () => {
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'verified');
    expect(engine.acted.map(({ targets, parameters }) => ({ targets, parameters }))).toEqual([
      { targets: ['web-1'], parameters: { service: 'checkout' } },
    ]);
    expect(await auditOf(run.id)).toEqual([
      'run.planned',
      'run.intended',
      'run.started',
      'run.engine-ended',
      'run.recovered',
    ]);
    expect(words).toEqual([]);
  });

  test('tries a playbook that never ran in check mode first', async () => {
    await alert();
    const remediation = await start();
    await runIn(remediation, 'verified');
    expect(engine.ran.map(({ check }) => check)).toEqual([true, false]);
  });

  test('does nothing when that dry run fails', async () => {
    engine.outcomes['check restart_service'] = { kind: 'failed', reason: 'no such service', hosts: [] };
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'refused');
    expect(run.stateReason).toBe('the dry run failed');
    expect(engine.acted).toEqual([]);
  });

  test('does nothing more for an alert that is looked at again and again', async () => {
    const id = await alert();
    const remediation = await start();
    await runIn(remediation, 'verified');
    for (let again = 0; again < 10; again++) {
      await database.updateTable('episodes').set({ undecided: 1 }).where('id', '=', id).execute();
      remediation.wake();
      await rounds(3);
    }
    expect(engine.acted).toHaveLength(1);
  });

  test('asks people when it did not help, and opens the breaker after three', async () => {
    outcome = 'not-recovered';
    policy({ guard: { attempts: 10, cooldown: '1s', targets: { atMost: 9, share: '90%' } } });
    await alert();
    const remediation = await start();
    await until(async () => (engine.acted.length >= 3 ? true : undefined));
    await rounds(60);
    expect(engine.acted).toHaveLength(3);
    expect(words.filter(({ kind }) => kind === 'escalation').map(({ text }) => text)).toContainEqual(
      expect.stringContaining('did not help')
    );
    expect(await auditOf('restart-crashed-api')).toContain('breaker.open');
    expect((await remediation.decisions.ofEpisode('episode-1')).at(-1)?.verdicts).toContainEqual(
      expect.objectContaining({ name: 'breaker', outcome: 'wait' })
    );
  });

  test('takes back what made it worse, once, and says so', async () => {
    outcome = 'worse';
    engine.manifest = { ...engine.manifest, rollback: 'undo' };
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'failed');
    expect(engine.acted.map(({ action }) => action)).toEqual(['restart_service', 'undo']);
    expect(run.stateReason).toBe('it is worse It was rolled back.');
    expect(words).toHaveLength(1);
  });

  test('never calls a run without data a success', async () => {
    outcome = 'inconclusive';
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'inconclusive');
    expect(run.stateReason).toBe('it is inconclusive');
    expect(words.map(({ kind }) => kind)).toEqual(['escalation']);
  });

  test('leaves the target locked when the engine does not know what it did and nothing shows a recovery', async () => {
    outcome = 'inconclusive';
    engine.outcomes['restart_service'] = { kind: 'unknown', reason: 'cut off', hosts: [] };
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'unknown');
    expect(run.blocksTarget).toBe(true);
    await alert({ id: 'episode-2', fingerprint: 'other', openedAtMs: noonMs - 10 * minuteMs });
    await rounds();
    expect(engine.acted).toHaveLength(1);
    const released = await remediation.desk.release(run.id, 'it is fine', ann);
    expect(released).toMatchObject({ state: 'failed', blocksTarget: false });
  });
});

describe('A policy that asks', () => {
  beforeEach(() => policy({ mode: 'approve' }));

  test('starts when a person agrees to the plan that was shown', async () => {
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'awaiting-approval');
    expect(engine.ran).toEqual([]);
    expect(words.map(({ kind }) => kind)).toEqual(['approval']);
    await remediation.desk.decide(run.id, { decision: 'approve', planHash: run.plan.hash }, ann, signal);
    const ended = await runIn(remediation, 'verified');
    expect(ended.approval?.decisions).toMatchObject([{ by: ann.name, decision: 'approved', via: 'grafana' }]);
  });

  test('does nothing when a person says no', async () => {
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'awaiting-approval');
    const denied = await remediation.desk.decide(
      run.id,
      { decision: 'deny', planHash: run.plan.hash, reason: 'we are migrating' },
      ann,
      signal
    );
    expect(denied).toMatchObject({ state: 'denied', stateReason: 'Ann · u1 said no: we are migrating' });
    await rounds();
    expect(engine.ran).toEqual([]);
  });

  test('takes silence for a no, and tells people', async () => {
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'awaiting-approval');
    clock.advance(15 * minuteMs);
    const expired = await runIn(remediation, 'expired');
    expect(expired.id).toBe(run.id);
    await expect(
      remediation.desk.decide(run.id, { decision: 'approve', planHash: run.plan.hash }, ann, signal)
    ).rejects.toThrow('nobody is asked any more');
    expect(words.at(-1)?.text).toContain('Nobody agreed in time');
  });

  test('does not count a yes to another plan than the one that would run', async () => {
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'awaiting-approval');
    engine.playbook = 'restart everything';
    await expect(
      remediation.desk.decide(run.id, { decision: 'approve', planHash: run.plan.hash }, ann, signal)
    ).rejects.toThrow('has changed since it was shown');
    expect(engine.ran).toEqual([]);
  });

  test('does not start when the playbook was edited after the yes', async () => {
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'awaiting-approval');
    await remediation.switches.set({ scope: 'global', name: '', on: true, reason: 'hold' }, 'ann');
    await remediation.desk.decide(run.id, { decision: 'approve', planHash: run.plan.hash }, ann, signal);
    engine.playbook = 'restart everything';
    await remediation.switches.set({ scope: 'global', name: '', on: false, reason: '' }, 'ann');
    const refused = await runIn(remediation, 'refused');
    expect(refused.id).toBe(run.id);
    expect(engine.acted).toEqual([]);
  });

  test('counts two clicks at once as one', async () => {
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'awaiting-approval');
    const yes = { decision: 'approve' as const, planHash: run.plan.hash };
    const words = await Promise.allSettled([
      remediation.desk.decide(run.id, yes, ann, signal),
      remediation.desk.decide(run.id, yes, ann, signal),
    ]);
    expect(words.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await runIn(remediation, 'verified');
    expect(engine.acted).toHaveLength(1);
  });

  test('wants two different people for what can go badly wrong', async () => {
    engine.manifest = { ...engine.manifest, tier: 'high' };
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'awaiting-approval');
    const yes = { decision: 'approve' as const, planHash: run.plan.hash };
    const once = await remediation.desk.decide(run.id, yes, ann, signal);
    expect(once.state).toBe('awaiting-approval');
    await expect(remediation.desk.decide(run.id, yes, { ...ann, name: 'Annie · u1' }, signal)).rejects.toThrow(
      'decided on this already'
    );
    await remediation.desk.decide(run.id, yes, ben, signal);
    await runIn(remediation, 'verified');
    expect(engine.acted).toHaveLength(1);
  });

  test('withdraws the question when the alert is over', async () => {
    const id = await alert();
    const remediation = await start();
    await runIn(remediation, 'awaiting-approval');
    await close(id);
    const refused = await runIn(remediation, 'refused');
    expect(refused.stateReason).toBe('The alert ended before it started.');
  });
});

describe('A person', () => {
  beforeEach(() => policy({ mode: 'suggest' }));

  test('sees the plan with what each guard says, and starts exactly that', async () => {
    await alert();
    const remediation = await start();
    await rounds();
    expect(engine.ran).toEqual([]);
    const { items } = await remediation.proposer.proposals({ episodeId: 'episode-1' }, ann, signal);
    expect(items).toMatchObject([{ policy: 'restart-crashed-api', allowed: true, plan: { targets: ['web-1'] } }]);
    const planHash = items[0]?.plan?.hash ?? '';
    await remediation.desk.request({ episodeId: 'episode-1', policy: 'restart-crashed-api', planHash }, ann, signal);
    const run = await runIn(remediation, 'verified');
    expect(run.approval).toMatchObject({ requestedBy: ann.name });
    expect(engine.acted).toHaveLength(1);
  });

  test('starts it once with two clicks', async () => {
    await alert();
    const remediation = await start();
    const { items } = await remediation.proposer.proposals({ episodeId: 'episode-1' }, ann, signal);
    const request = { episodeId: 'episode-1', policy: 'restart-crashed-api', planHash: items[0]?.plan?.hash ?? '' };
    const clicks = await Promise.allSettled([
      remediation.desk.request(request, ann, signal),
      remediation.desk.request(request, ann, signal),
    ]);
    expect(clicks.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await runIn(remediation, 'verified');
    expect(engine.acted).toHaveLength(1);
  });

  test('cannot start another plan than the one that was shown', async () => {
    await alert();
    const remediation = await start();
    const request = { episodeId: 'episode-1', policy: 'restart-crashed-api', planHash: 'f'.repeat(64) };
    await expect(remediation.desk.request(request, ann, signal)).rejects.toThrow('no longer what you saw');
  });

  test('needs two others for what can go badly wrong, and is none of them', async () => {
    engine.manifest = { ...engine.manifest, tier: 'high' };
    await alert();
    const remediation = await start();
    const { items } = await remediation.proposer.proposals({ episodeId: 'episode-1' }, ann, signal);
    const planHash = items[0]?.plan?.hash ?? '';
    const run = await remediation.desk.request(
      { episodeId: 'episode-1', policy: 'restart-crashed-api', planHash },
      ann,
      signal
    );
    expect(run.state).toBe('awaiting-approval');
    const yes = { decision: 'approve' as const, planHash };
    await expect(remediation.desk.decide(run.id, yes, ann, signal)).rejects.toThrow('you asked for this run');
    await remediation.desk.decide(run.id, yes, ben, signal);
    await remediation.desk.decide(run.id, yes, cleo, signal);
    await runIn(remediation, 'verified');
  });

  test('cannot start what a guard refuses', async () => {
    await alert({ absence: 'NoData' });
    const remediation = await start();
    const { items } = await remediation.proposer.proposals({ episodeId: 'episode-1' }, ann, signal);
    expect(items[0]?.allowed).toBe(false);
    const planHash = items[0]?.plan?.hash ?? '';
    await expect(
      remediation.desk.request({ episodeId: 'episode-1', policy: 'restart-crashed-api', planHash }, ann, signal)
    ).rejects.toThrow('only data is missing');
  });

  test('takes back a run that waits', async () => {
    policy({ mode: 'approve' });
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'awaiting-approval');
    expect(await remediation.desk.cancel(run.id, ann)).toMatchObject({ state: 'cancelled' });
    await rounds();
    expect(engine.ran).toEqual([]);
  });
});

describe('A kill switch', () => {
  test('keeps all from starting, over a restart too, until a person turns it off', async () => {
    const first = await start();
    await first.switches.set({ scope: 'global', name: '', on: true, reason: 'we look' }, 'ann');
    await stop(first);
    await alert();
    const second = await start();
    await rounds();
    expect(engine.ran).toEqual([]);
    await second.switches.set({ scope: 'global', name: '', on: false, reason: '' }, 'ann');
    await database.updateTable('episodes').set({ undecided: 1 }).execute();
    await runIn(second, 'verified');
    expect(await auditOf('global')).toEqual(['switch.on', 'switch.off']);
  });

  test.each([
    ['its policy', { scope: 'policy' as const, name: 'restart-crashed-api' }],
    ['its target', { scope: 'target' as const, name: 'web-1' }],
  ])('for %s keeps a run from starting', async (_what, scope) => {
    const remediation = await start();
    await remediation.switches.set({ ...scope, on: true, reason: '' }, 'ann');
    await alert();
    await rounds();
    expect(engine.ran).toEqual([]);
  });
});

describe('After a crash', () => {
  /** A run as the store holds it when the process died while the engine was at work. */
  async function cutOff(): Promise<Run> {
    await alert();
    const remediation = await start();
    const run = await runIn(remediation, 'verified');
    await database
      .updateTable('runs')
      .set({ state: 'running', ended_at_ms: null, engine_ended_at_ms: null, engine_outcome: null, verification: null })
      .execute();
    await database.updateTable('target_locks').set({ released_at_ms: null }).execute();
    await stop(remediation);
    return run;
  }

  test('nothing is started again: what is left is ended, and the verification says what became of it', async () => {
    const run = await cutOff();
    const again = await start();
    const ended = await runIn(again, 'verified');
    expect(ended.id).toBe(run.id);
    expect(engine.reaped).toEqual([{ pid: 4_711 }]);
    expect(engine.acted).toHaveLength(1);
  });

  test('without a sign of recovery the target stays locked and people are asked', async () => {
    await cutOff();
    outcome = 'not-recovered';
    const again = await start();
    const ended = await runIn(again, 'unknown');
    expect(ended.blocksTarget).toBe(true);
    expect(words.at(-1)?.text).toContain('Nobody knows what was done');
    await rounds();
    expect(engine.acted).toHaveLength(1);
  });
});

test('a policy that only observes says what it would do, and does nothing', async () => {
  policy({ mode: 'observe' });
  await alert();
  const remediation = await start();
  await until(async () => ((await remediation.decisions.ofEpisode('episode-1')).length > 0 ? true : undefined));
  expect(await remediation.decisions.ofEpisode('episode-1')).toMatchObject([{ outcome: 'observed', target: 'web-1' }]);
  expect(engine.ran).toEqual([]);
});
