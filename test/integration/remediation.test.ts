import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Run } from '../../backend/src/contract/remediation/run.ts';
import { minuteMs, noonMs } from '../support/remediation/decision-builders.ts';
import { RemediationLab } from '../support/remediation/lab.ts';

const ann = { name: 'Ann · u1', role: 'Admin', via: 'grafana' };

let lab: RemediationLab;

beforeEach(async () => {
  lab = await RemediationLab.open();
});

afterEach(async () => {
  await lab.close();
});

describe('A policy that may act alone', () => {
  test('acts once on an alert, and calls it healed when the recovery was seen', async () => {
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'verified');
    expect(lab.engine.acted.map(({ targets, parameters }) => ({ targets, parameters }))).toEqual([
      { targets: ['web-1'], parameters: { service: 'checkout' } },
    ]);
    expect(await lab.auditOf(run.id)).toEqual([
      'run.planned',
      'run.intended',
      'run.started',
      'run.engine-ended',
      'run.recovered',
    ]);
    expect(lab.words).toEqual([]);
  });

  test('tries a playbook that never ran in check mode first', async () => {
    await lab.alert();
    const remediation = await lab.start();
    await lab.runIn(remediation, 'verified');
    expect(lab.engine.ran.map(({ check }) => check)).toEqual([true, false]);
  });

  test('does nothing when that dry run fails', async () => {
    lab.engine.outcomes['check restart_service'] = { kind: 'failed', reason: 'no such service', hosts: [] };
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'refused');
    expect(run.stateReason).toBe('the dry run failed');
    expect(lab.engine.acted).toEqual([]);
  });

  test('does nothing more for an alert that is looked at again and again', async () => {
    const id = await lab.alert();
    const remediation = await lab.start();
    await lab.runIn(remediation, 'verified');
    for (let again = 0; again < 10; again++) {
      await lab.database.updateTable('episodes').set({ undecided: 1 }).where('id', '=', id).execute();
      remediation.wake();
      await lab.rounds(3);
    }
    expect(lab.engine.acted).toHaveLength(1);
  });

  test('asks people when it did not help, and opens the breaker after three', async () => {
    lab.outcome = 'not-recovered';
    lab.policy({ guard: { attempts: 10, cooldown: '1s', targets: { atMost: 9, share: '90%' } } });
    await lab.alert();
    const remediation = await lab.start();
    await lab.until(async () => (lab.engine.acted.length >= 3 ? true : undefined));
    await lab.rounds(60);
    expect(lab.engine.acted).toHaveLength(3);
    expect(lab.words.filter(({ kind }) => kind === 'escalation').map(({ text }) => text)).toContainEqual(
      expect.stringContaining('did not help')
    );
    expect(await lab.auditOf('restart-crashed-api')).toContain('breaker.open');
    expect((await remediation.decisions.ofEpisode('episode-1')).at(-1)?.verdicts).toContainEqual(
      expect.objectContaining({ name: 'breaker', outcome: 'wait' })
    );
  });

  test('takes back what made it worse, once, and says so', async () => {
    lab.outcome = 'worse';
    lab.engine.manifest = { ...lab.engine.manifest, rollback: 'undo' };
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'failed');
    expect(lab.engine.acted.map(({ action }) => action)).toEqual(['restart_service', 'undo']);
    expect(run.stateReason).toBe('it is worse It was rolled back.');
    expect(lab.words).toHaveLength(1);
  });

  test('never calls a run without data a success', async () => {
    lab.outcome = 'inconclusive';
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'inconclusive');
    expect(run.stateReason).toBe('it is inconclusive');
    expect(lab.words.map(({ kind }) => kind)).toEqual(['escalation']);
  });

  test('leaves the target locked when the engine does not know what it did and nothing shows a recovery', async () => {
    lab.outcome = 'inconclusive';
    lab.engine.outcomes['restart_service'] = { kind: 'unknown', reason: 'cut off', hosts: [] };
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'unknown');
    expect(run.blocksTarget).toBe(true);
    await lab.alert({ id: 'episode-2', fingerprint: 'other', openedAtMs: noonMs - 10 * minuteMs });
    await lab.rounds();
    expect(lab.engine.acted).toHaveLength(1);
    const released = await remediation.desk.release(run.id, 'it is fine', ann);
    expect(released).toMatchObject({ state: 'failed', blocksTarget: false });
  });
});

describe('A kill switch', () => {
  test('keeps all from starting, over a restart too, until a person turns it off', async () => {
    const first = await lab.start();
    await first.switches.set({ scope: 'global', name: '', on: true, reason: 'we look' }, 'ann');
    await lab.stop(first);
    await lab.alert();
    const second = await lab.start();
    await lab.rounds();
    expect(lab.engine.ran).toEqual([]);
    await second.switches.set({ scope: 'global', name: '', on: false, reason: '' }, 'ann');
    await lab.database.updateTable('episodes').set({ undecided: 1 }).execute();
    await lab.runIn(second, 'verified');
    expect(await lab.auditOf('global')).toEqual(['switch.on', 'switch.off']);
  });

  test.each([
    ['its policy', { scope: 'policy' as const, name: 'restart-crashed-api' }],
    ['its target', { scope: 'target' as const, name: 'web-1' }],
  ])('for %s keeps a run from starting', async (_what, scope) => {
    const remediation = await lab.start();
    await remediation.switches.set({ ...scope, on: true, reason: '' }, 'ann');
    await lab.alert();
    await lab.rounds();
    expect(lab.engine.ran).toEqual([]);
  });
});

test('a kill switch that is turned on while a run is verified keeps its rollback from starting', async () => {
  lab.outcome = 'worse';
  lab.engine.manifest = { ...lab.engine.manifest, rollback: 'undo' };
  const gate = Promise.withResolvers<void>();
  lab.engine.gate = gate.promise;
  await lab.alert();
  const remediation = await lab.start();
  // the dry run waits at the gate first
  await lab.until(async () => Promise.resolve(lab.engine.ran.length > 0 ? true : undefined));
  gate.resolve();
  lab.engine.gate = new Promise((resolve) => {
    lab.engine.letGo = resolve;
  });
  await lab.runIn(remediation, 'running');
  await remediation.switches.set({ scope: 'global', name: '', on: true, reason: 'hold' }, 'ann');
  lab.engine.letGo();
  await lab.runIn(remediation, 'failed');
  expect(lab.engine.acted.map(({ action }) => action)).toEqual(['restart_service']);
});

test('an engine that fails before it begins gives the target back', async () => {
  lab.engine.refuses = 'the inventory is gone';
  await lab.alert();
  const remediation = await lab.start();
  const run = await lab.runIn(remediation, 'refused');
  expect(run.stateReason).toBe('the inventory is gone');
  const locks = await lab.database.selectFrom('target_locks').select('released_at_ms').execute();
  expect(locks.every(({ released_at_ms }) => released_at_ms !== null)).toBe(true);
});

describe('After a crash', () => {
  /** A run as the store holds it when the process died while the engine was at work. */
  async function cutOff(): Promise<Run> {
    await lab.alert();
    const remediation = await lab.start();
    const run = await lab.runIn(remediation, 'verified');
    await lab.database
      .updateTable('runs')
      .set({ state: 'running', ended_at_ms: null, engine_ended_at_ms: null, engine_outcome: null, verification: null })
      .execute();
    await lab.database.updateTable('target_locks').set({ released_at_ms: null }).execute();
    await lab.stop(remediation);
    return run;
  }

  test('nothing is started again: what is left is ended, and the verification says what became of it', async () => {
    const run = await cutOff();
    const again = await lab.start();
    const ended = await lab.runIn(again, 'verified');
    expect(ended.id).toBe(run.id);
    expect(lab.engine.reaped).toEqual([{ pid: 4_711 }]);
    expect(lab.engine.acted).toHaveLength(1);
  });

  test('without a sign of recovery the target stays locked and people are asked', async () => {
    await cutOff();
    lab.outcome = 'not-recovered';
    const again = await lab.start();
    const ended = await lab.runIn(again, 'unknown');
    expect(ended.blocksTarget).toBe(true);
    expect(lab.words.at(-1)?.text).toContain('Nobody knows what was done');
    await lab.rounds();
    expect(lab.engine.acted).toHaveLength(1);
  });
});

test('a policy that only observes says what it would do, and does nothing', async () => {
  lab.policy({ mode: 'observe' });
  await lab.alert();
  const remediation = await lab.start();
  await lab.until(async () => ((await remediation.decisions.ofEpisode('episode-1')).length > 0 ? true : undefined));
  expect(await remediation.decisions.ofEpisode('episode-1')).toMatchObject([{ outcome: 'observed', target: 'web-1' }]);
  expect(lab.engine.ran).toEqual([]);
});
